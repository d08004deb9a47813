// Opens blobs: messages, their parts with the transfer encoding undone, and uploads.

import { asBuffer, wipe } from '#base/bytes.ts'
import type { EmailId } from '#base/ids.ts'
import { type Account, DamagedMessageError } from '#account/account.ts'
import { decodeTransfer } from '#message/body.ts'
import { TimeSlice } from '#base/time-slice.ts'
import { parseInSteps } from '#message/parse.ts'
import type { Part } from '#message/part.ts'
import type { BlobRef } from './blob-ids.ts'
import type { Shared } from './context.ts'
import { type ContentSource, openContent } from './part-content.ts'
import { leafParts } from './part-ids.ts'
import { isShownIn } from './shown.ts'

/** Bytes in memory. They are wiped when it is disposed. */
export interface OpenedBlob extends Disposable {
  readonly bytes: Buffer
}

export type BlobSource = ContentSource & Pick<Shared, 'uploads'>

/** Null if there is none. Throws DamagedMessageError. */
export async function openBlob(source: BlobSource, { base, path }: BlobRef): Promise<OpenedBlob | null> {
  let opened: OpenedBlob | null
  let rest = path
  if (base.kind === 'upload') {
    const bytes = source.uploads.get(base.key)
    opened = bytes === null ? null : held(Buffer.from(bytes))
  } else if (!isShownIn(source.account, base.email, null)) return null
  else {
    await checkIntact(source.account, base.email)
    const [number, ...others] = path
    opened =
      number === undefined ? await openWhole(source.account, base.email) : await openPart(source, base.email, number)
    rest = others
  }
  for (const number of rest) {
    if (opened === null) return null
    using outer = opened
    const root = await new TimeSlice(source.host).run(parseInSteps(outer.bytes))
    const part = leafParts(root)[number - 1]
    opened = part === undefined ? null : held(Buffer.from(decodeTransfer(outer.bytes, part)))
  }
  return opened
}

function held(bytes: Buffer): OpenedBlob {
  return { bytes, [Symbol.dispose]: () => wipe(bytes) }
}

/** A notice that stands for a damaged message is shown in lists only: a blob never changes. Throws DamagedMessageError. */
export async function checkIntact(account: Account, email: EmailId): Promise<void> {
  if (account.email(email)?.damaged !== true) return
  // To open it is to look whether it has been repaired.
  const opened = await account.open(email)
  opened[Symbol.dispose]()
  if (account.email(email)?.damaged !== false) throw new DamagedMessageError('the e-mail is damaged')
}

async function openWhole(account: Account, email: EmailId): Promise<OpenedBlob> {
  const opened = await account.open(email)
  return { bytes: asBuffer(opened.bytes), [Symbol.dispose]: () => opened[Symbol.dispose]() }
}

/** The part of a stored message by its number; null if there is none. */
export function storedPart(account: Account, email: EmailId, number: number): Part | null {
  const root = account.parts(email)
  return root === null ? null : (leafParts(root)[number - 1] ?? null)
}

async function openPart(source: BlobSource, email: EmailId, number: number): Promise<OpenedBlob | null> {
  const part = storedPart(source.account, email, number)
  return part === null ? null : held(await openContent(source, email, part))
}
