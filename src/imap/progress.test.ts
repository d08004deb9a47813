// RFC 9585: a command that takes long says how far it is.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EmailId } from '#base/ids.ts'
import type { TextCriterion } from '#account/account.ts'
import { MemoryAccount } from './memory-account.test-support.ts'
import { shareAccount } from './shared-account.ts'
import { TestClient } from './test-client.test-support.ts'
import { PLAIN } from './test-messages.test-support.ts'

/** Needs some seconds for each message. */
class SlowAccount extends MemoryAccount {
  client: SlowClient | null = null
  readonly secondsEach: number

  constructor(secondsEach: number) {
    super()
    this.secondsEach = secondsEach
  }

  override async searchText(
    criterion: TextCriterion,
    ids: ArrayLike<number>,
    progress?: (done: number) => void,
  ): Promise<EmailId[]> {
    for (let done = 1; done <= ids.length; done++) {
      if (this.client !== null) this.client.monotonicMs += this.secondsEach * 1_000
      progress?.(done)
    }
    return super.searchText(criterion, ids)
  }
}

class SlowClient extends TestClient {
  monotonicMs = 0

  override monotonic(): number {
    return this.monotonicMs
  }
}

async function searched(secondsEach: number, messages: number, command: string): Promise<string> {
  const account = new SlowAccount(secondsEach)
  for (let index = 0; index < messages; index++) account.deliver(PLAIN)
  const client = new SlowClient(shareAccount(account))
  account.client = client
  await client.command('s SELECT INBOX')
  return client.command(command)
}

test('every ten seconds, with the tag and how much is done', async () => {
  assert.equal(
    await searched(4, 6, 'a.1 SEARCH BODY Bob'),
    '* OK [INPROGRESS ("a.1" 3 6)] Still at it\r\n' +
      '* OK [INPROGRESS ("a.1" NIL NIL)] Still at it\r\n' +
      '* SEARCH 1 2 3 4 5 6\r\na.1 OK That is all\r\n',
  )
  assert.equal(
    await searched(10, 3, 'b UID SORT (ARRIVAL) UTF-8 BODY Bob'),
    '* OK [INPROGRESS ("b" 1 3)] Still at it\r\n' +
      '* OK [INPROGRESS ("b" 2 3)] Still at it\r\n' +
      '* OK [INPROGRESS ("b" NIL NIL)] Still at it\r\n' +
      '* SORT 1 2 3\r\nb OK That is all\r\n',
  )
})

test('RFC 9585 §4: a second text does not begin at the beginning again', async () => {
  assert.equal(
    await searched(10, 3, 'a SEARCH BODY Bob BODY bob'),
    '* OK [INPROGRESS ("a" 1 3)] Still at it\r\n' +
      '* OK [INPROGRESS ("a" 2 3)] Still at it\r\n' +
      '* OK [INPROGRESS ("a" NIL NIL)] Still at it\r\n'.repeat(2) +
      '* OK [INPROGRESS ("a" 2 3)] Still at it\r\n' +
      '* OK [INPROGRESS ("a" NIL NIL)] Still at it\r\n' +
      '* SEARCH 1 2 3\r\na OK That is all\r\n',
  )
})

test('nothing is said by what is done sooner', async () => {
  assert.equal(await searched(1, 9, 'a SEARCH BODY Bob'), '* SEARCH 1 2 3 4 5 6 7 8 9\r\na OK That is all\r\n')
})
