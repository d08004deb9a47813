// The ledger's side of its boundary (docs/formats/frames.md §4.1): one connection of a client, with what it has staged and watches. A client may
// append the kinds of its role, to the accounts of its role; anything else is not a refusal but the end of the connection.

import { type AccountId, type Seq, SYSTEM_ACCOUNT, accountIdFromBytes, accountIdToBytes } from '#base/ids.ts'
import type { NewRecord } from '#ledger/append.ts'
import { AccountDamagedError, LedgerRefusedError } from '#ledger/errors.ts'
import type { CommittedRecord } from '#ledger/group.ts'
import type { Ledger } from '#ledger/ledger.ts'
import { encodeHead } from '#ledger/record.ts'
import { parseRelease } from '#ledger/release.ts'
import { StagedPayload } from '#ledger/staging.ts'
import type { Clock } from '#platform/clock.ts'
import { DiskError } from '#platform/disk.ts'
import type { CallHandlers, CallPeer } from '#protocol/call-server.ts'
import { ProtocolError } from '#protocol/frame.ts'
import type { LedgerRequest, LedgerResponse } from '#protocol/ledger.ts'
import { LogNews } from './log-news.ts'

export interface LedgerRole {
  readonly kinds: ReadonlySet<'mail' | 'journal' | 'slot' | 'mark' | 'release'>
  readonly accounts: 'system' | 'owners'
  /** Reads accounts' records: may be told of new ones, and of what is damaged. */
  readonly mayWatch: boolean
}

export const ledgerRoles = {
  mx: { kinds: new Set(['mail']), accounts: 'owners', mayWatch: false },
  courier: { kinds: new Set(['mail']), accounts: 'owners', mayWatch: false },
  vault: { kinds: new Set(['mail', 'journal', 'slot', 'mark', 'release']), accounts: 'owners', mayWatch: true },
  directory: { kinds: new Set(['journal']), accounts: 'system', mayWatch: true },
} as const satisfies Record<string, LedgerRole>

/** Of one connection. */
const STAGES_MAX = 256
const WATCHES_MAX = 20_000
/** Records in one piece of news. */
const NEWS_RECORDS = 1_024

const DONE: LedgerResponse = { kind: 'done' }

export function serveLedger(
  ledger: Ledger,
  clock: Clock,
  role: LedgerRole,
  peer: CallPeer<LedgerResponse>,
): CallHandlers<LedgerRequest, LedgerResponse> {
  const stages = new Map<number, StagedPayload>()
  const watches = new Map<AccountId, { readonly news: LogNews; readonly watching: Disposable }>()

  const accountOf = (bytes: Uint8Array): AccountId => {
    const account = accountIdFromBytes(bytes)
    if ((account === SYSTEM_ACCOUNT) !== (role.accounts === 'system'))
      throw new ProtocolError('not an account of this role')
    return account
  }
  const stageOf = (number: number): StagedPayload => {
    const stage = stages.get(number)
    if (stage === undefined) throw new ProtocolError('no such stage')
    return stage
  }
  const drop = (number: number): void => {
    stages.get(number)?.discard()
    stages.delete(number)
  }

  async function append(request: Extract<LedgerRequest, { kind: 'append' }>): Promise<LedgerResponse> {
    const account = accountOf(request.account)
    const used: number[] = []
    const records = request.records.map(({ kind, payload }): NewRecord => {
      if (!role.kinds.has(kind)) throw new ProtocolError('not a kind of this role')
      if (kind === 'release' && (payload.kind !== 'inline' || parseRelease(payload.bytes) === null)) {
        throw new ProtocolError('no release')
      }
      if (payload.kind === 'inline') return { kind, payload: payload.bytes }
      const stage = stageOf(payload.stage)
      if (stage.account !== account || !stage.finished) throw new ProtocolError('a stage that is not ready')
      used.push(payload.stage)
      return { kind, payload: stage }
    })
    if (records.length === 0) throw new ProtocolError('an append without records')
    const quota = request.quotaBytes === null ? {} : { quotaBytes: request.quotaBytes }
    const appended = await ledger.append(account, records, quota)
    for (const number of used) stages.delete(number)
    const entries = appended.records.map(entryOf)
    watches.get(account)?.news.appended(appended.firstSeq, entries.length)
    return { kind: 'appended', firstSeq: appended.firstSeq, time: appended.time, entries }
  }

  function watch(account: AccountId): LedgerResponse {
    if (!role.mayWatch || watches.size >= WATCHES_MAX || watches.has(account))
      throw new ProtocolError('not to be watched')
    const news = new LogNews(clock, (records) => {
      for (let at = 0; at < records.length; at += NEWS_RECORDS) {
        const entries = records.slice(at, at + NEWS_RECORDS).map(entryOf)
        void peer.tell({ kind: 'records', account: accountIdToBytes(account), entries })
      }
    })
    const size = ledger.size(account)
    const watching = ledger.watch(
      account,
      (records) => news.committed(records),
      (settled) => news.settled(settled),
    )
    watches.set(account, { news, watching })
    return { kind: 'watching', size }
  }

  function unwatch(account: AccountId): void {
    watches.get(account)?.watching[Symbol.dispose]()
    watches.get(account)?.news.stop()
    watches.delete(account)
  }

  function settled(account: AccountId, seq: Seq): Promise<LedgerResponse> | LedgerResponse {
    if (seq < ledger.settledSize(account)) return DONE
    if (seq >= ledger.size(account)) throw new ProtocolError('no such record')
    return new Promise((resolve) => {
      const watching = ledger.watch(
        account,
        () => undefined,
        (size) => {
          if (seq >= size) return
          watching[Symbol.dispose]()
          resolve(DONE)
        },
      )
    })
  }

  async function answer(request: LedgerRequest): Promise<LedgerResponse> {
    switch (request.kind) {
      case 'append':
        return append(request)
      case 'stage': {
        const account = accountOf(request.account)
        if (stages.has(request.stage) || stages.size >= STAGES_MAX) throw new ProtocolError('too many stages')
        stages.set(request.stage, ledger.stage(account))
        return DONE
      }
      case 'chunk':
        await stageOf(request.stage).write(request.bytes)
        return DONE
      case 'finish':
        await stageOf(request.stage).finish()
        return DONE
      case 'discard':
        drop(request.stage)
        return DONE
      case 'watch':
        return watch(accountOf(request.account))
      case 'unwatch': {
        const account = accountOf(request.account)
        unwatch(account)
        return DONE
      }
      case 'usage':
        return { kind: 'usage', bytes: ledger.usageBytes(accountOf(request.account)) }
      case 'settled':
        return settled(accountOf(request.account), request.seq as Seq)
      case 'repair': {
        if (!role.mayWatch) throw new ProtocolError('not to be repaired')
        return {
          kind: 'examined',
          outcome: await ledger.repair(accountOf(request.account), request.segment as Seq | null),
        }
      }
    }
  }

  return {
    async request(request) {
      try {
        return await answer(request)
      } catch (error) {
        if (error instanceof LedgerRefusedError) return { kind: 'refused', reason: error.reason }
        // The account can be read, and others can be written.
        if (error instanceof AccountDamagedError || error instanceof DiskError)
          return { kind: 'refused', reason: 'unavailable' }
        throw error
      }
    },
    closed() {
      for (const number of stages.keys()) drop(number)
      for (const account of watches.keys()) unwatch(account)
    },
  }
}

function entryOf({ header, location }: CommittedRecord): {
  readonly head: Uint8Array
  readonly segment: number
  readonly offset: number
} {
  return { head: encodeHead(header), segment: location.segment, offset: location.offset }
}
