import assert from 'node:assert/strict'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import type { EmailId, ThreadId } from '#base/ids.ts'
import { type Fixture, makeFixture } from './account-fixture.ts'
import type { OpenAccount } from './open-account.ts'

function message(id: string, subject: string, ...references: string[]): Buffer {
  const lines = references.length > 0 ? `References: ${references.map((one) => `<${one}@x>`).join(' ')}\r\n` : ''
  return Buffer.from(`From: a@x\r\nSubject: ${subject}\r\nMessage-ID: <${id}@x>\r\n${lines}\r\n${id}\r\n`)
}

async function withAccount(action: (fixture: Fixture, account: OpenAccount) => Promise<void>): Promise<void> {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'mailkeep-threads-'))
  const fixture = await makeFixture(directory, { quick: true })
  const account = await fixture.open()
  await action(fixture, account)
  await fixture.close()
  fs.rmSync(directory, { recursive: true })
}

async function append(account: OpenAccount, ...messages: Buffer[]): Promise<number[]> {
  const staged = messages.map(() => account.stage(null))
  for (const [index, message] of messages.entries()) await staged[index]?.write(message)
  const outcomes = await account.commit(
    messages.map((_, message) => ({
      kind: 'file',
      record: { message },
      mailboxes: [1 as never],
      keywords: [],
      internalDate: message,
      thread: null,
      source: 'appended',
    })),
    staged.map((staged) => ({ staged })),
  )
  return outcomes.map((outcome) => account.email((outcome.applied ? outcome.email : 0) as EmailId)?.thread ?? 0)
}

function threads(opened: OpenAccount): unknown {
  return [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((id) => opened.email(id as EmailId)?.thread)
}

test('replies join by reference and subject, whether they come alone, together, or before what they answer', async () => {
  await withAccount(async (fixture, account) => {
    assert.deepEqual(await append(account, message('a', 'Plan')), [1])
    assert.deepEqual(await append(account, message('b', 'Re: Plan', 'a')), [1])
    assert.deepEqual(await append(account, message('c', 'Other subject', 'a')), [3])
    assert.deepEqual(await append(account, message('d', 'plan', 'zz', 'b')), [1])
    // Two in one commit, the second answering the first.
    assert.deepEqual(await append(account, message('e', 'New'), message('f', 'Re: New', 'e')), [5, 5])
    // The answer first.
    assert.deepEqual(await append(account, message('h', 'Re: Late', 'g')), [7])
    assert.deepEqual(await append(account, message('g', 'Late')), [7])
    assert.deepEqual(account.thread(1 as ThreadId), [1, 2, 4])
    await fixture.deliver(message('i', 'Re: New', 'f'), message('j', 'Re: New', 'i'))
    await new Promise((resolve) => setTimeout(resolve, 100))
    await account.filed()
    assert.deepEqual(
      [9, 10].map((id) => account.email(id as EmailId)?.thread),
      [5, 5],
    )
    const before = threads(account)
    await account.close()
    fs.rmSync(fixture.indexDirectory, { recursive: true })
    const again = await fixture.open()
    assert.deepEqual(threads(again), before)
    assert.deepEqual(await append(again, message('k', 'Re: Plan', 'd')), [1])
    await again.close()
  })
})
