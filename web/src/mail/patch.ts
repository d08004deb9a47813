// Changes of keywords and mailboxes: what the server is asked to do, what the page shows at once, and what undoes it.

import type { Email, Id } from '#web/jmap/types.ts'

/** True sets, null takes away. */
export interface EmailPatch {
  readonly keywords?: Readonly<Record<string, true | null>>
  readonly mailboxes?: Readonly<Record<Id, true | null>>
}

export type EmailPatches = ReadonlyMap<Id, EmailPatch>

function applied<T extends string>(
  set: Readonly<Record<T, true>>,
  patch: Readonly<Record<string, true | null>> | undefined,
): Readonly<Record<string, true>> {
  if (patch === undefined) return set
  const all: Record<string, true | null> = { ...set, ...patch }
  return Object.fromEntries(
    Object.keys(all)
      .filter((key) => all[key] === true)
      .map((key) => [key, true as const]),
  )
}

export function applyPatch(email: Email, patch: EmailPatch): Email {
  return {
    ...email,
    keywords: applied(email.keywords, patch.keywords),
    mailboxIds: applied(email.mailboxIds, patch.mailboxes),
  }
}

function inverted(
  set: Readonly<Record<string, true>>,
  patch: Readonly<Record<string, true | null>> | undefined,
): Readonly<Record<string, true | null>> | undefined {
  if (patch === undefined) return undefined
  const different = Object.keys(patch).filter((key) => (set[key] ?? null) !== patch[key])
  return Object.fromEntries(different.map((key) => [key, set[key] ?? null]))
}

/** What leads back from the e-mail with the patch to the e-mail as it is. */
export function invertPatch(email: Pick<Email, 'keywords' | 'mailboxIds'>, patch: EmailPatch): EmailPatch {
  const keywords = inverted(email.keywords, patch.keywords)
  const mailboxes = inverted(email.mailboxIds, patch.mailboxes)
  return { ...(keywords === undefined ? {} : { keywords }), ...(mailboxes === undefined ? {} : { mailboxes }) }
}

/** As Email/set takes it (RFC 8620 §5.3). */
export function patchObject({ keywords, mailboxes }: EmailPatch): Record<string, true | null> {
  return Object.fromEntries([
    ...Object.entries(keywords ?? {}).map(([key, value]) => [`keywords/${pointer(key)}`, value] as const),
    ...Object.entries(mailboxes ?? {}).map(([key, value]) => [`mailboxIds/${pointer(key)}`, value] as const),
  ])
}

/** RFC 6901. */
function pointer(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1')
}
