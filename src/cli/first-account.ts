// The first account of a new data directory: somebody who starts Mailkeep for the first time can log in at once.

import { asBuffer } from '#base/bytes.ts'
import { wasAdopted } from '#directory/set-aside.ts'
import { generatePassphrase } from '#keys/passphrase.ts'
import { systemDisk } from '#platform/disk.ts'
import { addAccount } from './add-account.ts'
import type { System } from './system.ts'

export interface FirstAccount {
  readonly address: string
  readonly passphrase: string
  readonly recoveryCode: string
}

const DOMAIN = 'localhost'
const ADDRESS = `me@${DOMAIN}`

/** `none`: there are domains that somebody has added, or logs of accounts that wait for their owners' recovery codes. */
export async function ensureFirstAccount(system: System): Promise<FirstAccount | 'some' | 'none'> {
  const accounts = await system.ask({ kind: 'listAccounts' })
  if (accounts.kind !== 'accountList' || accounts.accounts.length > 0) return 'some'
  const domains = await system.ask({ kind: 'listDomains' })
  if (domains.kind !== 'domains' || domains.domains.some(({ name }) => name !== DOMAIN)) return 'none'
  if (wasAdopted(systemDisk, `${system.directory}/ledger`)) return 'none'
  if (domains.domains.length === 0) await system.ask({ kind: 'addDomain', domain: DOMAIN })
  const passphrase = generatePassphrase()
  const { recoveryCode } = await addAccount(system, ADDRESS, asBuffer(Buffer.from(passphrase)), {
    identity: 'hybrid',
    quotaBytes: null,
  })
  return { address: ADDRESS, passphrase, recoveryCode }
}
