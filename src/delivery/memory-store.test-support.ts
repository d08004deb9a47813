// A store in memory, for tests: it keeps what was appended, opens it for its accounts, and refuses what it is told to.

import assert from 'node:assert/strict'
import type { StagedRecord } from '#account/account-log.ts'
import { INLINE_BYTES_MAX } from '#account/account-log.ts'
import type { AccountId } from '#base/ids.ts'
import { type Identity, recipientOf, x25519IdentityFromScalar } from '#crypto/age/identity.ts'
import { openAge } from '#crypto/age/open.ts'
import type { Recipient } from '#crypto/age/recipient.ts'
import { sha256 } from '#crypto/hash.ts'
import { LedgerRefusedError, type RefusalReason } from '#ledger/errors.ts'
import type { MailStore } from './mail-store.ts'

type Step = 'append' | 'stage' | 'write' | 'finish'

export function accountNumber(number: number): AccountId {
  return number.toString(16).padStart(32, '0') as AccountId
}

function identityOf(account: AccountId): Identity {
  return x25519IdentityFromScalar(sha256(Buffer.from(account)))
}

export function keyOf(account: AccountId): Recipient {
  return recipientOf(identityOf(account))
}

class MemoryRecord implements StagedRecord {
  readonly account: AccountId
  readonly #store: MemoryStore
  readonly #pieces: Buffer[] = []
  finished = false

  constructor(store: MemoryStore, account: AccountId) {
    this.#store = store
    this.account = account
  }

  get payload(): Buffer {
    return Buffer.concat(this.#pieces)
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.#store.largestWrite = Math.max(this.#store.largestWrite, chunk.length)
    this.#pieces.push(Buffer.from(chunk))
    await this.#store.step('write', this.account)
  }

  async finish(): Promise<void> {
    await this.#store.step('finish', this.account)
    this.finished = true
  }

  discard(): void {
    this.#store.open.delete(this)
  }
}

export class MemoryStore implements MailStore {
  readonly records: { readonly account: AccountId; readonly payload: Buffer; readonly quotaBytes: number | null }[] = []
  readonly open = new Set<StagedRecord>()
  largestWrite = 0
  appending = 0
  mostAppending = 0
  /** Decides about each step. */
  fault: (step: Step, account: AccountId) => RefusalReason | Error | null = () => null

  async append(account: AccountId, payload: Uint8Array | StagedRecord, quotaBytes: number | null): Promise<void> {
    this.appending++
    this.mostAppending = Math.max(this.mostAppending, this.appending)
    try {
      await this.step('append', account)
    } finally {
      this.appending--
    }
    if (payload instanceof Uint8Array) {
      assert.ok(payload.length <= INLINE_BYTES_MAX, 'more than that is staged')
      this.records.push({ account, payload: Buffer.from(payload), quotaBytes })
    } else {
      assert.ok(payload instanceof MemoryRecord && payload.finished && payload.account === account)
      this.records.push({ account, payload: payload.payload, quotaBytes })
    }
  }

  stage(account: AccountId): StagedRecord {
    const fault = this.fault('stage', account)
    if (fault !== null) throw typeof fault === 'string' ? new LedgerRefusedError(fault) : fault
    const record = new MemoryRecord(this, account)
    this.open.add(record)
    return record
  }

  async step(step: Step, account: AccountId): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve))
    const fault = this.fault(step, account)
    if (fault !== null) throw typeof fault === 'string' ? new LedgerRefusedError(fault) : fault
  }

  /** What an account has, opened. */
  messages(account: AccountId): string[] {
    return this.records
      .filter((record) => record.account === account)
      .map(({ payload }) => {
        const opened = openAge(payload, [identityOf(account)])
        assert.ok(opened.ok, 'the account can open its mail')
        return opened.value.toString('latin1')
      })
  }
}
