// Restores over random histories, against a copy of the state: what was asked for is as it was then, a second restore finds nothing to do, and a
// restore to the time before is an undo.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { EmailId, MailboxId } from '#base/ids.ts'
import { CHAIN_START } from '#account/journal.ts'
import { FIRST_OPERATION, operationArbitrary } from '#account/operation-arbitrary.test-support.ts'
import type { JournalOperation } from '#account/operation.ts'
import type { AccountState } from '#account/state.ts'
import { visibleState } from '#account/visible-state.test-support.ts'
import { PastAccount } from './past-account.ts'
import { RESTORE_KINDS, type RestoreReport, type RestoreRequest } from './restore-request.ts'
import { dryWorld, type RestoreWorld } from './restore-world.ts'
import { restore } from './restore.ts'

type Step = 'mail' | readonly JournalOperation[]

const MAILS = [1, 2, 3, 4, 5] as const

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 1, arbitrary: fc.constant('mail' as const) },
  { weight: 9, arbitrary: fc.array(operationArbitrary(fc.constantFrom(...MAILS)), { minLength: 1, maxLength: 6 }) },
)

function mailbox(parent: number | null, name: string): JournalOperation {
  return { kind: 'createMailbox', parent: parent as never, name, role: null, uidValidity: 1, subscribed: true }
}

function filing(record: number, mailboxes: readonly number[], keywords: readonly string[]): JournalOperation {
  const fields = { mailboxes: mailboxes as never, keywords, internalDate: record, source: 'delivered' } as const
  return { kind: 'file', record: { seq: record as never }, thread: null, ...fields }
}

/** Mailboxes and messages, so that most operations find something to do. */
const START: readonly Step[] = [
  [FIRST_OPERATION],
  ...MAILS.map(() => 'mail' as const),
  [mailbox(null, 'a'), mailbox(2, 'b'), mailbox(null, 'c')],
  [filing(1, [1], []), filing(2, [1, 2], ['$seen']), filing(3, [2, 3], []), filing(4, [3], ['a']), filing(5, [4], [])],
]

/** A journal in memory. */
class History {
  readonly steps: Step[] = []
  readonly now = new PastAccount()

  add(steps: readonly Step[]): void {
    for (const step of steps) {
      const seq = this.steps.push(step) - 1
      if (step === 'mail') this.now.mail(seq)
      else this.now.apply(seq, seq * 1000, CHAIN_START, step)
    }
  }

  /** The account after the first steps, with what restores have done since. */
  at(count: number): PastAccount {
    const past = new PastAccount()
    for (const [seq, step] of this.steps.entries()) {
      if (step === 'mail') past.mail(seq)
      else if (seq < count) past.apply(seq, seq * 1000, CHAIN_START, step)
      else past.restored.add(seq, CHAIN_START, step)
    }
    return past
  }

  /** Restores as the account does. */
  async restore(count: number, request: Partial<RestoreRequest>, commits = Infinity): Promise<RestoreReport> {
    let left = commits
    const world: RestoreWorld = {
      state: this.now.state,
      pause: () => Promise.resolve(),
      prepare: () => Promise.resolve(new Map()),
      commit: async (plan) => {
        if (left-- <= 0) throw new Cut()
        const operations = plan(this.now.state) as readonly JournalOperation[]
        const before = this.now.state.copy()
        this.add([operations])
        const seq = this.steps.length - 1
        const twin = dryWorld({
          state: before,
          nextSeq: seq,
          isMail: (record) => this.steps[record] === 'mail',
          unreadable: () => null,
          pause: () => Promise.resolve(),
        })
        const outcomes = await twin.commit(() => operations as never)
        assert.deepEqual(visibleState(before), visibleState(this.now.state))
        return outcomes
      },
    }
    return restore(world, this.at(count), full(request))
  }
}

class Cut extends Error {}

function full(request: Partial<RestoreRequest>): RestoreRequest {
  return {
    scope: { kind: 'everything' },
    kinds: new Set(RESTORE_KINDS),
    conflict: 'rename',
    messagesMax: Infinity,
    ...request,
  }
}

function changesOf({ counts }: RestoreReport): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0)
}

/** A mailbox's messages, whatever their ids and UIDs. */
function members(state: AccountState, id: MailboxId, isMeant: (email: EmailId) => boolean): string[] {
  const columns = state.mailboxes.get(id)?.columns
  const list: string[] = []
  for (let index = 0; index < (columns?.count ?? 0); index++) {
    const email = columns?.emails[index] as EmailId
    if (!isMeant(email)) continue
    const { keywords, deleted } = state.flagSets.get(columns?.flags[index] as number)
    const row = state.emails.get(email)
    list.push(JSON.stringify([row?.record, row?.internalDate, keywords, deleted]))
  }
  return list.sort()
}

function isWithin(some: readonly string[], all: readonly string[]): boolean {
  const left = [...all]
  return some.every((one) => {
    const at = left.indexOf(one)
    if (at >= 0) left.splice(at, 1)
    return at >= 0
  })
}

function assertAsThen(history: History, past: PastAccount, conflict: RestoreRequest['conflict']): void {
  const now = history.now.state
  const { restored } = past
  const mapped = (id: MailboxId | null): MailboxId | null => (id === null ? null : restored.mailboxNow(id, now))
  for (const then of past.state.mailboxes.values()) {
    const mailbox = now.mailboxes.get(mapped(then.id) as MailboxId)
    if (mailbox === undefined) {
      // Another has its name, and its messages.
      assert.equal(conflict, 'merge')
      continue
    }
    assert.equal(mailbox.parent === null, then.parent === null)
    if (conflict === 'rename') assert.equal(mailbox.parent, mapped(then.parent))
    assert.ok(mailbox.name === then.name || mailbox.name.startsWith(`${then.name} (as of `), mailbox.name)
    assert.deepEqual(
      [mailbox.role, mailbox.subscribed, mailbox.sortOrder],
      [then.role, then.subscribed, then.sortOrder],
    )
    const ofThen = members(past.state, then.id, () => true)
    const isOld = (email: EmailId): boolean =>
      email < past.state.emails.next || restored.isRestored(now.emails.get(email) as never)
    assert.ok(
      isWithin(
        ofThen,
        members(now, mailbox.id, () => true),
      ),
    )
    if (conflict === 'rename') assert.ok(isWithin(members(now, mailbox.id, isOld), ofThen))
  }
  for (const [key, value] of past.state.settings) {
    if (!key.startsWith('restore/')) assert.deepEqual(now.settings.get(key), value)
  }
}

const conflicts = fc.constantFrom('merge' as const, 'rename' as const)

test('after a restore of everything the account is as it was then, and a second one changes nothing', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 20 }),
      fc.array(step, { maxLength: 20 }),
      conflicts,
      fc.nat(6),
      async (before, after, conflict, cut) => {
        const history = new History()
        history.add([...START, ...before])
        const count = history.steps.length
        history.add(after)
        // Cut short, and gone on with in small portions.
        await history.restore(count, { conflict }, cut).catch((error: unknown) => assert.ok(error instanceof Cut))
        for (let rounds = 0; !(await history.restore(count, { conflict, messagesMax: 1 })).isFinished; rounds++) {
          assert.ok(rounds < 100)
        }
        assertAsThen(history, history.at(count), conflict)
        const again = await history.restore(count, { conflict })
        const { mergeMailbox } = again.counts
        assert.equal(changesOf(again) - mergeMailbox, 0, JSON.stringify(again))
      },
    ),
  )
})

test('a restore to the time before a restore is its undo', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 20 }),
      fc.array(step, { maxLength: 20 }),
      conflicts,
      async (before, after, conflict) => {
        const history = new History()
        history.add([...START, ...before])
        const count = history.steps.length
        history.add(after)
        const then = history.steps.length
        const as = (state: AccountState): unknown => ({
          mailboxes: [...state.mailboxes.values()]
            .sort((a, b) => a.id - b.id)
            .map(({ id, parent, name, role, subscribed, sortOrder }) => ({
              about: [id, parent, name, role, subscribed, sortOrder],
              members: members(state, id, () => true),
            })),
          settings: [...state.settings]
            .filter(([key]) => !key.startsWith('restore/'))
            .sort(([a], [b]) => (a < b ? -1 : 1)),
        })
        const wanted = as(history.now.state)
        await history.restore(count, { conflict })
        await history.restore(then, { conflict })
        assert.deepEqual(as(history.now.state), wanted)
      },
    ),
  )
})

test('only what was asked for changes', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 20 }),
      fc.array(step, { maxLength: 20 }),
      fc.constantFrom(...RESTORE_KINDS),
      async (before, after, kind) => {
        const history = new History()
        history.add([...START, ...before])
        const count = history.steps.length
        history.add(after)
        const was = history.now.state.copy()
        const { counts } = await history.restore(count, { kinds: new Set([kind]) })
        const now = history.now.state
        if (kind !== 'settings')
          assert.deepEqual(
            [...now.settings.keys()].filter((key) => !key.startsWith('restore/')),
            [...was.settings.keys()],
          )
        if (kind === 'flags' || kind === 'settings') assert.equal(now.mailboxes.size, was.mailboxes.size)
        if (kind !== 'places') assert.equal(counts.moveMessage, 0)
        if (kind !== 'messages') assert.equal(counts.restoreMessage + counts.removeMessage, 0)
        if (kind === 'flags') {
          for (const then of history.at(count).state.emails.ids()) {
            const past = history.at(count).state
            if (now.emails.recordOf(then) !== past.emails.recordOf(then)) continue
            const keywordsOf = (state: AccountState): readonly string[] =>
              state.flagSets.get(state.emails.get(then)?.flags ?? 0).keywords
            assert.deepEqual(keywordsOf(now), keywordsOf(past))
          }
        }
      },
    ),
    { numRuns: 50 },
  )
})

test('one mailbox comes back with its messages, and nothing else changes its place', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 20 }),
      fc.array(step, { maxLength: 20 }),
      fc.nat(),
      async (before, after, choice) => {
        const history = new History()
        history.add([...START, ...before])
        const count = history.steps.length
        history.add(after)
        const was = history.now.state.copy()
        const ids = [...history.at(count).state.mailboxes.keys()]
        const mailbox = ids[choice % ids.length] as MailboxId
        await history.restore(count, { scope: { kind: 'mailbox', mailbox } })
        const past = history.at(count)
        const now = history.now.state
        const id = past.restored.mailboxNow(mailbox, now) as MailboxId
        const ofThen = members(past.state, mailbox, () => true)
        assert.ok(
          isWithin(
            ofThen,
            members(now, id, () => true),
          ),
        )
        const columns = past.state.mailboxes.get(mailbox)?.columns
        const own = new Set(columns?.emails.subarray(0, columns.count))
        for (const email of was.emails.ids()) {
          // What an earlier restore brought in goes with it.
          if (own.has(email) || past.restored.isRestored(was.emails.get(email) as never)) continue
          assert.deepEqual(now.membershipsOf(email as EmailId), was.membershipsOf(email as EmailId))
        }
      },
    ),
  )
})
