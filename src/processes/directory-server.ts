// The directory's side of its boundary (docs/formats/frames.md §4.2). Each client asks what its role needs and no more: mx and gate learn
// nothing that opens an account, and only the administrator's socket changes anything.

import { accountIdFromBytes, accountIdToBytes } from '#base/ids.ts'
import { asciiText, utf8TextOrNull } from '#base/bytes.ts'
import type { Result } from '#base/result.ts'
import { randomBytes } from '#crypto/random.ts'
import { addressText, canonicalAddress } from '#directory/address.ts'
import type { ChangeFailure, Directory } from '#directory/directory.ts'
import type { EscrowWatch } from '#directory/escrow-watch.ts'
import type { AccountEntry } from '#directory/entries.ts'
import { machineStretched, slotSalt, unknownLoginSalt } from '#keys/server-secret.ts'
import { LedgerRefusedError } from '#ledger/errors.ts'
import type { CallHandlers } from '#protocol/call-server.ts'
import type { DirectoryRequest, DirectoryResponse } from '#protocol/directory.ts'
import { ProtocolError } from '#protocol/frame.ts'
import { vaultNumberOf } from './vault-number.ts'

export type DirectoryRole = 'mx' | 'courier' | 'gate' | 'vault' | 'admin'

const allowed: Readonly<Record<DirectoryRole, ReadonlySet<DirectoryRequest['kind']>>> = {
  mx: new Set(['resolve']),
  courier: new Set(['resolve']),
  gate: new Set(['route', 'servesDomain']),
  vault: new Set(['resolve', 'login', 'account', 'machine', 'escrow', 'refuseEscrow', 'useEscrow']),
  admin: new Set([
    'escrow',
    'requestEscrow',
    'addDomain',
    'listDomains',
    'prepareAccount',
    'addAccount',
    'removeAccount',
    'listAccounts',
    'findAccount',
    'addAlias',
    'removeAlias',
    'listAliases',
    'servesDomain',
  ]),
}

interface DirectoryKeys {
  readonly slot: Uint8Array
  readonly machine: Uint8Array
}

export interface DirectoryService {
  readonly directory: Directory
  readonly escrow: EscrowWatch
  readonly keys: DirectoryKeys
  readonly vaults: number
  /** For accounts that have none of their own. */
  readonly quotaBytes: number | null
}

const DONE: DirectoryResponse = { kind: 'done' }
const UNKNOWN: DirectoryResponse = { kind: 'unknown' }

export function serveDirectory(
  service: DirectoryService,
  role: DirectoryRole,
): CallHandlers<DirectoryRequest, DirectoryResponse> {
  const { directory, escrow, keys, vaults } = service

  const account = (entry: AccountEntry) => ({
    id: accountIdToBytes(entry.id),
    address: entry.address,
    recipient: entry.recipientText,
    quotaBytes: entry.quotaBytes ?? service.quotaBytes,
  })

  function resolve(address: string): DirectoryResponse {
    const resolution = directory.resolve(address)
    switch (resolution.kind) {
      case 'accounts':
        return { kind: 'accounts', accounts: resolution.accounts.map(account) }
      case 'elsewhere':
      case 'unknown':
        return resolution
    }
  }

  function login(bytes: Uint8Array): Extract<DirectoryResponse, { kind: 'login' }> {
    const name = utf8TextOrNull(bytes) ?? asciiText(bytes)
    const entry = directory.login(name)
    if (entry !== null) {
      const salt = slotSalt(keys.slot, entry.address)
      return {
        kind: 'login',
        account: accountIdToBytes(entry.id),
        address: entry.address,
        salt,
        vault: vaultNumberOf(entry.id, vaults),
      }
    }
    const split = canonicalAddress(name)
    const salt = unknownLoginSalt(keys.slot, split === null ? name : addressText(split))
    return { kind: 'login', account: null, address: '', salt, vault: (salt[0] as number) % vaults }
  }

  function found(address: string): DirectoryResponse {
    const entry = directory.login(address)
    if (entry === null) return { kind: 'failed', reason: 'noSuchAddress' }
    const salt = slotSalt(keys.slot, entry.address)
    return {
      kind: 'found',
      id: accountIdToBytes(entry.id),
      address: entry.address,
      vault: vaultNumberOf(entry.id, vaults),
      salt,
    }
  }

  function prepare(address: string): DirectoryResponse {
    const vacancy = directory.vacancy(address)
    if (!vacancy.ok) return { kind: 'failed', reason: vacancy.error }
    const id = randomBytes(16)
    const vault = vaultNumberOf(accountIdFromBytes(id), vaults)
    return { kind: 'prepared', id, address: vacancy.value, salt: slotSalt(keys.slot, vacancy.value), vault }
  }

  async function answer(request: DirectoryRequest): Promise<DirectoryResponse> {
    switch (request.kind) {
      case 'resolve':
        return resolve(request.address)
      case 'route':
        return { kind: 'vault', number: login(request.login).vault }
      case 'login':
        return login(request.login)
      case 'account': {
        const id = accountIdFromBytes(request.account)
        const quotaBytes = directory.account(id)?.quotaBytes ?? service.quotaBytes
        return { kind: 'account', addresses: directory.addressesOf(id), quotaBytes }
      }
      case 'machine': {
        const id = accountIdFromBytes(request.account)
        return directory.account(id) === null
          ? UNKNOWN
          : { kind: 'machine', stretched: machineStretched(keys.machine, id) }
      }
      case 'escrow':
        return { kind: 'escrow', request: escrow.request(accountIdFromBytes(request.account)) }
      case 'requestEscrow':
        return outcome(await escrow.ask(accountIdFromBytes(request.account)))
      case 'refuseEscrow':
        return outcome(await escrow.refuse(accountIdFromBytes(request.account)))
      case 'useEscrow':
        return outcome(await escrow.use(accountIdFromBytes(request.account)))
      case 'addDomain':
        return outcome(await directory.addDomain(request.domain))
      case 'listDomains':
        return { kind: 'domains', domains: directory.domains() }
      case 'prepareAccount':
        return prepare(request.address)
      case 'addAccount': {
        const { id, address, recipient: recipientText, quotaBytes } = request
        return outcome(await directory.addAccount({ id: accountIdFromBytes(id), address, recipientText, quotaBytes }))
      }
      case 'removeAccount':
        return outcome(await directory.removeAccount(request.address))
      case 'listAccounts':
        return {
          kind: 'accountList',
          accounts: directory.accounts().map(({ id, address, quotaBytes, created }) => ({
            id: accountIdToBytes(id),
            address,
            quotaBytes: quotaBytes ?? service.quotaBytes,
            created,
            vault: vaultNumberOf(id, vaults),
          })),
        }
      case 'findAccount':
        return found(request.address)
      case 'addAlias':
        return outcome(await directory.addAlias(request.address, request.targets))
      case 'removeAlias':
        return outcome(await directory.removeAlias(request.address))
      case 'listAliases':
        return { kind: 'aliases', aliases: directory.aliases() }
      case 'servesDomain':
        return { kind: 'servedDomain', name: directory.servedDomain(request.domain) }
    }
  }

  return {
    async request(request) {
      if (!allowed[role].has(request.kind)) throw new ProtocolError('not a request of this role')
      try {
        return await answer(request)
      } catch (error) {
        if (error instanceof LedgerRefusedError) return { kind: 'failed', reason: 'unavailable' }
        throw error
      }
    },
  }
}

function outcome(result: Result<unknown, ChangeFailure | 'notDue'>): DirectoryResponse {
  return result.ok ? DONE : { kind: 'failed', reason: result.error }
}
