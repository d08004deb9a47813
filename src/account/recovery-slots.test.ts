// Shares, escrow and drills on a real log: what opens the account at every moment of a change, whatever cuts it short.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { test, type TestContext } from 'node:test'
import { x25519IdentityFromScalar } from '#crypto/age/identity.ts'
import { formatRecipient } from '#crypto/age/recipient.ts'
import { randomBytes } from '#crypto/random.ts'
import { openEscrowSlot } from '#keys/escrow-slot.ts'
import { openByMeans, readMeans } from '#keys/means.ts'
import { encodeSlot } from '#keys/slot.ts'
import { LogReader } from '#ledger/reader.ts'
import { systemClock } from '#platform/clock.ts'
import { systemDisk } from '#platform/disk.ts'
import { type Fixture, makeFixture } from './account-fixture.ts'
import type { AccountLog } from './account-log.ts'
import { drill, drillOperation, drilledAt, isDrillDue, readDrills } from './drill.ts'
import { addEscrow, escrowOf, removeEscrow } from './escrow-slots.ts'
import { escrowUseOperation, readEscrowUses } from './escrow-log.ts'
import type { SettingValue } from './operation.ts'
import { revokeKind, slotOfKind } from './replace-slots.ts'
import { type IssuedShare, issueShares } from './share-slots.ts'
import { type SlotChange, SlotNotProvenError, readSlots, replaceRecoveryCode, suspiciousSlots } from './slots.ts'

async function fixture(t: TestContext): Promise<Fixture & { readonly change: SlotChange }> {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'mailkeep-recovery-'))
  const made = await makeFixture(directory, { quick: true })
  t.after(async () => {
    await made.close()
    fs.rmSync(directory, { recursive: true })
  })
  const { log, reader, root } = made
  return { ...made, change: { log, reader, root, clock: systemClock } }
}

const FAMILY = { threshold: 2, contacts: ['Ann', 'Bo', 'Cy'] }

async function opens({ reader, root }: Fixture, issued: readonly IssuedShare[]): Promise<boolean> {
  const means = readMeans({ kind: 'shares', shares: issued.slice(1).map(({ text }) => text) })
  assert.ok(typeof means !== 'string')
  const opening = await openByMeans(readSlots(reader), means)
  if (opening.kind !== 'opened') return false
  using opened = opening.opened.root
  return opened.equals(root)
}

interface CutShort {
  readonly log: AccountLog
}

/** Step 0 is before anything happened, step n after the n-th thing that the log was asked for. */
function cutShort({ log }: Fixture, step: number): CutShort {
  let calls = 0
  const crash = async <T>(action: () => Promise<T>): Promise<T> => {
    if (step === 0) throw new Error('crash')
    const result = await action()
    if (++calls === step) throw new Error('crash')
    return result
  }
  return {
    log: {
      append: (records) => crash(() => log.append(records)),
      settled: (seq) => crash(() => log.settled(seq)),
      stage: () => log.stage(),
      watch: (listener) => log.watch(listener),
    },
  }
}

async function readable({ log, ledger, id }: Fixture): Promise<void> {
  await log.settled((ledger.size(id) - 1) as never)
}

test('shares that are made anew end the old ones; cut short at any step, the old ones or the new ones open the account', async (t) => {
  for (let step = 0; ; step++) {
    const made = await fixture(t)
    const old = await issueShares(made.change, FAMILY)
    assert.ok(await opens(made, old))
    const outcome = await issueShares({ ...made.change, ...cutShort(made, step) }, FAMILY).catch(
      (error: Error) => error.message,
    )
    await readable(made)
    if (typeof outcome !== 'string') {
      assert.deepEqual([await opens(made, old), await opens(made, outcome)], [false, true])
      assert.equal(step, 5)
      break
    }
    assert.equal(outcome, 'crash')
    // Nobody has seen the new shares: the old ones must open it until there are new ones in somebody's hands.
    if (step < 3) assert.ok(await opens(made, old), `step ${step}`)
    else assert.equal(readSlots(made.reader).length, 1)
    const again = await issueShares(made.change, FAMILY)
    assert.deepEqual([await opens(made, old), await opens(made, again)], [false, true])
    assert.deepEqual(suspiciousSlots(made.reader, made.root), [])
  }
})

test('shares that cannot be read back are not given out, and the old ones stay', async (t) => {
  const made = await fixture(t)
  const old = await issueShares(made.change, FAMILY)
  const log: AccountLog = {
    ...cutShort(made, -1).log,
    append: (records) =>
      made.log.append(
        records.map(({ kind, payload }) => ({ kind, payload: Buffer.from(payload as Buffer).fill(1, 60, 70) })),
      ),
  }
  await assert.rejects(issueShares({ ...made.change, log }, FAMILY), SlotNotProvenError)
  assert.ok(await opens(made, old))
})

test('shares that are revoked open nothing', async (t) => {
  const made = await fixture(t)
  const issued = await issueShares(made.change, FAMILY)
  assert.equal(await revokeKind(made.change, 'shares'), 1)
  assert.ok(!(await opens(made, issued)))
  assert.equal(await revokeKind(made.change, 'shares'), 0)
})

test('low security is an escrow slot that the identity alone opens; high security is none', async (t) => {
  const made = await fixture(t)
  const { change, reader, root } = made
  using operator = x25519IdentityFromScalar(randomBytes(32))
  using later = x25519IdentityFromScalar(randomBytes(32))
  assert.equal(escrowOf(change), null)
  await addEscrow(change, operator.recipient)
  assert.equal(escrowOf(change)?.recipient, formatRecipient(operator.recipient))
  const opensWith = (identity: typeof operator): boolean => {
    using opened = openEscrowSlot(readSlots(reader), [identity])
    return opened?.equals(root) === true
  }
  assert.deepEqual([opensWith(operator), opensWith(later)], [true, false])
  for (let step = 0; ; step++) {
    const outcome = await addEscrow({ ...change, ...cutShort(made, step) }, later.recipient).catch(
      (error: Error) => error.message,
    )
    await readable(made)
    assert.ok(opensWith(operator) || opensWith(later), `step ${step}`)
    if (outcome === undefined) break
    // Back to where it began.
    await addEscrow(change, operator.recipient)
    assert.deepEqual([opensWith(operator), opensWith(later)], [true, false])
  }
  assert.deepEqual([opensWith(operator), opensWith(later)], [false, true])
  assert.ok(await removeEscrow(change))
  assert.ok(!(await removeEscrow(change)))
  assert.deepEqual([escrowOf(change), opensWith(later)], [null, false])
})

test('a slot that somebody else wrote into the log is no choice of the owner', async (t) => {
  const made = await fixture(t)
  const { change, log } = made
  using operator = x25519IdentityFromScalar(randomBytes(32))
  await addEscrow(change, operator.recipient)
  const slot = slotOfKind(change, 'escrow') ?? assert.fail('none')
  await removeEscrow(change)
  const forged = encodeSlot({ ...slot, name: Buffer.alloc(16, 3) })
  const { firstSeq } = await log.append([{ kind: 'slot', payload: forged }])
  await log.settled(firstSeq)
  assert.equal(escrowOf(change), null)
})

test('a drill proves what was typed against the log as it is on the disk', async (t) => {
  const made = await fixture(t)
  const { change, root, id, directory } = made
  const code = await replaceRecoveryCode(change)
  await readable(made)
  const recipient = formatRecipient(root.recipient('x25519'))
  const run = async (text: string, sealedTo = recipient): Promise<string> => {
    using anew = new LogReader(systemDisk, `${directory}/ledger`, id)
    const means = readMeans({ kind: 'code', code: text })
    if (typeof means === 'string') return means
    const outcome = await drill(anew, means, sealedTo)
    if (outcome.kind === 'refused') return outcome.why
    using _ = outcome.root
    return outcome.slot.kind
  }
  assert.equal(await run(code), 'recoveryCode')
  assert.equal(await run(code, formatRecipient(root.recipient('hybrid'))), 'recoveryCode')
  using other = x25519IdentityFromScalar(randomBytes(32))
  assert.match(await run(code, formatRecipient(other.recipient)), /not this account/)
  assert.match(await run(`${code.slice(0, -1)}${code.endsWith('0') ? '1' : '0'}`), /mistyped/)
  const newer = await replaceRecoveryCode(change)
  await readable(made)
  assert.match(await run(code), /replaced by a newer one/)
  assert.equal(await run(newer), 'recoveryCode')
})

test('when a drill was done is known of the slot that it was about, and of no newer one', async (t) => {
  const { change } = await fixture(t)
  await replaceRecoveryCode(change)
  const first = slotOfKind(change, 'recoveryCode') ?? assert.fail('none')
  let kept: SettingValue = null
  const setting = (): SettingValue => kept
  assert.equal(drilledAt(first, readDrills(setting).recoveryCode), null)
  for (const kind of ['recoveryCode', 'shares'] as const) {
    const operation = drillOperation(setting, kind, { at: 1000, slot: first.name })
    assert.ok(operation.kind === 'set')
    kept = operation.value
  }
  assert.equal(drilledAt(first, readDrills(setting).recoveryCode), 1000)
  assert.equal(drilledAt(first, readDrills(setting).shares), 1000)
  await replaceRecoveryCode(change)
  assert.equal(drilledAt(slotOfKind(change, 'recoveryCode'), readDrills(setting).recoveryCode), null)
  const year = 365 * 86_400_000
  assert.deepEqual([isDrillDue(0, null, year - 1), isDrillDue(0, null, year)], [false, true])
  assert.deepEqual([isDrillDue(0, 5, year + 4), isDrillDue(0, 5, year + 5)], [false, true])
})

test('uses of the escrow are kept in their order, the last hundred', () => {
  let kept: SettingValue = null
  for (let at = 1; at <= 102; at++) {
    const operation = escrowUseOperation(() => kept, { at, requested: at - 1 })
    assert.ok(operation.kind === 'set')
    kept = operation.value
  }
  const uses = readEscrowUses(() => kept)
  assert.deepEqual([uses.length, uses[0]?.at, uses.at(-1)], [100, 3, { at: 102, requested: 101 }])
  assert.deepEqual(
    readEscrowUses(() => 'nonsense'),
    [],
  )
})
