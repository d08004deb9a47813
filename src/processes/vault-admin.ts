// What the administrator's command does with accounts in a vault: creates them, changes passwords, recovers, locks and unlocks. Everything that
// opens an account takes its owner's password or recovery code: the administrator has neither.

import { type AccountId, accountIdFromBytes, accountIdToBytes } from '#base/ids.ts'
import { formatIdentity } from '#crypto/age/identity.ts'
import { sealAge } from '#crypto/age/seal.ts'
import { IDENTITY_SETTING, identityKindOf } from '#account/account-settings.ts'
import type { AccountLog } from '#account/account-log.ts'
import { CommitRefusedError } from '#account/account.ts'
import { createAccount } from '#account/create-account.ts'
import { JournalDamagedError } from '#account/journal.ts'
import { addMachineSlot, removeMachineSlots } from '#account/machine-slot.ts'
import { IndexStorageError } from '#account/index-database.ts'
import { forgetIndex, rebuildIndex } from '#account/open-index.ts'
import type { DeriveThread } from '#account/record-deriver.ts'
import { LedgerRefusedError } from '#ledger/errors.ts'
import type { LogReader } from '#ledger/reader.ts'
import { systemClock } from '#platform/clock.ts'
import { DiskError } from '#platform/disk.ts'
import type { CallHandlers, CallPeer } from '#protocol/call-server.ts'
import type { VaultAdminRequest, VaultAdminResponse } from '#protocol/vault.ts'
import { BusyError } from '#unlock/argon-queue.ts'
import { LOCK_SETTING } from '#unlock/lock-policy.ts'
import { IndexWorkStoppedError } from '#unlock/index-work.ts'
import { AccountOpeningError, type UnlockedAccount } from '#unlock/unlocked-account.ts'
import { type Rehearsals, isEnd } from '#unlock/rehearsals.ts'
import type { SlotChanges } from '#unlock/slot-changes.ts'
import type { UnlockedAccounts } from '#unlock/unlocked-accounts.ts'
import type { UseNotes } from '#unlock/use-notes.ts'
import { type AdministeredScrub, answerScrub } from './scrub-admin.ts'
import { loginAsOwner } from './owner-login.ts'
import { isUsablePassword } from './usable-password.ts'
import { historyOf } from './vault-audit.ts'
import { answerKeySlots } from './vault-key-slots.ts'
import { answerRehearse } from './vault-rehearsal.ts'
import { identify, recover } from './vault-recover.ts'
import { answerRecovery } from './vault-recovery-admin.ts'
import type { VaultRecovery } from './vault-recovery.ts'
import { answerRestore } from './vault-restore.ts'

export interface VaultAdminParts {
  readonly recovery: VaultRecovery
  readonly accounts: UnlockedAccounts
  readonly changes: SlotChanges
  readonly notes: UseNotes
  readonly indexDirectory: string
  readonly thread: DeriveThread | null
  readonly scrub: AdministeredScrub
  readonly rehearsals: Rehearsals
  log(account: AccountId): AccountLog
  reader(account: AccountId): LogReader
  /** Every account of this vault that has a log. */
  ownAccounts(): Iterable<AccountId>
  /** Whether it has an address here; null if the directory cannot be asked. */
  hasAddress(account: AccountId): Promise<boolean | null>
  /** For the log. */
  fault(account: AccountId, error: unknown): void
  /** 64 bytes; null if the directory cannot be asked. */
  machine(account: AccountId): Promise<Buffer | null>
}

type Failure = Extract<VaultAdminResponse, { kind: 'failed' }>
type Request<K extends VaultAdminRequest['kind']> = Extract<VaultAdminRequest, { kind: K }>

const DONE: VaultAdminResponse = { kind: 'done' }
const failed = (reason: Failure['reason']): Failure => ({ kind: 'failed', reason })

/** What serves each connection. */
export function vaultAdmin(
  parts: VaultAdminParts,
): (peer: CallPeer<VaultAdminResponse>) => CallHandlers<VaultAdminRequest, VaultAdminResponse> {
  return (peer) => {
    const gone = new AbortController()
    return {
      request: (request) => safely(() => answer(parts, request, { peer, gone: gone.signal })),
      closed: () => gone.abort(new BusyError('nobody waits for it')),
    }
  }
}

async function safely(work: () => Promise<VaultAdminResponse>): Promise<VaultAdminResponse> {
  try {
    return await work()
  } catch (error) {
    if (isEnd(error) || error instanceof IndexWorkStoppedError) return failed('unavailable')
    if (error instanceof AccountOpeningError) return failed('rebuilding')
    if (error instanceof IndexStorageError) return failed(error.why === 'noSpace' ? 'noSpace' : 'storage')
    if (error instanceof LedgerRefusedError || error instanceof CommitRefusedError) {
      return failed(error.reason === 'noSpace' ? 'noSpace' : 'unavailable')
    }
    if (error instanceof JournalDamagedError) return failed('damaged')
    throw error
  }
}

/** Whoever asks. */
interface Caller {
  readonly peer: CallPeer<VaultAdminResponse>
  /** Aborted when its connection has ended. */
  readonly gone: AbortSignal
}

async function answer(parts: VaultAdminParts, request: VaultAdminRequest, caller: Caller): Promise<VaultAdminResponse> {
  switch (request.kind) {
    case 'createAccount':
      return create(parts, request)
    case 'changePassword':
      return change(parts, request)
    case 'identify':
      return identify(parts, request, (account, address, root) => identityOf(parts, account, address, root))
    case 'recover':
      return isUsablePassword(request.password) ? recover(parts, request) : failed('malformed')
    case 'lock':
      await parts.accounts.lock(accountIdFromBytes(request.id))
      return DONE
    case 'forget': {
      const id = accountIdFromBytes(request.id)
      await parts.accounts.lock(id)
      forgetIndex(parts.indexDirectory, id)
      return DONE
    }
    case 'unlock': {
      const unlocked = await loginAsOwner(parts, request)
      if (unlocked === null) return failed('wrongPassword')
      const lease = await parts.accounts.lease(unlocked, { end: () => Promise.resolve() })
      lease[Symbol.dispose]()
      return DONE
    }
    case 'scrub':
      return answerScrub(parts.scrub, request.action)
    case 'rebuildIndex':
      return rebuild(parts, accountIdFromBytes(request.id), caller)
    case 'rehearse':
      return answerRehearse(parts, request, caller)
    case 'exportIdentity': {
      const unlocked = await loginAsOwner(parts, request)
      if (unlocked === null) return failed('wrongPassword')
      using hybrid = unlocked.root.identity('hybrid')
      using x25519 = unlocked.root.identity('x25519')
      const mail = await identityOf(parts, unlocked.id, unlocked.address, unlocked.root)
      return { kind: 'identity', mail, hybrid: formatIdentity(hybrid), x25519: formatIdentity(x25519) }
    }
    case 'setLockPolicy':
      return setLockPolicy(parts, request)
    case 'recoveryReport':
    case 'newRecoveryCode':
    case 'issueShares':
    case 'revokeShares':
    case 'setSecurity':
    case 'drill':
    case 'announceEscrow':
    case 'refuseEscrow':
    case 'useEscrow':
      return answerRecovery(parts, request)
    case 'pastPoints':
    case 'pastAccount':
    case 'pastMessages':
    case 'pastMessage':
    case 'restore': {
      const unlocked = parts.accounts.get(accountIdFromBytes(request.id))
      if (unlocked === null) return failed('notUnlocked')
      using lease = await parts.accounts.lease(unlocked, { end: () => Promise.resolve() })
      return await answerRestore(lease.account.timeTravel, request)
    }
    case 'unlocked':
      return { kind: 'unlocked', ids: parts.accounts.ids().map(accountIdToBytes) }
    case 'history': {
      const unlocked = parts.accounts.get(accountIdFromBytes(request.id))
      if (unlocked === null) return failed('notUnlocked')
      using reader = parts.reader(unlocked.id)
      return await historyOf(unlocked.root, reader, request.from, request.end)
    }
    case 'keySlots':
    case 'addAppPassword':
    case 'revokeAppPassword':
    case 'revokePasskey':
      return answerKeySlots(parts, request)
    case 'acknowledge': {
      const unlocked = parts.accounts.get(accountIdFromBytes(request.id))
      if (unlocked === null) return failed('notUnlocked')
      using lease = await parts.accounts.lease(unlocked, { end: () => Promise.resolve() })
      return { kind: 'acknowledged', hadAlarms: await lease.account.integrity.acknowledge() }
    }
  }
}

async function create(parts: VaultAdminParts, request: Request<'createAccount'>): Promise<VaultAdminResponse> {
  const { address, salt, password, identity } = request
  const account = accountIdFromBytes(request.id)
  if (!isUsablePassword(password)) return failed('malformed')
  const log = parts.log(account)
  const made = await createAccount({ log, clock: systemClock, account, address, password, salt, identity })
  made.root[Symbol.dispose]()
  if (request.welcome !== null) {
    await log.append([{ kind: 'mail', payload: sealAge([made.recipient], request.welcome) }])
  }
  return { kind: 'created', recipient: made.recipientText, recoveryCode: made.recoveryCode }
}

async function change(parts: VaultAdminParts, request: Request<'changePassword'>): Promise<VaultAdminResponse> {
  const { address, salt, password, old } = request
  const account = accountIdFromBytes(request.id)
  if (!isUsablePassword(password)) return failed('malformed')
  const unlocked = await loginAsOwner(parts, { ...request, password: old })
  if (unlocked === null) return failed('wrongPassword')
  await parts.changes.changePassword(account, unlocked.root, { address, password, salt })
  return DONE
}

/** Which identity its mail is sealed to is known to the account itself. */
async function identityOf(
  { accounts }: VaultAdminParts,
  account: AccountId,
  address: string,
  root: UnlockedAccount['root'],
): Promise<'hybrid' | 'x25519'> {
  const unlocked = accounts.unlock(account, address, root.copy())
  using lease = await accounts.lease(unlocked, { end: () => Promise.resolve() })
  return identityKindOf(lease.account.setting(IDENTITY_SETTING))
}

async function rebuild(
  parts: VaultAdminParts,
  account: AccountId,
  { peer, gone }: Caller,
): Promise<VaultAdminResponse> {
  const unlocked = parts.accounts.get(account)
  if (unlocked === null) return failed('notUnlocked')
  const { indexDirectory, thread } = parts
  await unlocked.rebuild(
    async (root, control) => {
      using reader = parts.reader(account)
      const ledger = parts.log(account)
      try {
        await rebuildIndex({ reader, root, ledger, clock: systemClock, indexDirectory, thread, ...control })
      } catch (error) {
        const fault = storageFault(error)
        if (fault === null) throw error
        parts.fault(account, fault)
        throw fault
      }
    },
    ({ phase, done, total, perSecond, secondsLeft }) => {
      const [rate, left] = [whole(perSecond), whole(secondsLeft)]
      void peer.tell({ kind: 'rebuilding', phase, done, total, perSecond: rate, secondsLeft: left })
    },
    gone,
  )
  using lease = await parts.accounts.lease(unlocked, { end: () => Promise.resolve() })
  const mailboxes = lease.account.mailboxes()
  const emails = mailboxes.reduce((sum, { messages }) => sum + messages, 0)
  return { kind: 'rebuilt', emails, mailboxes: mailboxes.length }
}

/** That the index cannot be stored, whichever file it was; null if it is something else. */
function storageFault(error: unknown): IndexStorageError | null {
  if (error instanceof IndexStorageError) return error
  if (!(error instanceof DiskError)) return null
  const why = error.code === 'ENOSPC' || error.code === 'EDQUOT' ? 'noSpace' : 'fault'
  return new IndexStorageError(why, `the index cannot be stored: ${error.code}`, { cause: error })
}

function whole(number: number | null): number | null {
  return number === null ? null : Math.ceil(number)
}

async function setLockPolicy(parts: VaultAdminParts, request: Request<'setLockPolicy'>): Promise<VaultAdminResponse> {
  const account = accountIdFromBytes(request.id)
  const unlocked = await loginAsOwner(parts, request)
  if (unlocked === null) return failed('wrongPassword')
  const stretched = request.policy === 'never' ? await parts.machine(account) : null
  if (request.policy === 'never' && stretched === null) return failed('unavailable')
  await parts.changes.exclusively(account, unlocked.root, async (change) => {
    await removeMachineSlots(change)
    if (stretched !== null) await addMachineSlot(change, stretched)
  })
  using lease = await parts.accounts.lease(unlocked, { end: () => Promise.resolve() })
  await lease.account.commit([{ kind: 'set', key: LOCK_SETTING, value: request.policy }])
  return DONE
}
