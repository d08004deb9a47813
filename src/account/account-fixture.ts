// A whole account over a real ledger in a temporary directory, for tests and benchmarks: created, delivered to, locked, unlocked, moved to the
// state after a crash.

import type { AccountId } from '#base/ids.ts'
import { sealAge } from '#crypto/age/seal.ts'
import { randomBytes } from '#crypto/random.ts'
import type { IdentityKind, RootSecret } from '#keys/root.ts'
import type { Ledger } from '#ledger/ledger.ts'
import { openLedger } from '#ledger/open-ledger.ts'
import { LogReader } from '#ledger/reader.ts'
import { systemClock } from '#platform/clock.ts'
import { systemDisk } from '#platform/disk.ts'
import { type NewAccount, createAccount } from './create-account.ts'
import { LedgerLog } from './ledger-log.ts'
import { type OpenAccount, type OpenAccountOptions, openAccount } from './open-account.ts'

export const FIXTURE_ADDRESS = 'ada@example.test'
export const FIXTURE_PASSWORD = Buffer.from('correct horse battery staple')
export const FIXTURE_SALT = Buffer.alloc(32, 7)

export interface Fixture {
  readonly directory: string
  readonly ledger: Ledger
  readonly id: AccountId
  readonly log: LedgerLog
  readonly reader: LogReader
  readonly created: NewAccount
  readonly root: RootSecret
  readonly indexDirectory: string
  /** Appends sealed messages, as mx would. */
  deliver(...messages: Uint8Array[]): Promise<void>
  open(options?: Partial<OpenAccountOptions>): Promise<OpenAccount>
  close(): Promise<void>
}

export async function makeFixture(directory: string, identity: IdentityKind = 'x25519'): Promise<Fixture> {
  const ledger = await openLedger({ disk: systemDisk, clock: systemClock, directory: `${directory}/ledger` })
  const id = randomBytes(16).toString('hex') as AccountId
  const log = new LedgerLog(ledger, id)
  const created = await createAccount({
    log,
    clock: systemClock,
    account: id,
    address: FIXTURE_ADDRESS,
    password: FIXTURE_PASSWORD,
    salt: FIXTURE_SALT,
    identity,
  })
  const reader = new LogReader(systemDisk, `${directory}/ledger`, id)
  const { root } = created
  const indexDirectory = `${directory}/index`
  return {
    directory,
    ledger,
    id,
    log,
    reader,
    created,
    root,
    indexDirectory,
    async deliver(...messages) {
      const sealed = messages.map((message) => sealAge([created.recipient], message))
      await Promise.all(sealed.map((payload) => ledger.append(id, [{ kind: 'mail', payload }])))
    },
    open: (options = {}) =>
      openAccount({
        clock: systemClock,
        ledger: log,
        reader,
        root,
        indexDirectory,
        address: FIXTURE_ADDRESS,
        ...options,
      }),
    async close() {
      root[Symbol.dispose]()
      reader[Symbol.dispose]()
      await ledger.close()
    },
  }
}
