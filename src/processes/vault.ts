// A vault process: holds the keys of unlocked accounts, and runs their owners' sessions. It has no network and writes nothing but its indexes.
// When its last account is locked it is replaced by a new process, so that its memory goes with it.

import type { AccountId } from '#base/ids.ts'
import type { StorageUse } from '#imap/command-quota.ts'
import { LedgerRefusedError } from '#ledger/errors.ts'
import { openAccount } from '#account/open-account.ts'
import { describeFailure, isWhole } from '#account/rehearsal/result.ts'
import { hasMachineSlot, rootByMachine } from '#account/machine-slot.ts'
import { Filters, type FiltersParts } from '#filters/filters.ts'
import { LoginThrottle } from '#gate/login-throttle.ts'
import { listAccounts } from '#ledger/paths.ts'
import { LogReader } from '#ledger/reader.ts'
import type { DeriveAnswer, DeriveTask } from '#account/derive-tasks.ts'
import { sleep, systemClock } from '#platform/clock.ts'
import { systemDisk } from '#platform/disk.ts'
import { LoadMeter } from '#platform/load.ts'
import { entryUrl } from '#platform/program.ts'
import { separateBuffers } from '#platform/wipe-memory.ts'
import { WorkerThread } from '#platform/worker.ts'
import { serveCalls } from '#protocol/call-server.ts'
import { vaultAdminSchema } from '#protocol/vault.ts'
import { IndexScrub } from '#unlock/index-scrub.ts'
import { Rehearsals } from '#unlock/rehearsals.ts'
import { SlotChanges } from '#unlock/slot-changes.ts'
import { AccountOpeningError } from '#unlock/unlocked-account.ts'
import { type LoginFacts, UnlockedAccounts } from '#unlock/unlocked-accounts.ts'
import { UseNotes } from '#unlock/use-notes.ts'
import { CourierClient } from './courier-client.ts'
import { DirectoryClient } from './directory-client.ts'
import { IdleWipe } from './idle-wipe.ts'
import { LedgerClient } from './ledger-client.ts'
import { runProcess } from './main.ts'
import { vaultAdmin } from './vault-admin.ts'
import { VaultRecovery } from './vault-recovery.ts'
import { submitFor, sendForFilters, submissionEngine } from './vault-submission.ts'
import { keysOf } from './vault-keys.ts'
import { vaultNumberOf } from './vault-number.ts'
import { VaultPasskeys } from './vault-passkeys.ts'
import { VaultSessions } from './vault-sessions.ts'
import { VaultWeb } from './vault-web.ts'

const CONNECTIONS_MAX = 20_000
const ADMIN_CONNECTIONS_MAX = 16
/** Answers that are on their way reach their readers. */
const REPLACE_DELAY_MS = 200
const SESSIONS_END_MS = 10_000
/** The longest text of a message, in several forms. */
const THREAD_LIMITS = { maxOldGenerationSizeMb: 192, maxYoungGenerationSizeMb: 16 }

separateBuffers()
runProcess('vault', async (init, { log, listen, connect, replaceMe }) => {
  // Before anything is accepted: nobody can start another afterwards.
  const thread = new WorkerThread<DeriveTask, DeriveAnswer>(
    entryUrl('src/processes/derive-worker.ts'),
    (error) => log.fault('thread', error),
    THREAD_LIMITS,
  )
  const { ledgerDirectory, indexDirectory, graceMs, messageBytesMax } = init
  const directory = new DirectoryClient(connect('directory.vault.sock'))
  const ledger = new LedgerClient(connect('ledger.vault.sock'), (lost) => void accounts.lost(lost))
  const reader = (account: AccountId): LogReader =>
    new LogReader(systemDisk, ledgerDirectory, account, (segment) => ledger.repair(account, segment))
  const wiping = new IdleWipe()
  let adminCalls = 0

  const accounts: UnlockedAccounts = new UnlockedAccounts({
    clock: systemClock,
    graceMs,
    reader,
    async open(address, accountReader, root, control) {
      const { account } = accountReader
      const quotaBytes = (await directory.account(account))?.quotaBytes ?? null
      return openAccount({
        clock: systemClock,
        ledger: ledger.log(account, quotaBytes),
        reader: accountReader,
        root,
        indexDirectory,
        address,
        thread,
        attendant: (opened) => new Filters(filtering(account), opened),
        ...control,
        report: ({ kind, ...fields }) => log.warn(`account.${kind}`, { account, ...fields }),
      })
    },
    fault: (account, error) => log.fault('account', error, { account }),
    refused: () => wiping.touch(),
    notAdmitted(what) {
      const { account, use, why } = what
      log.warn('login.notAdmitted', { account, use, why })
      void notes.refused(accounts, what)
    },
    locked(account, left) {
      log.info('locked', { account, stillUnlocked: left })
      web.sessions.endAll(account)
      wiping.touch()
      if (left === 0) replaceSoon()
    },
  })
  const notes = new UseNotes({ clock: systemClock, fault: (error) => log.fault('use', error) })
  const changes = new SlotChanges({
    accounts,
    clock: systemClock,
    log: (account) => ledger.log(account),
    reader,
  })
  const facts = (login: Uint8Array): Promise<LoginFacts | null> => directory.login(login)
  const throttle = new LoginThrottle(systemClock)
  const passkeys = new VaultPasskeys({
    accounts,
    changes,
    clock: systemClock,
    log,
    origins: init.origins,
    reader,
    facts: factsOfAccount,
  })
  const keys = { accounts, changes, notes, throttle, wiping, reader, facts, passkeys }
  const courier = new CourierClient(connect('courier.vault.sock'))
  const sending = { directory, courier, log, hostname: init.hostname, messageBytesMax }
  const filtering = (account: AccountId): FiltersParts => ({
    clock: systemClock,
    hostname: init.hostname,
    send: (message) => sendForFilters(sending, account, message),
    failed: (error) => log.fault('filters', error, { account }),
  })
  const sessions = new VaultSessions({
    accounts,
    clock: systemClock,
    notes,
    log,
    messageBytesMax,
    facts,
    // JMAP is served where passkeys are.
    jmapUrl: jmapUrlOf(init.origins),
    storageUse,
    submission: (account, host, handover) => submissionEngine(sending, account, host, handover),
  })

  const recovery = new VaultRecovery({
    accounts,
    changes,
    clock: systemClock,
    directory,
    throttle,
    wiping,
    hostname: init.hostname,
    escrow: init.escrowRecipient === null ? null : { recipient: init.escrowRecipient, delayMs: init.escrowDelayMs },
    log: (account) => ledger.log(account),
    reader,
  })
  const web: VaultWeb = new VaultWeb({
    accounts,
    notes,
    clock: systemClock,
    log,
    number: init.number,
    idleMs: init.webIdleMs,
    messageBytesMax,
    facts,
    keys: (unlocked, account) => keysOf(keys, unlocked, account),
    addresses: async (account) => (await directory.account(account))?.addresses ?? null,
    passkey: (given) => passkeys.login(given),
    submit: (account, message) => submitFor(sending, account, message),
    recovery: (unlocked) => recovery.host(unlocked),
  })

  async function storageUse(account: AccountId): Promise<StorageUse | null> {
    const usage = ledger.usage(account).catch((error: unknown) => {
      if (error instanceof LedgerRefusedError) return null
      throw error
    })
    const [facts, usedBytes] = await Promise.all([directory.account(account), usage])
    if (usedBytes === null) return null
    return facts === null ? null : { usedBytes, limitBytes: facts.quotaBytes }
  }

  async function factsOfAccount(account: AccountId): Promise<LoginFacts | null> {
    const known = await directory.account(account)
    if (known === null) return null
    // Whoever has no address has been removed, or never was.
    const found = await facts(Buffer.from(known.addresses[0] ?? ''))
    return found === null || found.account === account ? found : { ...found, account: null }
  }

  function replaceSoon(): void {
    void sleep(REPLACE_DELAY_MS).then(() => {
      if (accounts.size > 0) return
      if (sessions.connections + web.connections === 0 && adminCalls === 0) replaceMe()
      else replaceSoon()
    })
  }

  await listen('gate', CONNECTIONS_MAX, (connection) => sessions.accept(connection))
  await listen('web', CONNECTIONS_MAX, (connection) => web.accept(connection))
  const scrub = new IndexScrub({
    disk: systemDisk,
    clock: systemClock,
    directory: indexDirectory,
    everyMs: init.scrubEveryMs,
    unlocked: () => accounts.ids(),
    opened: async (account) => (await accounts.get(account)?.opened()) ?? null,
    failed: (error) => log.fault('scrub', error),
  })
  scrub.start()
  const rehearsals = new Rehearsals({
    disk: systemDisk,
    clock: systemClock,
    ledgerDirectory,
    indexDirectory,
    everyMs: init.rehearsalEveryMs,
    load: new LoadMeter(),
    unlocked: () => accounts.ids(),
    root: (account) => accounts.get(account)?.root ?? null,
    opened: async (account) => (await accounts.get(account)?.opened()) ?? null,
    damaged: (account, segment) => ledger.repair(account, segment),
    rehearsed(account, result) {
      const { findingCount: found, tookMs, payloads } = result
      const facts = { account, found, tookMs, payloads, messages: result.restored?.messages ?? null }
      if (isWhole(result)) log.info('rehearsed', facts)
      else log.warn('rehearsalFailed', { ...facts, first: describeFailure(result) })
    },
    failed: (account, error) => log.fault('rehearsal', error, { account }),
  })
  rehearsals.start()
  const admin = vaultAdmin({
    recovery,
    accounts,
    changes,
    notes,
    scrub,
    rehearsals,
    indexDirectory,
    thread,
    reader,
    log: (account) => ledger.log(account),
    ownAccounts,
    async hasAddress(account) {
      const facts = await directory.account(account)
      return facts === null ? null : facts.addresses.length > 0
    },
    fault: (account, error) => log.fault('rebuild', error, { account }),
    machine: (account) => directory.machine(account),
  })
  await listen('admin', ADMIN_CONNECTIONS_MAX, (connection) => {
    serveCalls(
      connection,
      vaultAdminSchema,
      (peer) => {
        const handlers = admin(peer)
        return {
          async request(request) {
            adminCalls++
            try {
              return (await handlers.request(request)) as NonNullable<Awaited<ReturnType<typeof handlers.request>>>
            } finally {
              adminCalls--
              wiping.touch()
            }
          },
          closed: () => handlers.closed?.(),
        }
      },
      (error) => log.fault('request', error),
    )
  })
  void unlockThoseThatStayOpen().catch((error: unknown) => log.fault('unlock', error))

  function ownAccounts(): AccountId[] {
    const all = [...listAccounts(systemDisk, ledgerDirectory)]
    return all.filter((account) => vaultNumberOf(account, init.vaults) === init.number)
  }

  /** Owners who chose `lock = never`. */
  async function unlockThoseThatStayOpen(): Promise<void> {
    for (const account of ownAccounts()) {
      using slots = reader(account)
      if (!hasMachineSlot(slots)) continue
      const [stretched, facts] = await Promise.all([directory.machine(account), directory.account(account)])
      const address = facts?.addresses[0]
      const root = stretched === null ? null : rootByMachine(slots, stretched)
      if (root === null || address === undefined) continue
      const unlocked = accounts.unlock(account, address, root)
      try {
        const lease = await accounts.lease(unlocked, { end: () => Promise.resolve() })
        lease[Symbol.dispose]()
      } catch (error) {
        // It goes on being opened.
        if (!(error instanceof AccountOpeningError)) throw error
      }
    }
  }

  return {
    health: () => ({ connections: sessions.connections + web.connections, detail: detailOf(accounts) }),
    async stop() {
      await Promise.race([sessions.end('stopped'), sleep(SESSIONS_END_MS)])
      await scrub.stop()
      await rehearsals.stop()
      await accounts.stop()
      directory.close()
      ledger.close()
      courier.close()
    },
  }
})

function detailOf({ size, rebuilding }: UnlockedAccounts): string {
  const made = rebuilding === 0 ? '' : `, ${rebuilding === 1 ? '1 index' : `${rebuilding} indexes`} being made again`
  return `${size} unlocked${made}`
}

/** The last that is configured is the one from outside. Null: nothing is served over TLS under a name. */
function jmapUrlOf(origins: readonly string[]): string | null {
  const origin = origins.findLast((one) => one.startsWith('https://') && !/^https:\/\/localhost(:|$)/.test(one))
  return origin === undefined ? null : `${origin}/jmap/session`
}
