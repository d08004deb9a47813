// An index that is made again and is cut short by the end of its process, at any moment: what is on the disk then is copied away, and gone on with. In the end it
// is the index that was made at once.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import type { Seq } from '#base/ids.ts'
import { systemClock } from '#platform/clock.ts'
import { type Fixture, makeFixture } from './account-fixture.ts'
import type { Progress } from './catch-up.ts'
import { DeriveTasks } from './derive-tasks.ts'
import type { OpenAccount } from './open-account.ts'
import { type RebuildOptions, rebuildIndex } from './open-index.ts'
import type { DeriveThread } from './record-deriver.ts'
import { INBOX } from './state.ts'
import { visibleAccount } from './visible-account.test-support.ts'

const COUNT = 1300
const ENDS = 6

const messageOf = (number: number): Buffer =>
  Buffer.from(
    `From: a${number % 7}@example.org\r\nSubject: about ${number % 50}\r\nMessage-ID: <${number}@x>\r\nIn-Reply-To: <${number - 50}@x>\r\n\r\nword${number} text\r\n`,
  )

/** Does what the thread does, a moment later. */
function threadLike(): DeriveThread {
  const tasks = new DeriveTasks()
  return {
    isRunning: true,
    async do(task) {
      await new Promise((resolve) => setImmediate(resolve))
      // Across threads everything is a copy.
      return structuredClone(tasks.do(structuredClone(task)))
    },
  }
}

async function filled(directory: string): Promise<Fixture> {
  const made = await makeFixture(directory, { quick: true })
  for (let at = 0; at < COUNT; at += 100) {
    await made.deliver(...Array.from({ length: 100 }, (_, index) => messageOf(at + index)))
  }
  const account = await made.open()
  await account.filed()
  await account.commit([
    { kind: 'changeKeywords', mailbox: INBOX, set: [[1, 400]], mode: 'add', keywords: ['$seen'], unchangedSince: null },
    { kind: 'remove', mailbox: INBOX, set: [[100, 200]] },
    { kind: 'addToMailbox', from: INBOX, set: [[5, 9]], to: 4 as never },
  ])
  await account.close()
  await made.log.settled((made.ledger.size(made.id) - 1) as Seq)
  return made
}

/** All that a client can ask for. */
async function seen(made: Fixture): Promise<unknown> {
  const account = await made.open()
  const ids = idsOf(account)
  const words = await account.searchWords({ field: 'body', text: 'word123' })
  const texts = await account.searchText({ field: 'text', value: 'ord12' }, ids)
  const items = (['envelope', 'bodystructure', 'header'] as const).map((item) => account.items(item, ids).map(String))
  const result = [visibleAccount(account, []), items, [...account.sizes(ids)], words, texts]
  await account.close()
  return result
}

function idsOf(account: OpenAccount): number[] {
  const view = account.view(INBOX)
  return [...(view?.emails.subarray(0, view.count) ?? [])]
}

test('cut short anywhere, and gone on with, the index is as if it had been made at once', async () => {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'mailkeep-interrupted-'))
  const made = await filled(directory)
  const { root, reader, indexDirectory } = made
  const before = await seen(made)
  const options = { root, reader, ledger: made.log, indexDirectory, clock: systemClock, thread: threadLike() }
  const left = `${directory}/left`
  const begins: number[] = []
  for (let end = 1; end <= ENDS; end++) {
    const at = Math.floor((COUNT * end * 3) / (ENDS * 4))
    begins.push(await endedAt(options, at, left))
    // The process is gone: what it had written is all that there is.
    fs.rmSync(indexDirectory, { recursive: true })
    fs.cpSync(left, indexDirectory, { recursive: true })
    assert.deepEqual(await seen(made), before, 'the old index is in use')
  }
  const told: Progress[] = []
  await rebuildIndex({ ...options, progress: (progress) => void told.push(progress) })
  begins.push(told.find(({ phase }) => phase === 'messages')?.done ?? -1)
  assert.deepEqual(
    begins,
    [...begins].sort((a, b) => a - b),
    'it never begins anew',
  )
  assert.ok((begins.at(-1) ?? 0) >= 512, JSON.stringify(begins))
  assert.ok(!fs.existsSync(`${indexDirectory}/${made.id}.index.building`))
  assert.deepEqual(await seen(made), before)
  await made.close()
  fs.rmSync(directory, { recursive: true })
})

/** Where the messages began. */
async function endedAt(options: RebuildOptions, done: number, left: string): Promise<number> {
  let began = -1
  let isCopied = false
  const abort = new AbortController()
  const progress = (told: Progress): void => {
    if (told.phase !== 'messages') return
    if (began < 0) began = told.done
    if (told.done < done || isCopied) return
    isCopied = true
    fs.rmSync(left, { recursive: true, force: true })
    fs.cpSync(options.indexDirectory, left, { recursive: true })
    abort.abort(new Error('ended'))
  }
  await assert.rejects(rebuildIndex({ ...options, progress, signal: abort.signal }), /ended/)
  return began
}
