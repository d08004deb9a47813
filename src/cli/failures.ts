// What directory and vaults refuse, as a sentence for the person who typed the command.

import type { DirectoryResponse } from '#protocol/directory.ts'
import type { VaultAdminResponse } from '#protocol/vault.ts'
import { CommandError, EXIT } from './exit-code.ts'

type DirectoryFailure = Extract<DirectoryResponse, { kind: 'failed' }>['reason']

/** What the vault's failures mean. */
export function vaultFailure(answer: VaultAdminResponse): CommandError {
  if (answer.kind === 'meansRefused' || answer.kind === 'notHere') return new CommandError(EXIT.refused, answer.why)
  if (answer.kind === 'cannot') return new CommandError(EXIT.failed, answer.why)
  if (answer.kind === 'noRoom') return new CommandError(EXIT.failed, 'there is no room on the disk for a second index')
  const reason = answer.kind === 'failed' ? answer.reason : 'unavailable'
  switch (reason) {
    case 'wrongPassword':
      return new CommandError(EXIT.refused, 'the password is wrong')
    case 'notUnlocked':
      return new CommandError(EXIT.failed, 'the account is locked: unlock it first (mailkeep account unlock)')
    case 'malformed':
      return new CommandError(EXIT.usage, 'that cannot be a password')
    case 'tooManySlots':
      return new CommandError(EXIT.failed, 'there are too many of that kind: revoke one first')
    case 'noSuchSlot':
      return new CommandError(EXIT.notFound, 'there is no such key slot of that kind')
    case 'noSpace':
      return new CommandError(EXIT.failed, 'there is no space left on the disk')
    case 'storage':
      return new CommandError(EXIT.failed, 'the disk failed when the index was written: the log says how')
    case 'rebuilding':
      return new CommandError(
        EXIT.failed,
        'the index of the account is being made again: mailkeep rebuild-index shows how far it is, and waits',
      )
    case 'damaged':
      return new CommandError(EXIT.damaged, "the account's journal is damaged: run mailkeep verify")
    case 'unavailable':
      return new CommandError(EXIT.failed, 'that is not possible now: try again, and look at mailkeep status')
  }
}

export function directoryFailure(
  answer: { readonly kind: string; readonly reason?: DirectoryFailure },
  what: string,
): CommandError {
  const { reason = 'unavailable' } = answer
  switch (reason) {
    case 'malformed':
      return new CommandError(EXIT.usage, `${what} is malformed`)
    case 'exists':
      return new CommandError(EXIT.failed, `${what} is there already`)
    case 'noSuchDomain':
      return new CommandError(EXIT.notFound, `the domain of ${what} is not served here: mailkeep domain add`)
    case 'noSuchAddress':
      return new CommandError(EXIT.notFound, `there is no such address: ${what}`)
    case 'notDue':
      return new CommandError(EXIT.failed, `${what}: the time has not come yet`)
    case 'tooMany':
      return new CommandError(EXIT.usage, `${what}: too many`)
    case 'inUse':
      return new CommandError(EXIT.failed, `${what} is in use`)
    case 'unavailable':
      return new CommandError(EXIT.failed, 'that is not possible now: try again, and look at mailkeep status')
  }
}
