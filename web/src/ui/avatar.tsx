// A letter on a colour that follows from the address: people are told apart at a glance, and nothing is asked of anyone for a picture.

import type { Address } from '#web/jmap/types.ts'

const HUES = 10

export function Avatar({ address }: { readonly address: Address | undefined }) {
  const email = address?.email.toLowerCase() ?? ''
  let hash = 7
  for (const char of email) hash = (hash * 31 + (char.codePointAt(0) ?? 0)) >>> 0
  const name = address?.name?.replaceAll(/["'“”«»]/g, '').trim() ?? ''
  const letter = /[\p{L}\p{N}]/u.exec(name === '' ? email : name)?.[0] ?? '?'
  return (
    <span className={`avatar avatar-${hash % HUES}`} aria-hidden="true">
      {letter.toUpperCase()}
    </span>
  )
}
