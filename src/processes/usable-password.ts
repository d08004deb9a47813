// What may be a password.

import { isUtf8 } from '#base/bytes.ts'

/** Short ones are the owner's choice, but none at all is a mistake. */
const PASSWORD_BYTES_MIN = 1

/** UTF-8, and not so short that nothing protects it. */
export function isUsablePassword(password: Uint8Array): boolean {
  return password.length >= PASSWORD_BYTES_MIN && isUtf8(password)
}
