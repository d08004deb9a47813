// The ledger and its device, seen from outside by strace: how often it writes durably, that nobody hears of mail before that has ended, and what becomes of
// everything when the device fails. The simulation (sim/) tries every fault at every operation; here the kernel says it to the process as it runs.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Mailkeep, startMailkeep } from './harness.ts'
import { ImapConnection } from './imap-connection.ts'
import { type OfferedMessage, assertStored, connectSmtp, messagesBySubject, newMessage, offer } from './offered-mail.ts'
import { type Call, openFilesOf, threadsOf, traceWrites } from './strace.ts'

const PASSWORD = 'a long pass phrase'
const READER = 'ada@example.org'
/** Nobody logs in to it: all that is appended is its mail. */
const AWAY = 'bob@example.org'
const SHORT_BYTES = 2_000
/** Has a file of its own on its way. */
const LONG_BYTES = 1_500_000
const WAIT_MS = 60_000
const DELAY_US = 300_000

let mailkeep: Mailkeep

before(async () => {
  assert.equal(process.getuid?.(), 0, 'tracing a process needs root: run npm test as root')
  mailkeep = await startMailkeep({ accounts: { [READER]: PASSWORD, [AWAY]: PASSWORD } })
})
after(() => mailkeep[Symbol.asyncDispose]())

/** With all of its threads. */
async function ledgerPid(): Promise<number> {
  using smtp = await connectSmtp(mailkeep.ports.smtp)
  assert.match(await offer(smtp, newMessage(SHORT_BYTES), AWAY), /^250 /)
  const { processes } = await mailkeep.status()
  return processes.find(({ name }) => name === 'ledger')?.pid ?? 0
}

const JOURNAL = '/ledger/journal/'
const isOfJournal = ({ text }: Call): boolean => text.includes(JOURNAL)

test('one delivery is one durable write, and many at a time share theirs', async () => {
  const pid = await ledgerPid()
  {
    const trace = await traceWrites(threadsOf(pid), [])
    using smtp = await connectSmtp(mailkeep.ports.smtp)
    for (let times = 0; times < 10; times++) assert.match(await offer(smtp, newMessage(SHORT_BYTES), AWAY), /^250 /)
    const writes = await trace.stop()
    assert.equal(writes.filter(isOfJournal).length, 10)
    const others = writes.filter((call) => !isOfJournal(call) && call.thread !== pid)
    assert.deepEqual(others, [], 'nothing else was made durable')
  }
  // A device that takes its time, so that it does not depend on this one how many come meanwhile.
  const trace = await traceWrites(threadsOf(pid), openFilesOf(pid, JOURNAL), `delay_enter=${DELAY_US}`)
  const clients = await Promise.all(Array.from({ length: 32 }, () => connectSmtp(mailkeep.ports.smtp)))
  await Promise.all(
    clients.map(async (client) => {
      for (let times = 0; times < 4; times++) assert.match(await offer(client, newMessage(SHORT_BYTES), AWAY), /^250 /)
      client[Symbol.dispose]()
    }),
  )
  const writes = await trace.stop()
  assert.ok(writes.length > 0 && writes.length <= 128 / 4, `${writes.length} durable writes for 128 messages`)
})

test('250 is not said before the durable write has ended', async () => {
  const pid = await ledgerPid()
  const trace = await traceWrites(threadsOf(pid), openFilesOf(pid, JOURNAL), `delay_enter=${DELAY_US}`)
  using smtp = await connectSmtp(mailkeep.ports.smtp)
  const replies: number[] = []
  for (const size of [SHORT_BYTES, SHORT_BYTES, LONG_BYTES]) {
    assert.match(await offer(smtp, newMessage(size), AWAY), /^250 /)
    replies.push(Date.now() / 1000)
  }
  const writes = await trace.stop()
  assert.equal(writes.length, replies.length)
  for (const [index, { begin, end }] of writes.entries()) {
    assert.ok(end - begin >= DELAY_US / 1e6, 'it was delayed')
    // The clock of a reply has milliseconds.
    assert.ok((replies[index] as number) + 0.001 >= end, 'the reply came after it')
    assert.ok(begin > (replies[index - 1] ?? 0))
  }
})

/** Offers until the reply is that. Null: it may be there, or not. */
async function offerUntil(
  pattern: RegExp,
  heard: (message: OfferedMessage, reply: string | null) => void,
  sizeBytes: number,
): Promise<void> {
  const deadline = Date.now() + WAIT_MS
  for (;;) {
    const message = newMessage(sizeBytes)
    let reply: string | null = null
    try {
      using smtp = await connectSmtp(mailkeep.ports.smtp)
      reply = await offer(smtp, message, READER)
    } catch (error) {
      assert.match(String(error), /connection|ECONN/)
    }
    heard(message, reply)
    assert.match(reply ?? '4', /^[24]/, 'what cannot be stored now is to be sent again')
    if (reply !== null && pattern.test(reply)) return
    assert.ok(Date.now() < deadline, `${pattern} is said`)
    await sleep(20)
  }
}

/** After a write that was slow, durable ones are for some time made by threads of the pool alone. */
async function slowDown(pid: number): Promise<void> {
  await using _ = await traceWrites(threadsOf(pid), openFilesOf(pid, JOURNAL), `delay_enter=${DELAY_US}`)
  using smtp = await connectSmtp(mailkeep.ports.smtp)
  assert.match(await offer(smtp, newMessage(SHORT_BYTES), AWAY), /^250 /)
}

for (const code of ['EIO', 'ENOSPC']) {
  for (const which of ['journal', 'rest'] as const) {
    const what = which === 'journal' ? 'durable writes of the journal' : 'other writes'
    test(`${what} that fail with ${code}: nothing acknowledged is lost, and it goes on`, async () => {
      const stored: OfferedMessage[] = []
      const others: OfferedMessage[] = []
      const heard = (message: OfferedMessage, reply: string | null): void => {
        if (reply?.startsWith('250 ') === true) stored.push(message)
        else others.push(message)
      }
      for (const size of [SHORT_BYTES, LONG_BYTES, SHORT_BYTES]) {
        const pid = await ledgerPid()
        if (which === 'rest') await slowDown(pid)
        {
          await using _ =
            which === 'journal'
              ? await traceWrites(threadsOf(pid), openFilesOf(pid, JOURNAL), `error=${code}:when=1`)
              : // A long message takes many of them.
                await traceWrites([pid], [], `error=${code}:when=3+7`)
          // What settles later is in the journal: a short message is taken although that fails, and settles when it does not.
          if (which === 'journal' || size === LONG_BYTES) await offerUntil(/^4/, heard, size)
          else for (let times = 0; times < 20; times++) await offerUntil(/^250 /, heard, size)
        }
        await offerUntil(/^250 /, heard, size)
        const { processes } = await mailkeep.status()
        const isSame = processes.find(({ name }) => name === 'ledger')?.pid === pid
        // After a durable write of the journal that failed only recovery knows what the device has, unless it had no room.
        assert.equal(isSame, which === 'rest' || code === 'ENOSPC')
      }
      await assertAll(stored, others, which === 'journal')
      await mailkeep.mustCli(['verify'])
    })
  }
}

/** Delivered mail is filed in a moment. */
async function assertAll(
  stored: readonly OfferedMessage[],
  others: readonly OfferedMessage[],
  mayBeThere: boolean,
): Promise<void> {
  using imap = await ImapConnection.login(mailkeep.ports.imap, READER, PASSWORD)
  let found = await messagesBySubject(imap)
  for (const deadline = Date.now() + WAIT_MS; Date.now() < deadline;) {
    if (stored.every(({ id }) => found.has(id))) break
    await sleep(100)
    found = await messagesBySubject(imap)
  }
  for (const message of stored) assertStored(found, message)
  for (const message of others) {
    if (mayBeThere && found.has(message.id)) assertStored(found, message)
    else assert.ok(!found.has(message.id), `${message.id} was refused and is not there`)
  }
}
