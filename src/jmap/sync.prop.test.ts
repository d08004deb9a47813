// Random lives of an account, changed by IMAP and by JMAP, and a client that follows them by `/changes` and `/queryChanges`: it always has what it would
// have if it asked for everything anew, and that is what the RFC says.

import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import type { MailboxId } from '#base/ids.ts'
import { makeFixture } from '#account/account-fixture.ts'
import type { Account } from '#account/account.ts'
import { MemoryAccount } from '#imap/memory-account.test-support.ts'
import { SyncClient, type SyncQuery } from './sync-client.test-support.ts'
import { TestClient, message } from './test-client.test-support.ts'

const QUERIES: readonly SyncQuery[] = [
  { filter: { inMailbox: 'm1' }, sort: [{ property: 'receivedAt', isAscending: false }], collapseThreads: false },
  { filter: { inMailbox: 'm1' }, sort: [{ property: 'receivedAt', isAscending: false }], collapseThreads: true },
  { filter: { inMailbox: 'm2' }, sort: [{ property: 'receivedAt', isAscending: true }], collapseThreads: false },
  { filter: { inMailbox: 'm2' }, sort: [{ property: 'receivedAt', isAscending: true }], collapseThreads: true },
  { filter: null, sort: null, collapseThreads: false },
  { filter: null, sort: null, collapseThreads: true },
  {
    filter: { inMailboxOtherThan: ['m2'], notKeyword: '$seen' },
    sort: [{ property: 'size' }, { property: 'receivedAt', isAscending: true }],
    collapseThreads: false,
  },
  {
    filter: { operator: 'NOT', conditions: [{ hasKeyword: '$flagged' }, { inMailbox: 'm2' }] },
    sort: [{ property: 'subject' }],
    collapseThreads: true,
  },
  {
    filter: { someInThreadHaveKeyword: '$flagged' },
    sort: [{ property: 'allInThreadHaveKeyword', keyword: '$seen', isAscending: false }],
    collapseThreads: false,
  },
  {
    filter: { noneInThreadHaveKeyword: 'work', inMailbox: 'm1' },
    sort: [{ property: 'someInThreadHaveKeyword', keyword: '$flagged' }],
    collapseThreads: true,
  },
  { filter: { allInThreadHaveKeyword: '$seen' }, sort: null, collapseThreads: false },
  { filter: { subject: 'apple' }, sort: [{ property: 'size', isAscending: false }], collapseThreads: false },
  { filter: { after: '1970-01-01T00:00:02Z', before: '1970-01-01T00:00:07Z' }, sort: null, collapseThreads: false },
]

type Step =
  | {
      readonly kind: 'new'
      readonly thread: number
      readonly date: number
      readonly mailboxes: number[]
      readonly seen: boolean
    }
  | { readonly kind: 'keyword'; readonly pick: number; readonly keyword: string; readonly on: boolean }
  | { readonly kind: 'mailboxes'; readonly pick: number; readonly mailboxes: number[] }
  | { readonly kind: 'destroy'; readonly pick: number }
  | { readonly kind: 'mark'; readonly mailbox: number; readonly first: number; readonly on: boolean }
  | { readonly kind: 'expunge'; readonly mailbox: number; readonly first: number }
  | { readonly kind: 'move'; readonly from: number; readonly to: number; readonly first: number }
  | { readonly kind: 'mailbox'; readonly action: 'create' | 'rename' | 'destroy' | 'trash'; readonly pick: number }
  | { readonly kind: 'sync' }

const mailbox = fc.integer({ min: 1, max: 3 })
const pick = fc.nat(30)
const some = fc.uniqueArray(mailbox, { minLength: 1, maxLength: 2 })
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('new' as const),
      thread: fc.nat(3),
      date: fc.nat(9),
      mailboxes: some,
      seen: fc.boolean(),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('keyword' as const),
      pick,
      keyword: fc.constantFrom('$seen', '$flagged', 'work', '$draft'),
      on: fc.boolean(),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('mailboxes' as const), pick, mailboxes: some }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('destroy' as const), pick }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('mark' as const), mailbox, first: fc.nat(6), on: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('expunge' as const), mailbox, first: fc.nat(6) }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('move' as const), from: mailbox, to: mailbox, first: fc.nat(6) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('mailbox' as const),
      action: fc.constantFrom('create' as const, 'rename' as const, 'destroy' as const, 'trash' as const),
      pick,
    }),
  },
  { weight: 5, arbitrary: fc.constant({ kind: 'sync' as const }) },
)

const THREADS = ['apple', 'pear', 'apple pie', 'plum']
let counter = 0

async function deliver(account: Account, step: Step & { kind: 'new' }): Promise<void> {
  const subject = THREADS[step.thread] as string
  const bytes = message(
    'From: a@example.net',
    `Subject: ${subject}`,
    `Message-ID: <${++counter}@example.net>`,
    `References: <${subject.replaceAll(' ', '')}@example.net>`,
    '',
    'x'.repeat(step.date * 3),
  )
  using staged = account.stage(bytes.length)
  await staged.write(bytes)
  await account.commit(
    [
      {
        kind: 'file',
        record: { message: 0 },
        mailboxes: step.mailboxes as MailboxId[],
        keywords: step.seen ? ['$seen'] : [],
        internalDate: step.date * 1000,
        thread: null,
        source: 'appended',
      },
    ],
    [{ staged }],
  )
}

class Life {
  readonly #account: Account
  readonly #client: TestClient
  #names = 0

  constructor(account: Account, client: TestClient) {
    this.#account = account
    this.#client = client
  }

  async take(step: Step): Promise<void> {
    const account = this.#account
    switch (step.kind) {
      case 'new':
        return deliver(account, step)
      case 'keyword':
        return this.#update(step.pick, { [`keywords/${step.keyword}`]: step.on ? true : null })
      case 'mailboxes':
        return this.#update(step.pick, { mailboxIds: Object.fromEntries(step.mailboxes.map((id) => [`m${id}`, true])) })
      case 'destroy': {
        const id = await this.#email(step.pick)
        if (id !== null) await this.#client.call('Email/set', { destroy: [id] })
        return
      }
      case 'mark': {
        const set = [[step.first + 1, step.first + 2]] as const
        const mailbox = step.mailbox as MailboxId
        await account.commit([{ kind: 'markDeleted', mailbox, set, deleted: step.on, unchangedSince: null }])
        return
      }
      case 'expunge': {
        const set = [[step.first + 1, step.first + 1]] as const
        await account.commit([{ kind: 'remove', mailbox: step.mailbox as MailboxId, set }])
        return
      }
      case 'move': {
        const set = [[step.first + 1, step.first + 2]] as const
        await account.commit([{ kind: 'move', from: step.from as MailboxId, set, to: step.to as MailboxId }])
        return
      }
      case 'mailbox':
        return this.#mailbox(step)
      case 'sync':
    }
  }

  async #email(pick: number): Promise<string | null> {
    const { ids } = await this.#client.call('Email/query')
    return ids.length === 0 ? null : ids[pick % ids.length]
  }

  async #update(pick: number, patch: object): Promise<void> {
    const id = await this.#email(pick)
    if (id !== null) await this.#client.call('Email/set', { update: { [id]: patch } })
  }

  async #mailbox({ action, pick }: Step & { kind: 'mailbox' }): Promise<void> {
    const { ids } = await this.#client.call('Mailbox/query')
    const id = ids[pick % ids.length]
    const name = `n${this.#names++}`
    if (action === 'create') await this.#client.call('Mailbox/set', { create: { k: { name, parentId: id } } })
    if (action === 'rename') await this.#client.call('Mailbox/set', { update: { [id]: { name } } })
    if (action === 'trash') await this.#client.call('Mailbox/set', { update: { [id]: { role: 'trash' } } })
    if (action === 'destroy') {
      await this.#client.call('Mailbox/set', { destroy: [id], onDestroyRemoveEmails: pick % 2 === 0 })
    }
  }
}

async function live(account: Account, steps: readonly Step[], maxChanges: number | null): Promise<void> {
  const client = new TestClient(account)
  using _ = client.engine
  const follower = new SyncClient(client, QUERIES)
  await follower.start()
  const life = new Life(account, client)
  for (const step of [...steps, { kind: 'sync' } as const]) {
    await life.take(step)
    if (step.kind !== 'sync') continue
    await follower.sync(maxChanges)
    await follower.check()
  }
}

/** Changes that others make while a request is under way. */
const disturbance = step.filter(({ kind }) => ['new', 'mark', 'expunge', 'move'].includes(kind))

async function disturbed(account: Account, steps: readonly Step[], between: readonly Step[]): Promise<void> {
  const client = new TestClient(account)
  using _ = client.engine
  const follower = new SyncClient(client, QUERIES, false)
  const life = new Life(account, client)
  const waiting = [...between]
  const whileDisturbed = async (action: () => Promise<void>): Promise<void> => {
    client.host.lookMs = 20
    client.host.atPause = () => {
      const next = waiting.shift()
      if (next !== undefined) void life.take(next)
    }
    await action()
    client.host.lookMs = 0.01
    client.host.atPause = null
  }
  for (const step of steps.slice(0, 10)) await life.take(step)
  await whileDisturbed(() => follower.start())
  for (const step of [...steps.slice(10), { kind: 'sync' } as const]) {
    await life.take(step)
    if (step.kind !== 'sync') continue
    await whileDisturbed(() => follower.sync(null))
    await follower.sync(null)
    await follower.check()
  }
}

const steps = fc.array(step, { minLength: 10, maxLength: 40, size: 'max' })
const portion = fc.constantFrom(null, 1, 2, 5)

async function withMailboxes(account: Account): Promise<void> {
  for (const [name, role] of [
    ['Bin', 'trash'],
    ['Other', null],
  ] as const) {
    await account.commit([{ kind: 'createMailbox', parent: null, name, role, uidValidity: 1, subscribed: true }])
  }
}

test('a client that is told what changed knows what there is', async () => {
  await fc.assert(
    fc.asyncProperty(steps, portion, async (steps, maxChanges) => {
      const account = new MemoryAccount()
      await withMailboxes(account)
      await live(account, steps, maxChanges)
    }),
    { numRuns: 40 },
  )
})

test('a client that is told what changed while it changes knows what there is', async () => {
  await fc.assert(
    fc.asyncProperty(steps, fc.array(disturbance, { maxLength: 60 }), async (steps, between) => {
      const account = new MemoryAccount()
      await withMailboxes(account)
      await disturbed(account, steps, between)
    }),
    { numRuns: 40 },
  )
})

test('the same over a real account', async () => {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'mailkeep-jmap-'))
  let run = 0
  try {
    await fc.assert(
      fc.asyncProperty(steps, portion, async (steps, maxChanges) => {
        const fixture = await makeFixture(`${directory}/${run++}`, { quick: true })
        const account = await fixture.open()
        await live(account, steps, maxChanges)
        await account.close()
        await fixture.close()
      }),
      { numRuns: 8 },
    )
  } finally {
    fs.rmSync(directory, { recursive: true })
  }
})
