// The public keys of accounts, parsed once and kept while they are in use: to make a hybrid one ready costs more than to seal to it.

import { type Recipient, parseRecipient } from '#crypto/age/recipient.ts'

const KEPT_MAX = 4096

export class RecipientKeys {
  readonly #keys = new Map<string, Recipient>()

  /** Null for what is no key, or one that nothing may be sealed to. */
  get(text: string): Recipient | null {
    const known = this.#keys.get(text)
    // The order of the map is that of use.
    if (known !== undefined) this.#keys.delete(text)
    const key = known ?? parseRecipient(text)
    if (key === null) return null
    this.#keys.set(text, key)
    if (this.#keys.size > KEPT_MAX) this.#keys.delete(this.#keys.keys().next().value as string)
    return key
  }
}
