// The ledger as its clients see it, over its socket: an `AccountLog` for a vault and the directory, and for mx and courier the store that
// sealed mail goes to.

import { type AccountId, type Seq, accountIdFromBytes, accountIdToBytes } from '#base/ids.ts'
import type { AccountLog, AppendedRecords, LogEntry, LogWatch, NewRecord, StagedRecord } from '#account/account-log.ts'
import { LedgerRefusedError } from '#ledger/errors.ts'
import { decodeHead } from '#ledger/record.ts'
import type { Connection } from '#platform/net.ts'
import { CallClient, CallRefusedError } from '#protocol/call-client.ts'
import { ProtocolError } from '#protocol/frame.ts'
import { CHUNK_BYTES_MAX, type LedgerRequest, type LedgerResponse, ledgerSchema } from '#protocol/ledger.ts'

type Entries = Extract<LedgerResponse, { kind: 'appended' }>['entries']

interface Watch {
  readonly listener: (entries: readonly LogEntry[]) => void
  /** Of the log when the watch began; null until the ledger has told. */
  size: number | null
  early: LogEntry[]
}

export class LedgerClient {
  readonly #calls: CallClient<LedgerRequest, LedgerResponse>
  readonly #watches = new Map<AccountId, Watch>()
  /** Asked for and not answered. */
  readonly #repairs = new Set<string>()
  readonly #lost: (accounts: readonly AccountId[]) => void
  #nextStage = 1

  /** `lost`: these accounts were watched, and are not any more: whoever has them open closes them. */
  constructor(connect: () => Promise<Connection>, lost: (accounts: readonly AccountId[]) => void = () => undefined) {
    this.#lost = lost
    this.#calls = new CallClient(ledgerSchema, {
      connect,
      news: (news) => this.#heard(news),
      lost: () => this.#connectionLost(),
    })
  }

  close(): void {
    this.#calls.close()
  }

  /** With a quota, messages are refused that would make the account's segments larger; what their owner does with them is not. */
  log(account: AccountId, quotaBytes: number | null = null): AccountLog {
    return {
      append: (records) =>
        this.append(account, records, records.some(({ kind }) => kind === 'mail') ? quotaBytes : null),
      stage: () => this.stage(account),
      watch: (listener) => this.#watch(account, listener),
      settled: async (seq) => {
        expect(await this.#call({ kind: 'settled', account: accountIdToBytes(account), seq }), 'done')
      },
    }
  }

  /**
   * As `AccountLog.append`; with a quota, the account's segments may have so many bytes afterwards. Throws LedgerRefusedError if nothing is
   * in the log, nor will be; anything else means that nobody knows.
   */
  async append(
    account: AccountId,
    records: readonly NewRecord[],
    quotaBytes: number | null = null,
  ): Promise<AppendedRecords> {
    const request: LedgerRequest = {
      kind: 'append',
      account: accountIdToBytes(account),
      quotaBytes,
      records: records.map(({ kind, payload }) => ({
        kind,
        payload:
          payload instanceof Uint8Array
            ? { kind: 'inline', bytes: payload }
            : { kind: 'staged', stage: stageNumber(payload) },
      })),
    }
    const appended = expect(await this.#call(request), 'appended')
    return { firstSeq: appended.firstSeq as Seq, time: appended.time, records: logEntries(appended.entries) }
  }

  /** Bytes of the account's segments. Throws LedgerRefusedError. */
  async usage(account: AccountId): Promise<number> {
    return expect(await this.#call({ kind: 'usage', account: accountIdToBytes(account) }), 'usage').bytes
  }

  /** What a reader found damaged is repaired, as far as it can be. Nobody waits for it: whoever reads has the right bytes, or knows that he has not. */
  repair(account: AccountId, segment: Seq | null): void {
    const key = `${account}/${segment ?? ''}`
    if (this.#repairs.has(key)) return
    this.#repairs.add(key)
    this.#call({ kind: 'repair', account: accountIdToBytes(account), segment })
      .catch(() => undefined)
      .finally(() => this.#repairs.delete(key))
  }

  stage(account: AccountId): StagedRecord {
    const stage = this.#nextStage++
    const begun = this.#call({ kind: 'stage', stage, account: accountIdToBytes(account) })
    // Met again by the first piece.
    begun.catch(() => undefined)
    return new RemoteStage(stage, begun, (request) => this.#call(request))
  }

  async #watch(account: AccountId, listener: (entries: readonly LogEntry[]) => void): Promise<LogWatch> {
    const watch: Watch = { listener, size: null, early: [] }
    this.#watches.set(account, watch)
    const bytes = accountIdToBytes(account)
    const forget = (): boolean => this.#watches.get(account) === watch && this.#watches.delete(account)
    try {
      const { size } = expect(await this.#call({ kind: 'watch', account: bytes }), 'watching')
      watch.size = size
      tell(watch, watch.early)
      watch.early = []
      return {
        size,
        [Symbol.dispose]: () => {
          if (forget()) void this.#calls.tell({ kind: 'unwatch', account: bytes })
        },
      }
    } catch (error) {
      forget()
      throw error
    }
  }

  #heard(news: LedgerResponse): void {
    const { account, entries } = expect(news, 'records')
    const watch = this.#watches.get(accountIdFromBytes(account))
    if (watch === undefined) return
    if (watch.size === null) watch.early.push(...logEntries(entries))
    else tell(watch, logEntries(entries))
  }

  #connectionLost(): void {
    const accounts = [...this.#watches.keys()]
    this.#watches.clear()
    this.#lost(accounts)
  }

  async #call(request: LedgerRequest): Promise<LedgerResponse> {
    try {
      return await this.#calls.call(request)
    } catch (cause) {
      if (cause instanceof CallRefusedError) throw new LedgerRefusedError('unavailable', { cause })
      throw cause
    }
  }
}

/** What an earlier watch of the account was still to be told of is not new. */
function tell({ listener, size }: Watch, entries: readonly LogEntry[]): void {
  const recent = entries.filter(({ header }) => header.seq >= (size ?? 0))
  if (recent.length > 0) listener(recent)
}

class RemoteStage implements StagedRecord {
  readonly number: number
  readonly #call: (request: LedgerRequest) => Promise<LedgerResponse>
  #begun: Promise<LedgerResponse> | null
  #isOver = false

  constructor(
    number: number,
    begun: Promise<LedgerResponse>,
    call: (request: LedgerRequest) => Promise<LedgerResponse>,
  ) {
    this.number = number
    this.#begun = begun
    this.#call = call
  }

  async write(chunk: Uint8Array): Promise<void> {
    await this.#ready()
    for (let at = 0; at < chunk.length; at += CHUNK_BYTES_MAX) {
      const bytes = chunk.subarray(at, at + CHUNK_BYTES_MAX)
      await this.#do({ kind: 'chunk', stage: this.number, bytes })
    }
  }

  async finish(): Promise<void> {
    await this.#ready()
    await this.#do({ kind: 'finish', stage: this.number })
  }

  discard(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#call({ kind: 'discard', stage: this.number }).catch(() => undefined)
  }

  async #ready(): Promise<void> {
    if (this.#begun !== null) expectStage(await this.#begun)
    this.#begun = null
  }

  async #do(request: LedgerRequest): Promise<void> {
    try {
      expectStage(await this.#call(request))
    } catch (cause) {
      this.#isOver = true
      // Nothing that is staged is in the log: whatever happened, it is as if it was refused.
      if (cause instanceof LedgerRefusedError) throw cause
      throw new LedgerRefusedError('unavailable', { cause })
    }
  }
}

function expectStage(response: LedgerResponse): void {
  expect(response, 'done')
}

function stageNumber(payload: StagedRecord): number {
  if (payload instanceof RemoteStage) return payload.number
  throw new TypeError('a payload that another log staged')
}

/** Throws LedgerRefusedError for a refusal, ProtocolError for what makes no sense. */
function expect<K extends LedgerResponse['kind']>(
  response: LedgerResponse,
  kind: K,
): Extract<LedgerResponse, { kind: K }> {
  if (response.kind === 'refused') throw new LedgerRefusedError(response.reason)
  if (response.kind !== kind) throw new ProtocolError('an answer to another question')
  return response as Extract<LedgerResponse, { kind: K }>
}

function logEntries(entries: Entries): LogEntry[] {
  return entries.map(({ head, segment, offset }) => {
    const decoded = decodeHead(head)
    if (!decoded.ok) throw new ProtocolError('a malformed head')
    // Its digest is a view of what was received.
    const header = { ...decoded.value.header, digest: Buffer.from(decoded.value.header.digest) }
    return { header, location: { segment: segment as Seq, offset } }
  })
}
