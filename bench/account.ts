// What an unlocked account does in a second: filing, reading, changing flags, searching. Over a real ledger in a temporary directory, with 20,000
// realistic messages (MESSAGES=n for another number).

import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { sealAge } from '#crypto/age/seal.ts'
import { type Fixture, makeFixture } from '#account/account-fixture.ts'
import type { OpenAccount } from '#account/open-account.ts'
import { INBOX } from '#account/state.ts'
import { PLANTED, corpus } from './corpus.ts'

const MESSAGES = Number(process.env['MESSAGES'] ?? 20_000)
const RARE = PLANTED.rare.word
const MIDDLE = PLANTED.middle.word
const ABSENT = PLANTED.absent.word

function report(name: string, count: number, ms: number, note = ''): void {
  const rate = (count / ms) * 1000
  console.log(`${name.padEnd(44)} ${rate.toFixed(0).padStart(10)}/s  ${ms.toFixed(1).padStart(9)} ms  ${note}`)
}

async function timed<T>(action: () => T | Promise<T>): Promise<[T, number]> {
  const started = performance.now()
  const result = await action()
  return [result, performance.now() - started]
}

/** The median of some runs. */
async function measure(name: string, count: number, action: () => unknown, runs = 5): Promise<void> {
  const times: number[] = []
  for (let run = 0; run < runs; run++) times.push((await timed(action))[1])
  times.sort((a, b) => a - b)
  report(name, count, times[Math.floor(runs / 2)] as number, `[${times[0]?.toFixed(1)} .. ${times.at(-1)?.toFixed(1)}]`)
}

async function fill(fixture: Fixture): Promise<number> {
  let bytes = 0
  let batch: Uint8Array[] = []
  const recipient = fixture.root.recipient(KIND)
  const flush = async (): Promise<void> => {
    await fixture.ledger.append(
      fixture.id,
      batch.map((payload) => ({ kind: 'mail', payload })),
    )
    batch = []
  }
  for (const message of corpus(MESSAGES)) {
    bytes += message.bytes.length
    batch.push(sealAge([recipient], message.bytes))
    if (batch.length >= 100) await flush()
  }
  if (batch.length > 0) await flush()
  return bytes
}

function longestStall(): () => number {
  let longest = 0
  let last = performance.now()
  const timer = setInterval(() => {
    const now = performance.now()
    longest = Math.max(longest, now - last - 1)
    last = now
  }, 1)
  return () => {
    clearInterval(timer)
    return longest
  }
}

function indexBytes(fixture: Fixture): number {
  return fs
    .readdirSync(fixture.indexDirectory)
    .reduce((sum, name) => sum + fs.statSync(path.join(fixture.indexDirectory, name)).size, 0)
}

async function reading(account: OpenAccount): Promise<void> {
  const view = account.view(INBOX)
  if (view === null) return
  const ids = view.emails.subarray(0, view.count)
  await measure('FETCH FLAGS (columns)', view.count * 50, () => {
    let seen = 0
    for (let round = 0; round < 50; round++) {
      for (let index = 0; index < view.count; index++) {
        seen += account.flagSet(view.flags[index] as number).keywords.length
      }
    }
    return seen
  })
  for (const item of ['envelope', 'bodystructure', 'header'] as const) {
    await measure(`items(${item})`, ids.length, () => {
      for (let at = 0; at < ids.length; at += 1000) account.items(item, ids.subarray(at, at + 1000))
    })
  }
  await measure('summary', ids.length, () => {
    for (const id of ids) account.summary(id as never)
  })
  await measure('sortKeys(subject)', ids.length, () => account.sortKeys('subject', ids))
  await measure('sortKeys(sentAt)', ids.length, () => account.sortKeys('sentAt', ids))
  const some = Array.from(
    { length: Math.min(4000, ids.length) },
    (_, index) => ids[(index * 7919) % ids.length] as number,
  )
  await measure('open, one after the other', some.length, async () => {
    for (const id of some) {
      using opened = await account.open(id as never)
      opened.bytes.at(0)
    }
  })
}

async function writing(account: OpenAccount): Promise<void> {
  const all = [[1, 0xffff_ffff]] as const
  const view = account.view(INBOX)
  const count = view?.count ?? 0
  let mode: 'add' | 'remove' = 'remove'
  await measure(
    'STORE on all, one operation',
    count,
    () => {
      mode = mode === 'add' ? 'remove' : 'add'
      return account.commit([
        { kind: 'changeKeywords', mailbox: INBOX, set: all, mode, keywords: ['$seen'], unchangedSince: null },
      ])
    },
    6,
  )
  await measure('STORE on one, one after the other', 200, async () => {
    for (let uid = 1; uid <= 200; uid++) {
      await account.commit([
        {
          kind: 'changeKeywords',
          mailbox: INBOX,
          set: [[uid, uid]],
          mode: uid % 2 === 0 ? 'add' : 'remove',
          keywords: ['$flagged'],
          unchangedSince: null,
        },
      ])
    }
  })
  await measure('STORE on one, 8 clients', 800, () =>
    Promise.all(
      Array.from({ length: 8 }, async (_, client) => {
        for (let round = 0; round < 100; round++) {
          const uid = 1000 + client * 100 + round
          await account.commit([
            {
              kind: 'changeKeywords',
              mailbox: INBOX,
              set: [[uid, uid]],
              mode: 'replace',
              keywords: [`k${round % 3}`],
              unchangedSince: null,
            },
          ])
        }
      }),
    ),
  )
  const body = Buffer.from(`From: a@b\r\nSubject: appended\r\n\r\n${'some text of a message. '.repeat(420)}\r\n`)
  const append = async (): Promise<void> => {
    using staged = account.stage(body.length)
    await staged.write(body)
    const { applied } = (
      await account.commit(
        [
          {
            kind: 'file',
            record: { message: 0 },
            mailboxes: [INBOX],
            keywords: ['$seen'],
            internalDate: 1,
            thread: null,
            source: 'appended',
          },
        ],
        [{ staged }],
      )
    )[0] as { applied: boolean }
    if (!applied) throw new Error('not applied')
  }
  await measure('APPEND 10 KB, 1 client', 200, async () => {
    for (let round = 0; round < 200; round++) await append()
  })
  await measure('APPEND 10 KB, 8 clients', 800, () =>
    Promise.all(
      Array.from({ length: 8 }, async () => {
        for (let round = 0; round < 100; round++) await append()
      }),
    ),
  )
}

async function searching(account: OpenAccount): Promise<void> {
  const view = account.view(INBOX)
  const ids = view?.emails.slice(0, view.count) ?? new Uint32Array()
  for (const value of [RARE, MIDDLE, ABSENT, RARE.slice(1, -1), 'an']) {
    for (const field of ['body', 'text'] as const) {
      let hits = 0
      const action = async (): Promise<void> => {
        hits = (await account.searchText({ field, value }, ids)).length
      }
      await action()
      await measure(`SEARCH ${field.toUpperCase()} ${value}`, 1, action, 5)
      console.log(`${' '.repeat(44)} ${String(hits).padStart(10)} hits`)
    }
  }
  for (const text of [RARE, MIDDLE, `"${MIDDLE}"`, ABSENT]) {
    let hits = 0
    await measure(`words ${text}`, 1, async () => {
      hits = (await account.searchWords({ field: null, text })).length
    })
    console.log(`${' '.repeat(44)} ${String(hits).padStart(10)} hits`)
  }
}

const KIND = process.env['IDENTITY'] === 'hybrid' ? 'hybrid' : 'x25519'
const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'mailkeep-bench-'))
try {
  console.log(`${MESSAGES} messages, ${KIND}, load ${os.loadavg()[0]?.toFixed(2)}`)
  const fixture = await makeFixture(directory, { quick: true, identity: KIND })
  const bytes = await fill(fixture)
  console.log(`${(bytes / 1e6).toFixed(1)} MB of messages`)
  const cpu = process.cpuUsage()
  const stall = longestStall()
  const [account, filing] = await timed(async () => {
    const opened = await fixture.open()
    await opened.filed()
    return opened
  })
  const used = process.cpuUsage(cpu)
  report('filing (decrypt, parse, render, index)', MESSAGES, filing, `longest stall ${stall().toFixed(0)} ms`)
  report(
    '  … per CPU second',
    MESSAGES,
    (used.user + used.system) / 1000,
    `index ${(indexBytes(fixture) / 1e6).toFixed(1)} MB`,
  )
  await reading(account)
  await searching(account)
  await writing(account)
  const [, closing] = await timed(() => account.close())
  report('close', 1, closing)
  const [again, opening] = await timed(() => fixture.open())
  report('open again', 1, opening)
  await again.close()
  fs.rmSync(fixture.indexDirectory, { recursive: true })
  const [rebuilt, rebuilding] = await timed(() => fixture.open())
  report('rebuild', MESSAGES, rebuilding)
  await rebuilt.close()
  await fixture.close()
  console.log(`memory ${(process.memoryUsage().rss / 1e6).toFixed(0)} MB`)
} finally {
  fs.rmSync(directory, { recursive: true, force: true })
}
