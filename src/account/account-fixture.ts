// A whole account over a real ledger in a temporary directory, for tests and benchmarks: created, delivered to, locked, unlocked, moved to the
// state after a crash.

import type { AccountId, Seq } from '#base/ids.ts'
import { sealAge } from '#crypto/age/seal.ts'
import { randomBytes } from '#crypto/random.ts'
import { type IdentityKind, RootSecret } from '#keys/root.ts'
import { type Ledger, type LedgerOptions, openLedger } from '#ledger/ledger.ts'
import { LogReader } from '#ledger/reader.ts'
import { systemClock } from '#platform/clock.ts'
import { systemDisk } from '#platform/disk.ts'
import { createAccount, firstOperations } from './create-account.ts'
import { CHAIN_START, JournalSealer } from './journal.ts'
import { LedgerLog } from './ledger-log.ts'
import { encodeOperation } from './operation-codec.ts'
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
  /** Empty for an account without slots. */
  readonly recoveryCode: string
  readonly root: RootSecret
  readonly indexDirectory: string
  /** Appends sealed messages, as mx would. */
  deliver(...messages: Uint8Array[]): Promise<void>
  open(options?: Partial<OpenAccountOptions>): Promise<OpenAccount>
  close(): Promise<void>
}

export interface FixtureOptions {
  readonly identity?: IdentityKind
  /** Without slots, which take half a second of Argon2. */
  readonly quick?: boolean
  readonly ledger?: Pick<LedgerOptions, 'limits' | 'parity'>
}

export async function makeFixture(directory: string, options: FixtureOptions = {}): Promise<Fixture> {
  const { identity = 'x25519', quick = false } = options
  const ledger = await openLedger({
    disk: systemDisk,
    clock: systemClock,
    directory: `${directory}/ledger`,
    ...options.ledger,
  })
  const id = randomBytes(16).toString('hex') as AccountId
  const log = new LedgerLog(ledger, id)
  const { root, recoveryCode } = quick
    ? { root: await createWithoutSlots(log, id, identity), recoveryCode: '' }
    : await createAccount({
        log,
        clock: systemClock,
        account: id,
        address: FIXTURE_ADDRESS,
        password: FIXTURE_PASSWORD,
        salt: FIXTURE_SALT,
        identity,
      })
  const recipient = root.recipient(identity)
  const reader = new LogReader(systemDisk, `${directory}/ledger`, id)
  const indexDirectory = `${directory}/index`
  return {
    directory,
    ledger,
    id,
    log,
    reader,
    recoveryCode,
    root,
    indexDirectory,
    async deliver(...messages) {
      const sealed = messages.map((message) => sealAge([recipient], message))
      await Promise.all(sealed.map((payload) => ledger.append(id, [{ kind: 'mail', payload }])))
      // Who follows the log has heard of them then.
      await log.settled((ledger.size(id) - 1) as Seq)
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

async function createWithoutSlots(log: LedgerLog, id: AccountId, identity: IdentityKind): Promise<RootSecret> {
  const root = RootSecret.generate()
  using sealer = new JournalSealer(root, id)
  const now = systemClock.now()
  const payload = sealer.seal(CHAIN_START, now, firstOperations(now, identity).map(encodeOperation))
  await log.append([{ kind: 'journal', payload }])
  return root
}
