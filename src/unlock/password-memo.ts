// While an account is unlocked, a password that opened it is known again without Argon2id: by its HMAC under a key that only this process's memory
// has (docs/adr/0024-passwords-of-unlocked-accounts.md), together with what it was let in as. It goes when the account is locked, when the owner's
// password changes, and when it is revoked or its time is over.

import { wipe } from '#base/bytes.ts'
import { constantTimeEqual } from '#crypto/constant-time.ts'
import { hmacSha256 } from '#crypto/hkdf.ts'
import { randomBytes } from '#crypto/random.ts'

const KEY_BYTES = 32
/** An app password may be typed in several ways. */
const PASSWORDS_MAX = 128

interface Known<T> {
  readonly tag: Buffer
  readonly admitted: T
}

export class PasswordMemo<T> implements Disposable {
  readonly #key = randomBytes(KEY_BYTES)
  #known: Known<T>[] = []

  remember(password: Uint8Array, admitted: T): void {
    const tag = hmacSha256(this.#key, password)
    this.#drop((known) => constantTimeEqual(known.tag, tag))
    this.#known.push({ tag, admitted })
    if (this.#known.length > PASSWORDS_MAX) wipe(this.#known.shift()?.tag)
  }

  /** Null: it is not known. */
  find(password: Uint8Array): T | null {
    const sought = hmacSha256(this.#key, password)
    return this.#known.find(({ tag }) => constantTimeEqual(tag, sought))?.admitted ?? null
  }

  /** Those that were let in as this; all of them if nothing is given. */
  forget(admitted?: T): void {
    this.#drop((known) => admitted === undefined || known.admitted === admitted)
  }

  [Symbol.dispose](): void {
    this.forget()
    wipe(this.#key)
  }

  #drop(isGone: (known: Known<T>) => boolean): void {
    this.#known = this.#known.filter((known) => {
      if (!isGone(known)) return true
      wipe(known.tag)
      return false
    })
  }
}
