// Messages in assertions: a failure shows which one differs, and not all of it.

import { createHash } from 'node:crypto'

/** Subject, length and digest. */
export function fingerprint(message: Uint8Array | string): string {
  const bytes = typeof message === 'string' ? Buffer.from(message, 'latin1') : Buffer.from(message)
  const subject = /^Subject:(.*)$/m.exec(bytes.toString('latin1', 0, 20_000))?.[1]?.trim() ?? '(no subject)'
  return `${subject}, ${bytes.length} bytes, ${createHash('sha256').update(bytes).digest('hex')}`
}
