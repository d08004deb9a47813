// An account with some history, and rehearsals of it: from the beginning, or where one was cut short.

import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { TestContext } from 'node:test'
import { wipe } from '#base/bytes.ts'
import type { MailboxId } from '#base/ids.ts'
import { type Fixture, type FixtureOptions, makeFixture } from '#account/account-fixture.ts'
import { IndexDatabase } from '#account/index-database.ts'
import type { OpenAccount } from '#account/open-account.ts'
import type { Operation } from '#account/operation.ts'
import { INBOX } from '#account/state.ts'
import { makeRecoverySlot } from '#keys/recovery-slot.ts'
import { encodeSlot } from '#keys/slot.ts'
import { deviceDisk } from '#ledger/device-disk.ts'
import { LogReader } from '#ledger/reader.ts'
import { type Clock, systemClock } from '#platform/clock.ts'
import { systemDisk } from '#platform/disk.ts'
import { describeRehearsalFinding } from './finding.ts'
import type { RehearsalProgress } from './rehearsal-file.ts'
import type { RehearsalOutcome, RehearseOptions } from './rehearse-options.ts'
import type { RehearsalResult } from './result.ts'

export const COUNT = 40
const ARCHIVE = 4 as MailboxId

/** The first journal record and a key slot come before. */
export function recordOf(number: number): number {
  return number + 1
}

export function message(number: number): Buffer {
  const text = `this is number ${number}, with some words\r\n`.repeat(number % 5 === 0 ? 1500 : 30)
  const reference = number > 3 ? `In-Reply-To: <${number - 3}@x>\r\n` : ''
  return Buffer.from(
    `From: a@example.org\r\nSubject: number ${number}\r\nMessage-ID: <${number}@x>\r\n${reference}\r\n${text}`,
  )
}

/** Every look at it costs: whoever works in slices pauses wherever that is possible. */
export function hastyClock(): Clock {
  let ms = 0
  return { ...systemClock, monotonic: () => (ms += 6) }
}

export async function accountWithHistory(t: TestContext, ledger: FixtureOptions['ledger'] = {}): Promise<Fixture> {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'mailkeep-rehearsal-'))
  const made = await makeFixture(directory, {
    quick: true,
    ledger: { limits: { segmentBytes: 150 * 1024 }, ...ledger },
  })
  t.after(async () => {
    await made.close()
    fs.rmSync(directory, { recursive: true })
  })
  const { slot, code } = makeRecoverySlot(made.root, made.id, 0)
  wipe(code)
  await made.log.append([{ kind: 'slot', payload: encodeSlot(slot) }])
  for (let number = 1; number <= COUNT; number++) await made.deliver(message(number))
  const account = await made.open()
  await account.filed()
  const commit = (...operations: Operation[]): Promise<unknown> => account.commit(operations)
  await commit({
    kind: 'changeKeywords',
    mailbox: INBOX,
    set: [[1, 9]],
    mode: 'add',
    keywords: ['$seen'],
    unchangedSince: null,
  })
  await commit({ kind: 'addToMailbox', from: INBOX, set: [[2, 5]], to: ARCHIVE })
  await commit(
    { kind: 'remove', mailbox: INBOX, set: [[20, 24]] },
    { kind: 'set', key: 'jmap/something', value: { a: [1] } },
  )
  using staged = account.stage(null)
  await staged.write(message(COUNT + 1))
  const filing = {
    mailboxes: [ARCHIVE],
    keywords: ['work'],
    internalDate: 0,
    thread: null,
    source: 'appended',
  } as const
  await account.commit([{ kind: 'file', record: { message: 0 }, ...filing }], [{ staged }])
  await account.close()
  await made.log.settled((made.ledger.size(made.id) - 1) as never)
  return made
}

export interface Rehearsing {
  readonly outcome: Promise<RehearsalOutcome>
  /** What was kept last. */
  kept(): RehearsalProgress | null
}

export function rehearsing(made: Fixture, account: OpenAccount, change: Partial<RehearseOptions> = {}): Rehearsing {
  const reads = { bytes: 0, isDirect: true }
  const reader = new LogReader(deviceDisk(systemDisk, reads), made.reader.directory, made.id)
  let kept: RehearsalProgress | null = null
  const outcome = account.rehearse({
    root: made.root,
    reader,
    isDirect: () => reads.isDirect,
    indexDirectory: made.indexDirectory,
    begun: null,
    keep(progress) {
      kept = progress
      return Promise.resolve()
    },
    rest: () => Promise.resolve(),
    signal: new AbortController().signal,
    freeBytes: () => null,
    ...change,
  })
  const over = outcome.finally(() => reader[Symbol.dispose]())
  over.catch(() => undefined)
  return { outcome: over, kept: () => kept }
}

export async function rehearsed(
  made: Fixture,
  account: OpenAccount,
  change: Partial<RehearseOptions> = {},
): Promise<RehearsalResult> {
  const outcome = await rehearsing(made, account, change).outcome
  if (outcome.kind !== 'rehearsed') throw new Error(outcome.kind)
  return outcome.result
}

export function found({ findings }: RehearsalResult): string[] {
  return findings.map(
    (finding) => describeRehearsalFinding(finding) + (finding.name === null ? '' : `: ${finding.name}`),
  )
}

/** Changes the index of an account that is closed. */
export function tamper({ indexDirectory, id, root }: Fixture, ...statements: string[]): void {
  const database = IndexDatabase.open(path.join(indexDirectory, `${id}.index`), root.derive('index'))
  for (const statement of statements) {
    if (database.write(statement).run() === 0) throw new Error(`nothing changed: ${statement}`)
  }
  database.commit()
  database[Symbol.dispose]()
}
