// Signed checkpoints of a ledger directory, as somebody sees them who remembers all that there ever were: each must be signed, extend the one before,
// and have the root of the very records that are there.

import assert from 'node:assert/strict'
import type { AccountId, Seq } from '#base/ids.ts'
import { MerkleFrontier } from '#crypto/merkle.ts'
import { CheckpointFile } from '#ledger/checkpoint-file.ts'
import { verifyCheckpoint } from '#ledger/checkpoint.ts'
import { accountPaths, listAccounts } from '#ledger/paths.ts'
import { LogReader } from '#ledger/reader.ts'
import { encodeHead, leafHashOfHead } from '#ledger/record.ts'
import { readVerifier } from '#ledger/signing-key.ts'
import { systemDisk } from '#platform/disk.ts'

export class CheckpointMemory {
  readonly #directory: string
  readonly #publicKey: Uint8Array
  /** By account and size. */
  readonly #roots = new Map<string, string>()

  constructor(ledgerDirectory: string) {
    this.#directory = ledgerDirectory
    const key = readVerifier(systemDisk, ledgerDirectory)
    assert(key !== null)
    this.#publicKey = key
  }

  /** How many there are now. */
  check(): number {
    let count = 0
    for (const account of listAccounts(systemDisk, this.#directory)) count += this.#checkAccount(account)
    assert(count >= this.#roots.size, 'no checkpoint went')
    return count
  }

  #checkAccount(account: AccountId): number {
    const roots = this.#rootsOfLog(account)
    const file = new CheckpointFile(systemDisk, accountPaths(this.#directory, account).checkpoints, account)
    let size = 0
    for (let index = 0; index < file.count; index++) {
      const checkpoint = file.at(index)
      assert(
        checkpoint !== null && checkpoint.size > size,
        `checkpoint ${index} of ${account} is of more records than before`,
      )
      size = checkpoint.size
      const root = checkpoint.root.toString('hex')
      assert(verifyCheckpoint(checkpoint, this.#publicKey), `checkpoint ${index} of ${account} is signed`)
      assert.equal(root, roots[size - 1], `checkpoint of ${size} records of ${account}`)
      const name = `${account} ${size}`
      const known = this.#roots.get(name)
      assert(known === undefined || known === root, `checkpoint of ${size} records of ${account} is what it was`)
      this.#roots.set(name, root)
    }
    file.close()
    return [...this.#roots.keys()].filter((name) => name.startsWith(account)).length
  }

  /** Of the first record, of the first two, … computed from the heads of records alone. */
  #rootsOfLog(account: AccountId): string[] {
    using reader = new LogReader(systemDisk, this.#directory, account)
    const frontier = new MerkleFrontier()
    const roots: string[] = []
    for (const { header } of reader.records({ seq: 0 as Seq, location: null })) {
      assert(header !== null, `a record of ${account} cannot be read`)
      frontier.append(leafHashOfHead(encodeHead(header)))
      roots.push(Buffer.from(frontier.root()).toString('hex'))
    }
    return roots
  }
}
