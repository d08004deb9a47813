// Random lives of an account: mail comes, sessions change things, and between them the account is locked, crashes with an index that lags behind,
// loses its index, or has it made again. Whatever happened, what is visible is what the plain fold over the log says.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Seq } from '#base/ids.ts'
import { sleep, systemClock } from '#platform/clock.ts'
import { type Fixture, makeFixture } from './account-fixture.ts'
import type { OpenAccount } from './open-account.ts'
import { FoldModel } from './fold-model.test-support.ts'
import { JournalSealer } from './journal.ts'
import { rebuildIndex } from './open-index.ts'
import { operationArbitrary } from './operation-arbitrary.test-support.ts'
import type { Operation } from './operation.ts'
import { releasedIn } from './released.test-support.ts'
import { visibleAccount } from './visible-account.test-support.ts'
import { visibleModel } from './visible-state.test-support.ts'

const SETTINGS = ['a', 'account/identity', 'b', 'integrity/marks', 'ü']

type Step =
  | { readonly kind: 'deliver'; readonly count: number }
  | { readonly kind: 'commit'; readonly operations: readonly Operation[]; readonly alone: boolean }
  | { readonly kind: 'append'; readonly keywords: readonly string[]; readonly reply: boolean }
  | { readonly kind: 'restart' | 'snapshot' | 'crash' | 'loseIndex' | 'rebuild' | 'flush' }

const operation = operationArbitrary(fc.nat(40)).filter(
  (operation) => operation.kind !== 'file' || ('seq' in operation.record && !isBack(operation.thread)),
) as fc.Arbitrary<Operation>

function isBack(thread: unknown): boolean {
  return typeof thread === 'object' && thread !== null
}

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('deliver' as const), count: fc.integer({ min: 1, max: 3 }) }) },
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant('commit' as const),
      operations: fc.array(operation, { minLength: 1, maxLength: 3 }),
      alone: fc.boolean(),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('append' as const),
      keywords: fc.constantFrom([], ['$seen'], ['work', '$draft']),
      reply: fc.boolean(),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom('restart', 'snapshot', 'snapshot', 'crash', 'crash', 'loseIndex', 'rebuild', 'flush'),
    }),
  },
)

let counter = 0

function newMessage(reply: boolean): Buffer {
  const id = ++counter
  const references = reply && id > 1 ? `References: <${id - 1}@x>\r\n` : ''
  return Buffer.from(`From: a@x\r\nSubject: Re: same\r\nMessage-ID: <${id}@x>\r\n${references}\r\nmessage ${id}\r\n`)
}

/** The log, folded by the model. */
async function modelOf({ ledger, log, reader, root, id }: Fixture): Promise<FoldModel> {
  await log.settled((ledger.size(id) - 1) as Seq)
  using sealer = new JournalSealer(root, id)
  const model = new FoldModel()
  for (const record of reader.records({ seq: 0 as Seq, location: null })) {
    assert.ok(record.headDamage === null)
    const { header, location } = record
    if (header.kind === 'mail') model.mail(header.seq)
    if (header.kind !== 'journal') continue
    const entry = sealer.open(reader.readPayload(location, header))
    assert.ok(entry !== null && entry !== 'unknownOperation')
    model.journal(header.seq, entry.operations)
  }
  return model
}

function withoutRecords(visible: unknown): unknown {
  const { emails, ...others } = visible as { emails: object[] }
  return { ...others, emails: emails.map((email) => ({ ...email, record: undefined })) }
}

async function check(fixture: Fixture, account: OpenAccount): Promise<void> {
  await account.filed()
  // An honest ledger is never suspected.
  assert.deepEqual(account.integrity.report(null).alarms, [])
  const model = await modelOf(fixture)
  assert.deepEqual(withoutRecords(visibleAccount(account, SETTINGS)), withoutRecords(visibleModel(model)))
  assert.equal(model.unfiled.size, 0)
  await checkReleased(fixture, new Set([...model.emails.values()].map(({ record }) => record)))
  for (const [id, { record }] of model.emails) {
    using opened = await account.open(id as never)
    const text = Buffer.from(opened.bytes).toString()
    assert.match(text, /message \d+\r\n$/)
    assert.equal(account.sizes([id])[0], text.length, `size of ${id}, record ${record}`)
    assert.match(String(account.items('header', [id])[0]), /^From: a@x\r\n/)
  }
}

/** What no e-mail stands for is released, and nothing else; a moment later at most. */
async function checkReleased(fixture: Fixture, named: ReadonlySet<number>): Promise<void> {
  for (let tries = 0; ; tries++) {
    const { ledger, log, id, reader } = fixture
    await log.settled((ledger.size(id) - 1) as Seq)
    const { mail, released } = releasedIn(reader)
    const wanted = [...mail].filter((record) => !named.has(record))
    const isRight = wanted.length === released.size && wanted.every((record) => released.has(record))
    if (!isRight && tries < 200) {
      await sleep(5)
      continue
    }
    assert.deepEqual(
      [...released].sort((a, b) => a - b),
      wanted,
    )
    return
  }
}

class Life {
  readonly fixture: Fixture
  account: OpenAccount
  readonly #copy: string

  constructor(fixture: Fixture, account: OpenAccount) {
    this.fixture = fixture
    this.account = account
    this.#copy = `${fixture.directory}/copy`
  }

  async take(step: Step): Promise<void> {
    const { fixture } = this
    switch (step.kind) {
      case 'deliver':
        await fixture.deliver(...Array.from({ length: step.count }, (_, index) => newMessage(index % 2 === 1)))
        break
      case 'commit': {
        const commits = step.alone ? step.operations.map((operation) => [operation]) : [step.operations]
        await Promise.all(commits.map((operations) => this.account.commit(operations)))
        break
      }
      case 'append': {
        using staged = this.account.stage(null)
        await staged.write(newMessage(step.reply))
        const filing: Operation = {
          kind: 'file',
          record: { message: 0 },
          mailboxes: [1 as never],
          keywords: step.keywords,
          internalDate: 0,
          thread: null,
          source: 'appended',
        }
        await this.account.commit([filing], [{ staged }])
        break
      }
      case 'restart':
        await this.#reopen(() => undefined)
        break
      case 'snapshot':
        // What a crash at this moment would leave of the index.
        fs.rmSync(this.#copy, { recursive: true, force: true })
        fs.cpSync(fixture.indexDirectory, this.#copy, { recursive: true })
        break
      case 'crash':
        await this.#reopen(() => {
          if (!fs.existsSync(this.#copy)) return
          fs.rmSync(fixture.indexDirectory, { recursive: true })
          fs.renameSync(this.#copy, fixture.indexDirectory)
        })
        break
      case 'loseIndex':
        await this.#reopen(() => fs.rmSync(fixture.indexDirectory, { recursive: true }))
        break
      case 'rebuild':
        await this.#reopen(() => this.#rebuild())
        break
      case 'flush':
        await new Promise((resolve) => setTimeout(resolve, 300))
        break
    }
  }

  async #reopen(between: () => void | Promise<void>): Promise<void> {
    await this.account.close()
    await between()
    this.account = await this.fixture.open()
  }

  async #rebuild(): Promise<void> {
    const { root, reader, log, indexDirectory } = this.fixture
    await rebuildIndex({ root, reader, ledger: log, indexDirectory, clock: systemClock })
  }
}

test('whatever happens to the index, the account is what its log says', async () => {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'mailkeep-account-'))
  let run = 0
  try {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 40, size: 'max' }), async (steps) => {
        counter = 0
        const fixture = await makeFixture(`${directory}/${run++}`, { quick: true })
        const life = new Life(fixture, await fixture.open())
        try {
          for (const step of steps) {
            await life.take(step)
            if (step.kind !== 'deliver' && step.kind !== 'snapshot') await check(fixture, life.account)
          }
          await life.take({ kind: 'loseIndex' })
          await check(fixture, life.account)
        } finally {
          await life.account.close()
          await fixture.close()
        }
      }),
      { numRuns: Number(process.env['MAILKEEP_RUNS'] ?? 6) },
    )
  } finally {
    fs.rmSync(directory, { recursive: true, force: true })
  }
})
