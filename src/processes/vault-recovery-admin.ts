// The administrator's requests about ways back into an account (docs/formats/frames.md §4.4), answered by the vault's recovery service.

import { asBuffer } from '#base/bytes.ts'
import { accountIdFromBytes } from '#base/ids.ts'
import type { RecoveryDenial } from '#jmap/recovery-host.ts'
import type { VaultAdminRequest, VaultAdminResponse } from '#protocol/vault.ts'
import type { UnlockedAccount } from '#unlock/unlocked-account.ts'
import { isUsablePassword } from './usable-password.ts'
import { loginAsOwner } from './owner-login.ts'
import type { VaultAdminParts } from './vault-admin.ts'

type Request<K extends VaultAdminRequest['kind']> = Extract<VaultAdminRequest, { kind: K }>

type RecoveryRequest = Request<
  | 'recoveryReport'
  | 'newRecoveryCode'
  | 'issueShares'
  | 'revokeShares'
  | 'setSecurity'
  | 'drill'
  | 'announceEscrow'
  | 'refuseEscrow'
  | 'useEscrow'
>

/** Throws BusyError, LedgerRefusedError. */
export async function answerRecovery(parts: VaultAdminParts, request: RecoveryRequest): Promise<VaultAdminResponse> {
  const { accounts, recovery } = parts
  const id = accountIdFromBytes(request.id)
  switch (request.kind) {
    case 'recoveryReport': {
      const unlocked = accounts.get(id)
      if (unlocked === null) return { kind: 'failed', reason: 'notUnlocked' }
      const report = await recovery.report(unlocked)
      return 'kind' in report ? denied(report) : { kind: 'recoveryReport', ...report }
    }
    case 'drill':
      return orDenied(await recovery.drill(id, request.address, request.means))
    case 'announceEscrow':
      return orDenied(await recovery.announceEscrow(id, request.address))
    case 'useEscrow': {
      const { address, salt, root, password } = request
      if (!isUsablePassword(password)) return { kind: 'failed', reason: 'malformed' }
      // A copy: what was received is wiped when it has been answered, and this is by whoever takes it over.
      return orDenied(await recovery.useEscrow(id, address, salt, Buffer.from(asBuffer(root)), password))
    }
    case 'newRecoveryCode':
    case 'issueShares':
    case 'revokeShares':
    case 'setSecurity':
    case 'refuseEscrow': {
      const unlocked = await loginAsOwner(parts, request)
      if (unlocked === null) return { kind: 'failed', reason: 'wrongPassword' }
      return asOwner(recovery, unlocked, request)
    }
  }
}

async function asOwner(
  recovery: VaultAdminParts['recovery'],
  unlocked: UnlockedAccount,
  request: Request<'newRecoveryCode' | 'issueShares' | 'revokeShares' | 'setSecurity' | 'refuseEscrow'>,
): Promise<VaultAdminResponse> {
  switch (request.kind) {
    case 'newRecoveryCode': {
      const { code } = await recovery.newCode(unlocked)
      const identity = await recovery.identityOf(unlocked.id, unlocked.address)
      return { kind: 'recovered', recoveryCode: code, identity, revokedShares: false, note: null }
    }
    case 'issueShares':
      return orDenied(await recovery.issueShares(unlocked, request.threshold, request.contacts))
    case 'revokeShares':
      return orDenied(await recovery.revokeShares(unlocked))
    case 'setSecurity':
      return orDenied(await recovery.setSecurity(unlocked, request.level))
    case 'refuseEscrow':
      return orDenied(await recovery.refuseEscrow(unlocked.id))
  }
}

type Answered = Extract<VaultAdminResponse, { kind: 'done' | 'shares' | 'drilled' }>

function orDenied(answer: Answered | RecoveryDenial): VaultAdminResponse {
  return answer.kind === 'done' || answer.kind === 'shares' || answer.kind === 'drilled' ? answer : denied(answer)
}

function denied(denial: RecoveryDenial): VaultAdminResponse {
  switch (denial.kind) {
    case 'meansRefused':
    case 'cannot':
      return denial
    case 'wrongPassword':
      return { kind: 'failed', reason: 'wrongPassword' }
    case 'rateLimit':
    case 'unavailable':
      return { kind: 'failed', reason: 'unavailable' }
  }
}
