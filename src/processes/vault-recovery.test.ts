// Ways back into an account, on a real log, with a directory that the test plays.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import type { AccountId } from '#base/ids.ts'
import type { AccountLog } from '#account/account-log.ts'
import { FIXTURE_ADDRESS, FIXTURE_PASSWORD, FIXTURE_SALT, makeFixture } from '#account/account-fixture.ts'
import { openAccount } from '#account/open-account.ts'
import { readSlots } from '#account/slots.ts'
import { x25519IdentityFromScalar } from '#crypto/age/identity.ts'
import { formatRecipient } from '#crypto/age/recipient.ts'
import { openPasswordSlot } from '#keys/stretched-slot.ts'
import { LogReader } from '#ledger/reader.ts'
import { systemClock } from '#platform/clock.ts'
import { systemDisk } from '#platform/disk.ts'
import { LoginThrottle } from '#gate/login-throttle.ts'
import { SlotChanges } from '#unlock/slot-changes.ts'
import { UnlockedAccounts } from '#unlock/unlocked-accounts.ts'
import type { DirectoryClient } from './directory-client.ts'
import { VaultRecovery } from './vault-recovery.ts'

const operator = x25519IdentityFromScalar(Buffer.alloc(32, 3))
const NEW_PASSWORD = Buffer.from('of the operator')

type Asked = Parameters<DirectoryClient['ask']>[0]['kind']

/** What the vault asks for, and gets. */
class PlayedDirectory {
  readonly asked: Asked[] = []
  leftMs = 0
  state: 'waiting' | 'refused' | 'used' = 'waiting'
  canResolve = true
  readonly #account: Awaited<ReturnType<typeof makeFixture>>

  constructor(account: Awaited<ReturnType<typeof makeFixture>>) {
    this.#account = account
  }

  login(): object {
    return Promise.resolve({ account: this.#account.id, address: FIXTURE_ADDRESS, salt: FIXTURE_SALT })
  }

  resolve(): object {
    const recipientText = formatRecipient(this.#account.root.recipient('x25519'))
    return Promise.resolve(
      this.canResolve ? { kind: 'accounts', accounts: [{ id: this.#account.id, recipientText }] } : null,
    )
  }

  ask({ kind }: { readonly kind: Asked }): object {
    this.asked.push(kind)
    const { leftMs, state } = this
    if (kind === 'escrow') {
      return Promise.resolve({ kind: 'escrow', request: { requested: 1000, delayMs: 5, leftMs, state } })
    }
    this.state = kind === 'useEscrow' ? 'used' : 'refused'
    return Promise.resolve({ kind: 'done' })
  }
}

async function scene(t: TestContext) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mailkeep-vault-'))
  const made = await makeFixture(folder)
  const directory = new PlayedDirectory(made)
  const failing = { after: Infinity }
  // An append that fails says nothing of what is in the log: here it is not.
  const log: AccountLog = {
    append: (records) => {
      if (failing.after-- <= 0) throw new Error('crash')
      return made.log.append(records)
    },
    settled: (seq) => made.log.settled(seq),
    stage: () => made.log.stage(),
    watch: (listener) => made.log.watch(listener),
  }
  const newAccounts = (): UnlockedAccounts =>
    new UnlockedAccounts({
      clock: systemClock,
      graceMs: 60_000,
      reader: (account) => new LogReader(systemDisk, `${folder}/ledger`, account),
      open: (address, reader, root) =>
        openAccount({ clock: systemClock, ledger: log, reader, root, indexDirectory: made.indexDirectory, address }),
      fault: () => undefined,
      refused: () => undefined,
      notAdmitted: () => undefined,
      locked: () => undefined,
    })
  const world = { accounts: newAccounts(), recovery: null as unknown as VaultRecovery }
  const begin = (): void => {
    world.accounts = newAccounts()
    const readerOf = (account: AccountId): LogReader => new LogReader(systemDisk, `${folder}/ledger`, account)
    const { accounts } = world
    const changes = new SlotChanges({ accounts, clock: systemClock, log: () => log, reader: readerOf })
    world.recovery = new VaultRecovery({
      accounts,
      changes,
      throttle: new LoginThrottle(systemClock),
      wiping: { touch: () => undefined },
      clock: systemClock,
      directory: directory as unknown as DirectoryClient,
      hostname: 'mail.example.org',
      escrow: { recipient: formatRecipient(operator.recipient), delayMs: 5 },
      log: () => log,
      reader: readerOf,
    })
  }
  begin()
  t.after(async () => {
    await world.accounts.stop()
    await made.close()
    fs.rmSync(folder, { recursive: true })
  })
  const opens = async (password: Buffer): Promise<boolean> => {
    const opened = await openPasswordSlot(readSlots(made.reader), made.id, password, FIXTURE_SALT)
    using root = opened?.root
    return root?.equals(made.root) === true
  }
  /** The process ends and begins again, as after a crash. */
  const restart = async (): Promise<void> => {
    failing.after = Infinity
    await world.accounts.stop()
    begin()
  }
  return { made, directory, failing, world, opens, restart }
}

type Scene = Awaited<ReturnType<typeof scene>>

function unlock({ made, world }: Scene) {
  return world.accounts.unlock(made.id, FIXTURE_ADDRESS, made.root.copy())
}

function use({ made, world }: Scene, root: Buffer = made.root.withBytes((bytes) => Buffer.from(bytes))) {
  return world.recovery.useEscrow(made.id, FIXTURE_ADDRESS, FIXTURE_SALT, root, NEW_PASSWORD)
}

/** How often the account's own log says that it was opened, and how many messages tell of it. */
async function told(scene: Scene): Promise<{ readonly uses: number; readonly messages: number }> {
  using lease = await scene.world.accounts.lease(unlock(scene), { end: () => Promise.resolve() })
  await lease.account.filed()
  const report = await scene.world.recovery.report(unlock(scene))
  assert.ok(!('kind' in report))
  return { uses: report.uses.length, messages: lease.account.mailboxByRole('inbox')?.messages ?? 0 }
}

test('the owner is asked for the password again, and that alone lets anything change', async (t) => {
  const all = await scene(t)
  const host = all.world.recovery.host(unlock(all))
  assert.deepEqual(await host.newCode(Buffer.from('wrong')), { kind: 'wrongPassword' })
  const made = await host.newCode(FIXTURE_PASSWORD)
  assert.equal(made.kind, 'code')
  const drilled = await host.drill({ kind: 'code', code: made.kind === 'code' ? made.code : '' })
  assert.ok(drilled.kind === 'drilled' && drilled.by === 'recoveryCode' && drilled.identity === 'x25519')
  const old = await host.drill({ kind: 'code', code: all.made.recoveryCode })
  assert.ok(old.kind === 'meansRefused' && old.why.includes('replaced by a newer one'))
  const report = await host.report()
  assert.ok(!('kind' in report) && report.code?.drilled === drilled.at)
  const odd = await host.issueShares(FIXTURE_PASSWORD, 3, ['Ann', 'Bo'])
  assert.ok(odd.kind === 'cannot')
  const nameless = await host.issueShares(FIXTURE_PASSWORD, 2, ['Ann', ' '])
  assert.ok(nameless.kind === 'cannot')
})

test('of two sets of shares that are made at once, the later one is whole and in force', async (t) => {
  const all = await scene(t)
  const unlocked = unlock(all)
  const both = await Promise.all([0, 1].map(() => all.world.recovery.issueShares(unlocked, 2, ['Ann', 'Bo'])))
  const opens: boolean[] = []
  for (const made of both) {
    assert.ok(made.kind === 'shares')
    const means = { kind: 'shares', shares: made.shares.map(({ text }) => text) } as const
    opens.push((await all.world.recovery.drill(all.made.id, FIXTURE_ADDRESS, means)).kind === 'drilled')
  }
  assert.deepEqual(opens, [false, true])
})

test('the operator can use what is due, of an account of low security, with its root', async (t) => {
  const all = await scene(t)
  const { world, directory } = all
  const why = async (root?: Buffer): Promise<string> => {
    const answer = await use(all, root)
    return answer.kind === 'cannot' ? answer.why : answer.kind
  }
  assert.match(await why(), /chosen high security/)
  assert.equal((await world.recovery.setSecurity(unlock(all), 'low')).kind, 'done')
  assert.match(await why(Buffer.alloc(32, 1)), /not what the owner wrote/)
  directory.leftMs = 1
  assert.match(await why(), /delay is not over/)
  directory.leftMs = 0
  directory.state = 'refused'
  assert.match(await why(), /no request that could be used/)
  directory.state = 'waiting'
  assert.deepEqual(await told(all), { uses: 0, messages: 0 })
  // Whoever cannot be told is not opened.
  directory.canResolve = false
  assert.equal(await why(), 'unavailable')
  assert.deepEqual([await all.opens(FIXTURE_PASSWORD), await all.opens(NEW_PASSWORD)], [true, false])
  directory.canResolve = true
  assert.equal(await why(), 'done')
  assert.deepEqual([await all.opens(FIXTURE_PASSWORD), await all.opens(NEW_PASSWORD)], [false, true])
  assert.deepEqual(await told(all), { uses: 2, messages: 1 })
  assert.equal(directory.asked.at(-2), 'useEscrow')
  assert.match(await why(), /no request that could be used/)
})

test('cut short anywhere, the account is never opened without a note in its log and a message to its owner', async (t) => {
  const all = await scene(t)
  const { world, failing } = all
  await world.recovery.setSecurity(unlock(all), 'low')
  for (let step = 0; ; step++) {
    await all.restart()
    const before = await told(all)
    failing.after = step
    const outcome = await use(all).then(
      ({ kind }) => kind,
      () => 'crash',
    )
    await all.restart()
    if (await all.opens(NEW_PASSWORD)) {
      const after = await told(all)
      assert.ok(after.uses > before.uses && after.messages > before.messages, `step ${step}`)
    }
    assert.ok((await all.opens(NEW_PASSWORD)) || (await all.opens(FIXTURE_PASSWORD)))
    if (outcome === 'done') break
    assert.ok(step < 20)
  }
})
