// Messages that are read one after the other, while others are appended and removed: each is the right one.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import type { EmailId } from '#base/ids.ts'
import { makeFixture } from './account-fixture.ts'
import { DamagedMessageError } from './account.ts'
import type { OpenAccount } from './open-account.ts'
import type { Operation } from './operation.ts'
import { INBOX } from './state.ts'

const text = (number: number): string => `Subject: ${number}\r\n\r\n${'text '.repeat(number)}\r\n`

/** All in one commit, or each in its own. */
async function append(account: OpenAccount, first: number, count: number, atOnce: boolean): Promise<void> {
  const commits = atOnce ? 1 : count
  for (let commit = 0; commit < commits; commit++) {
    const messages = Array.from({ length: count / commits }, (_, at) => text(first + commit + at))
    const staged = await Promise.all(
      messages.map(async (message) => {
        const one = account.stage(message.length)
        await one.write(Buffer.from(message))
        return { staged: one }
      }),
    )
    const files = messages.map((_, message): Operation => {
      const common = { mailboxes: [INBOX], keywords: [], thread: null, source: 'appended' } as const
      return { kind: 'file', record: { message }, internalDate: 1, ...common }
    })
    await account.commit(files, staged)
  }
}

async function opened(account: OpenAccount, email: number): Promise<string> {
  using message = await account.open(email as EmailId)
  return message.bytes.toString()
}

test('messages that are read one after the other are the right ones, whatever happens meanwhile', async (t) => {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'mailkeep-stored-'))
  const made = await makeFixture(directory, { quick: true })
  t.after(async () => {
    await made.close()
    fs.rmSync(directory, { recursive: true })
  })
  const account = await made.open()
  await append(account, 0, 60, true)
  await append(account, 60, 60, false)
  const emails = [...(account.view(INBOX)?.emails.subarray(0, 120) ?? [])]
  for (const [number, email] of emails.entries()) assert.equal(await opened(account, email), text(number))
  // Some again, backwards and in leaps.
  for (let number = 119; number >= 0; number -= 3)
    assert.equal(await opened(account, emails[number] as number), text(number))
  for (let number = 0; number < 60; number++) {
    assert.equal(await opened(account, emails[number] as number), text(number))
    if (number === 20) await append(account, 120, 2, true)
    if (number === 40) await account.commit([{ kind: 'remove', mailbox: INBOX, set: [[43, 43]] }])
    if (number === 41) {
      await assert.rejects(opened(account, emails[42] as number), DamagedMessageError)
      number++
    }
  }
})
