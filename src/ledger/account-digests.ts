// The added digests of an account whose segments are being looked at, one after the other: looked for once, and kept until it is another one.

import type { AccountId } from '#base/ids.ts'
import type { Steps } from '#base/steps.ts'
import type { Disk } from '#platform/disk.ts'
import { AddedDigests } from './added-digests.ts'
import { accountPaths } from './paths.ts'

export class AccountDigests {
  readonly #disk: Disk
  #known: { readonly account: AccountId; readonly added: AddedDigests } | null = null

  constructor(disk: Disk) {
    this.#disk = disk
  }

  /** Null if the account was not upgraded. Throws DiskError. */
  *of(directory: string, publicKey: Uint8Array, account: AccountId): Steps<AddedDigests | null> {
    if (this.#known?.account === account) return this.#known.added
    this.forget()
    if (!this.#disk.exists(accountPaths(directory, account).digests)) return null
    const added = new AddedDigests(this.#disk, directory, account, publicKey)
    try {
      yield* added.read(() => undefined)
      this.#known = { account, added }
      return added
    } finally {
      if (this.#known?.added !== added) added[Symbol.dispose]()
    }
  }

  forget(): void {
    this.#known?.added[Symbol.dispose]()
    this.#known = null
  }
}
