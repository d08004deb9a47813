// Back into an account without its password, by the recovery code or by shares: whose account it is, and a new password for it. What was used opens nothing
// afterwards.

import { type AccountId, accountIdFromBytes, accountIdToBytes } from '#base/ids.ts'
import { formatRecipient } from '#crypto/age/recipient.ts'
import { revokeKind } from '#account/replace-slots.ts'
import { readSlots, replaceRecoveryCode } from '#account/slots.ts'
import { openByMeans, readMeans, wipeMeans } from '#keys/means.ts'
import type { RootSecret } from '#keys/root.ts'
import type { VaultAdminRequest, VaultAdminResponse } from '#protocol/vault.ts'
import type { VaultAdminParts } from './vault-admin.ts'

type Request<K extends VaultAdminRequest['kind']> = Extract<VaultAdminRequest, { kind: K }>

const refused = (why: string): VaultAdminResponse => ({ kind: 'meansRefused', why })

/** `identityOf`: to which of its identities the account has its mail sealed. */
export async function identify(
  parts: VaultAdminParts,
  { address, means: typed }: Request<'identify'>,
  identityOf: (account: AccountId, address: string, root: RootSecret) => Promise<'hybrid' | 'x25519'>,
): Promise<VaultAdminResponse> {
  const means = readMeans(typed)
  if (typeof means === 'string') return refused(means)
  try {
    let why = ''
    for (const account of parts.ownAccounts()) {
      using reader = parts.reader(account)
      const opening = await openByMeans(readSlots(reader), means)
      if (opening.kind === 'refused') return refused(opening.why)
      if (opening.kind === 'notHere') {
        why = opening.why
        continue
      }
      using root = opening.opened.root
      // One that has an address keeps it: its password slots are for that address.
      const hasAddress = await parts.hasAddress(account)
      if (hasAddress === null) return { kind: 'failed', reason: 'unavailable' }
      if (hasAddress) return refused('What was typed opens an account that has an address here already.')
      const recipient = formatRecipient(root.recipient(await identityOf(account, address, root)))
      return { kind: 'identified', id: accountIdToBytes(account), recipient }
    }
    return { kind: 'notHere', why }
  } finally {
    wipeMeans(means)
  }
}

export async function recover(parts: VaultAdminParts, request: Request<'recover'>): Promise<VaultAdminResponse> {
  const { address, salt, password } = request
  const account = accountIdFromBytes(request.id)
  const means = readMeans(request.means)
  if (typeof means === 'string') return refused(means)
  try {
    using reader = parts.reader(account)
    const opening = await openByMeans(readSlots(reader), means)
    if (opening.kind !== 'opened') return refused(opening.why)
    using root = opening.opened.root
    return await parts.changes.exclusively(account, root, async (change) => {
      // The new password first: cut short, what was used still opens the account.
      await parts.changes.replacePassword(change, { address, password, salt })
      const recoveryCode = await replaceRecoveryCode(change)
      // Shares that were brought together at one place are shares no more.
      const revokedShares = means.kind === 'shares' && (await revokeKind(change, 'shares')) > 0
      const identity = await parts.recovery.identityOf(account, address)
      return { kind: 'recovered', recoveryCode, identity, revokedShares, note: opening.note }
    })
  } finally {
    wipeMeans(means)
  }
}
