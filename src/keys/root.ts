// The root secret of an account, and what is derived from it (docs/formats/keys.md §1). It exists only in the memory of a vault,
// while the account is unlocked, and is overwritten when it is disposed.

import { assert } from '#base/assert.ts'
import { wipe } from '#base/bytes.ts'
import { type Identity, hybridIdentityFromSeed, recipientOf, x25519IdentityFromScalar } from '#crypto/age/identity.ts'
import type { Recipient } from '#crypto/age/recipient.ts'
import { hkdf } from '#crypto/hkdf.ts'
import { randomBytes } from '#crypto/random.ts'

export const ROOT_BYTES = 32

export type RootLabel =
  | 'identity/x25519'
  | 'identity/mlkem768x25519'
  | 'journal'
  | 'index'
  | 'checkpoint'
  | 'keyword-hash'
  | 'slot-mac'

/** Which of its two identities an account has mail sealed to. */
export type IdentityKind = 'hybrid' | 'x25519'

export class RootSecret implements Disposable {
  readonly #bytes: Buffer
  #open = true

  /** Takes `bytes` over: they are wiped with it. */
  constructor(bytes: Buffer) {
    assert(bytes.length === ROOT_BYTES, 'a root secret has 32 bytes')
    this.#bytes = bytes
  }

  static generate(): RootSecret {
    return new RootSecret(randomBytes(ROOT_BYTES))
  }

  /** 32 bytes; the caller wipes them. */
  derive(label: RootLabel): Buffer {
    return hkdf(this.#use(), `mailkeep/v1/${label}`, 32)
  }

  /** The caller disposes it. */
  identity(kind: IdentityKind): Identity {
    const secret = this.derive(kind === 'hybrid' ? 'identity/mlkem768x25519' : 'identity/x25519')
    try {
      return kind === 'hybrid' ? hybridIdentityFromSeed(secret) : x25519IdentityFromScalar(secret)
    } finally {
      wipe(secret)
    }
  }

  /** Both, for the caller to dispose: mail that was sealed before the choice changed can still be opened. */
  identities(): Identity[] {
    return [this.identity('hybrid'), this.identity('x25519')]
  }

  recipient(kind: IdentityKind): Recipient {
    using identity = this.identity(kind)
    return recipientOf(identity)
  }

  /** For sealing the root into a slot. `action` must not keep the bytes. */
  withBytes<T>(action: (bytes: Uint8Array) => T): T {
    return action(this.#use())
  }

  /** The caller disposes it. */
  copy(): RootSecret {
    return new RootSecret(Buffer.from(this.#use()))
  }

  /** True if both hold the same secret. */
  equals(other: RootSecret): boolean {
    return this.#use().equals(other.#use())
  }

  [Symbol.dispose](): void {
    this.#open = false
    wipe(this.#bytes)
  }

  #use(): Buffer {
    assert(this.#open, 'the root secret was wiped')
    return this.#bytes
  }
}
