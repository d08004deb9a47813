// A rehearsal that somebody asks for by the administrator's command: the account stays unlocked until it has ended.

import { type AccountId, accountIdFromBytes } from '#base/ids.ts'
import type { CallPeer } from '#protocol/call-server.ts'
import type { VaultAdminRequest, VaultAdminResponse } from '#protocol/vault.ts'
import { BusyError } from '#unlock/argon-queue.ts'
import type { Rehearsals } from '#unlock/rehearsals.ts'
import type { UnlockedAccounts } from '#unlock/unlocked-accounts.ts'

export interface RehearsalParts {
  readonly accounts: UnlockedAccounts
  readonly rehearsals: Rehearsals
}

/** Throws BusyError, AccountOpeningError, and as `OpenAccount.rehearse`. */
export async function answerRehearse(
  { accounts, rehearsals }: RehearsalParts,
  request: Extract<VaultAdminRequest, { kind: 'rehearse' }>,
  { peer, gone }: { readonly peer: CallPeer<VaultAdminResponse>; readonly gone: AbortSignal },
): Promise<VaultAdminResponse> {
  const id: AccountId = accountIdFromBytes(request.id)
  const unlocked = accounts.get(id)
  if (unlocked === null) return { kind: 'failed', reason: 'notUnlocked' }
  const closing = new AbortController()
  using _ = await accounts.lease(unlocked, {
    end() {
      closing.abort(new BusyError('the account is being closed'))
      return Promise.resolve()
    },
  })
  let told = ''
  const outcome = await rehearsals.run(
    id,
    (news) => {
      const next = `${news.phase} ${Math.floor((100 * news.done) / Math.max(1, news.total))}`
      if (next === told) return
      told = next
      void peer.tell({ kind: 'rehearsing', ...news })
    },
    AbortSignal.any([gone, closing.signal]),
  )
  if (outcome.kind === 'noRoom') return { kind: 'noRoom' }
  return { kind: 'rehearsed', ...outcome.result }
}
