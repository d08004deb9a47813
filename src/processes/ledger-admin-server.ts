// The ledger's side of the administrator's socket (docs/formats/frames.md §4.9).

import { type AccountId, SYSTEM_ACCOUNT, accountIdFromBytes, accountIdToBytes } from '#base/ids.ts'
import type { DigestUpgrade } from '#ledger/digest-upgrade.ts'
import { AccountDamagedError, LedgerRefusedError } from '#ledger/errors.ts'
import { accountPaths } from '#ledger/paths.ts'
import type { Retention } from '#ledger/retention.ts'
import type { Scrubber } from '#ledger/scrubber.ts'
import { type Disk, DiskError } from '#platform/disk.ts'
import type { CallHandlers } from '#protocol/call-server.ts'
import { ADMIN_ACCOUNTS_MAX, type LedgerAdminRequest, type LedgerAdminResponse } from '#protocol/ledger-admin.ts'
import { answerScrub } from './scrub-admin.ts'

export interface LedgerAdminParts {
  readonly retention: Retention | null
  readonly digests: DigestUpgrade
  readonly scrubber: Scrubber | null
  readonly disk: Disk
  /** The ledger's. */
  readonly directory: string
  readonly periodMs: number
  destroyed(account: AccountId, slots: number): void
}

export function serveLedgerAdmin(parts: LedgerAdminParts): CallHandlers<LedgerAdminRequest, LedgerAdminResponse> {
  return {
    async request(request) {
      try {
        return await answer(parts, request)
      } catch (error) {
        if (error instanceof AccountDamagedError) return { kind: 'failed', reason: 'damaged' }
        if (error instanceof LedgerRefusedError || error instanceof DiskError) {
          return { kind: 'failed', reason: 'unavailable' }
        }
        throw error
      }
    },
  }
}

async function answer(parts: LedgerAdminParts, request: LedgerAdminRequest): Promise<LedgerAdminResponse> {
  const { retention, scrubber, disk, directory, periodMs } = parts
  if (request.kind === 'digests' || request.kind === 'upgradeDigests') return answerDigests(parts, request)
  if (request.kind === 'scrub') {
    return scrubber === null ? { kind: 'failed', reason: 'unavailable' } : answerScrub(scrubber, request.action)
  }
  if (retention === null) return { kind: 'failed', reason: 'unavailable' }
  switch (request.kind) {
    case 'retention': {
      const waiting = await retention.status()
      const accounts = waiting
        .slice(0, ADMIN_ACCOUNTS_MAX)
        .map(({ account, ...rest }) => ({ account: accountIdToBytes(account), ...rest }))
      const isCut = accounts.length < waiting.length
      return { kind: 'retention', periodMs, passedMs: retention.time.now(), accounts, isCut }
    }
    case 'runRetention':
      return { kind: 'dropped', ...(await retention.runNow()) }
    case 'destroyAccount': {
      const account = accountIdFromBytes(request.account)
      const { directory: home } = accountPaths(directory, account)
      if (account === SYSTEM_ACCOUNT || !disk.exists(home)) return { kind: 'failed', reason: 'noSuchAccount' }
      const slots = await retention.destroy(account)
      parts.destroyed(account, slots)
      return { kind: 'destroyed', slots }
    }
  }
}

async function answerDigests(
  { digests, disk, directory }: LedgerAdminParts,
  request: Extract<LedgerAdminRequest, { kind: 'digests' | 'upgradeDigests' }>,
): Promise<LedgerAdminResponse> {
  const account = request.account === null ? null : accountIdFromBytes(request.account)
  if (account !== null && !disk.exists(accountPaths(directory, account).directory)) {
    return { kind: 'failed', reason: 'noSuchAccount' }
  }
  if (request.kind === 'upgradeDigests') {
    await digests.upgrade(account)
    return { kind: 'upgrading' }
  }
  const found = await digests.status(account)
  const accounts = found
    .slice(0, ADMIN_ACCOUNTS_MAX)
    .map(({ account: id, ...rest }) => ({ account: accountIdToBytes(id), ...rest }))
  return { kind: 'digests', accounts, isCut: accounts.length < found.length }
}
