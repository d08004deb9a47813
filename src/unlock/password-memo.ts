// While an account is unlocked, a password that opened it is known again without Argon2id: by its HMAC under a key that only this process's memory
// has (docs/adr/0024-passwords-of-unlocked-accounts.md). It goes when the account is locked or its password changes.

import { wipe } from '#base/bytes.ts'
import { constantTimeEqual } from '#crypto/constant-time.ts'
import { hmacSha256 } from '#crypto/hkdf.ts'
import { randomBytes } from '#crypto/random.ts'

const KEY_BYTES = 32
const PASSWORDS_MAX = 16

export class PasswordMemo implements Disposable {
  readonly #key = randomBytes(KEY_BYTES)
  #known: Buffer[] = []

  remember(password: Uint8Array): void {
    if (this.knows(password)) return
    this.#known.push(hmacSha256(this.#key, password))
    if (this.#known.length > PASSWORDS_MAX) wipe(this.#known.shift())
  }

  knows(password: Uint8Array): boolean {
    const tag = hmacSha256(this.#key, password)
    return this.#known.some((known) => constantTimeEqual(known, tag))
  }

  forget(): void {
    wipe(...this.#known)
    this.#known = []
  }

  [Symbol.dispose](): void {
    this.forget()
    wipe(this.#key)
  }
}
