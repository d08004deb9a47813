// Who may export an account: whoever has its owner's password and the server secret that it needs, or the recovery code, or shares. Nothing of Mailkeep
// has to run for that.

import path from 'node:path'
import { wipe } from '#base/bytes.ts'
import { type AccountId, SYSTEM_ACCOUNT, accountIdFromBytes, isAccountId } from '#base/ids.ts'
import { findKeys } from '#copies/find-keys.ts'
import { openByMeans, readMeans, wipeMeans } from '#keys/means.ts'
import type { RootSecret } from '#keys/root.ts'
import { serverKey, slotSalt } from '#keys/server-secret.ts'
import { openStretchedPassword, stretchPassword } from '#keys/stretched-slot.ts'
import { committedAccounts } from '#ledger/journal-replay.ts'
import { listAccounts } from '#ledger/paths.ts'
import { systemDisk } from '#platform/disk.ts'
import { fileExists, readFileOrNull } from '#platform/files.ts'
import { environment } from '#platform/process.ts'
import { dataPaths } from '#supervisor/data-directory.ts'
import { loadServerSecret } from '#supervisor/server-secret.ts'
import { readConfiguration } from '#supervisor/supervise.ts'
import { CommandError, EXIT } from './exit-code.ts'
import { readTypedMeans } from './means-input.ts'
import { readSecret } from './secret-input.ts'
import { System } from './system.ts'

export interface KeyOptions {
  readonly passwordStdin?: boolean
  readonly recoveryCodeStdin?: boolean
  readonly recovery?: boolean
  readonly serverSecret?: string
}

export interface SalvagePlace {
  readonly ledger: string
  /** Null: there is only a ledger. */
  readonly data: string | null
}

export interface OpenedKeys {
  readonly account: AccountId
  /** The caller disposes it. */
  readonly root: RootSecret
}

/** `name`: an address, or an account's id; null if only the secret tells. Throws CommandError. */
export async function openKeys(place: SalvagePlace, name: string | null, options: KeyOptions): Promise<OpenedKeys> {
  const isByMeans =
    options.recoveryCodeStdin === true ||
    options.recovery === true ||
    (options.passwordStdin !== true && place.data === null && options.serverSecret === undefined)
  const found = isByMeans ? await byMeans(place, name, options) : await byPassword(place, name, options)
  return found
}

async function byMeans(place: SalvagePlace, name: string | null, options: KeyOptions): Promise<OpenedKeys> {
  const accounts = await accountsFor(place, name)
  const typed = readMeans(await readTypedMeans(options.recoveryCodeStdin === true))
  if (typeof typed === 'string') throw new CommandError(EXIT.refused, typed)
  try {
    let why = 'there is no account in this ledger'
    const found = await findKeys(systemDisk, place.ledger, accounts, async (_account, slots) => {
      const opening = await openByMeans(slots, typed)
      if (opening.kind === 'opened') return opening.opened.root
      why = opening.why
      return null
    })
    if (found === null) throw new CommandError(EXIT.refused, why)
    return { account: found.account, root: found.opened }
  } finally {
    wipeMeans(typed)
  }
}

async function byPassword(place: SalvagePlace, name: string | null, options: KeyOptions): Promise<OpenedKeys> {
  if (name === null || isAccountId(name)) {
    throw new CommandError(EXIT.usage, 'a password belongs to an address: name it, or use --recovery')
  }
  const running = place.data === null ? null : await new System(place.data).findRunning(name)
  const salt = running?.salt ?? saltFor(place, name, options)
  const accounts = running === null ? await accountsFor(place, null) : [accountIdFromBytes(running.id)]
  const password = await readSecret(options.passwordStdin === true, 'Password')
  const stretched = await stretchPassword(password, salt)
  wipe(password)
  try {
    const found = await findKeys(systemDisk, place.ledger, accounts, (account, slots) => {
      const opened = stretched === null ? null : openStretchedPassword(slots, account, Buffer.from(stretched))
      if (opened === null || opened.slot.kind === 'password') return Promise.resolve(opened?.root ?? null)
      // Made for one program, not for everything.
      opened.root[Symbol.dispose]()
      return Promise.resolve(null)
    })
    if (found === null) throw new CommandError(EXIT.refused, 'the password opens no account of that address here')
    return { account: found.account, root: found.opened }
  } finally {
    wipe(stretched)
  }
}

async function accountsFor({ ledger, data }: SalvagePlace, name: string | null): Promise<readonly AccountId[]> {
  const known = new Set([...listAccounts(systemDisk, ledger), ...committedAccounts(systemDisk, ledger)])
  const all = [...known].filter((account) => account !== SYSTEM_ACCOUNT)
  if (name === null) return all
  if (isAccountId(name)) {
    if (!all.includes(name)) throw new CommandError(EXIT.notFound, `there is no account ${name}`)
    return [name]
  }
  const running = data === null ? null : await new System(data).findRunning(name)
  return running === null ? all : [accountIdFromBytes(running.id)]
}

/** As the directory makes it, which does not run. */
function saltFor(place: SalvagePlace, name: string, options: KeyOptions): Buffer {
  const secret = serverSecret(place, options)
  const key = serverKey(secret, 'slot')
  try {
    return slotSalt(key, name.toLowerCase())
  } finally {
    wipe(secret, key)
  }
}

const SECRET_BYTES_MAX = 1_024

function serverSecret({ ledger, data }: SalvagePlace, options: KeyOptions): Buffer {
  const beside = path.join(path.dirname(ledger), 'server-secret')
  const file = options.serverSecret ?? (data === null && fileExists(beside) ? beside : null)
  if (file !== null) {
    const text = readFileOrNull(file, SECRET_BYTES_MAX)?.toString('latin1').trim() ?? ''
    if (!/^[0-9a-f]{64}$/i.test(text)) {
      throw new CommandError(EXIT.configuration, `${file} does not hold a server secret: 64 hexadecimal digits`)
    }
    return Buffer.from(text, 'hex')
  }
  const paths = data === null ? null : dataPaths(data)
  const configuration = paths === null ? null : readConfiguration(paths)
  const isThere =
    paths !== null &&
    (configuration?.serverSecret !== undefined ||
      environment('CREDENTIALS_DIRECTORY') !== undefined ||
      fileExists(paths.serverSecret))
  if (paths === null || configuration === null || !isThere) {
    throw new CommandError(
      EXIT.configuration,
      'without the server secret no password opens anything: name it with --server-secret, or use --recovery',
    )
  }
  return loadServerSecret(configuration, paths).bytes
}
