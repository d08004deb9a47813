// What a script changes in the header (RFC 5293), as a difference from the message that arrived: which of its bytes are left out, and which fields
// stand before and behind those that are left. The message itself is never changed (docs/adr/0084-changed-headers-are-seen-and-sent.md).

import type { Octets } from '#message/part.ts'

export interface HeaderEdit {
  /** Offsets in the message, in order, none touching the next. */
  readonly removed: readonly (readonly [start: number, end: number])[]
  /** Where the last line of the message's own header ends. */
  readonly headerEnd: number
  /** Whole fields, with their line breaks. */
  readonly before: Octets
  readonly after: Octets
}

const LF = 0x0a

/** The message from `from` on, with the changed header. New bytes. */
export function editedMessage(bytes: Buffer, { removed, headerEnd, before, after }: HeaderEdit, from = 0): Buffer {
  const pieces: Buffer[] = [Buffer.from(before, 'latin1')]
  let at = from
  for (const [start, end] of removed) {
    if (start > at) pieces.push(bytes.subarray(at, start))
    at = Math.max(at, end)
  }
  if (headerEnd > at) pieces.push(bytes.subarray(at, headerEnd))
  // A header that is cut off may lack its last line break.
  if (after !== '' && headerEnd > from && bytes[headerEnd - 1] !== LF) pieces.push(Buffer.from('\r\n'))
  pieces.push(Buffer.from(after, 'latin1'), bytes.subarray(Math.max(at, headerEnd)))
  return Buffer.concat(pieces)
}
