// Filters as their owner meets them: a script is put by ManageSieve, a message comes by SMTP, and IMAP shows where it went.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Mailkeep, startMailkeep } from './harness.ts'
import { ImapConnection } from './imap-connection.ts'
import { fetchAll, swaks } from './imap-client.ts'
import { SieveConnection } from './sieve-connection.ts'

const PASSWORD = 'sorted by rules'
const ADA = 'ada@example.org'
const BOB = 'bob@example.org'
let mailkeep: Mailkeep

before(async () => {
  mailkeep = await startMailkeep({ accounts: { [ADA]: PASSWORD, [BOB]: PASSWORD } })
})
after(() => mailkeep[Symbol.asyncDispose]())

function deliver(subject: string, to = ADA, from = 'eve@example.net'): Promise<string> {
  return swaks({ port: mailkeep.ports.smtp, from, to, subject, body: 'x' })
}

/** Subjects. */
async function mailsIn(user: string, mailbox: string): Promise<string[]> {
  const messages = await fetchAll(mailkeep.ports.imap, user, PASSWORD, mailbox)
  return messages.map(({ bytes }) => /^Subject: (.*?)\r$/m.exec(bytes.toString('utf8'))?.[1] ?? '')
}

/** What is sent on and answered takes a moment. */
async function eventually(find: () => Promise<boolean>): Promise<void> {
  for (let round = 0; round < 100; round++) {
    if (await find()) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  assert.fail('it did not happen')
}

test('a script put by ManageSieve files what comes by SMTP, as IMAP shows', async () => {
  using sieve = await SieveConnection.login(mailkeep.ports.managesieve, ADA, PASSWORD)
  const script = `require ["fileinto", "mailbox", "imap4flags", "envelope", "vacation"];
if envelope :detail "to" "x" { keep; }
`
  await assert.rejects(
    sieve.must(`PUTSCRIPT "wrong" {${script.length}+}\r\n${script}`),
    /line 2, column 13: \\":detail\\" needs require \\"subaddress\\"/,
  )
  const good = `require ["fileinto", "mailbox", "imap4flags", "vacation"];
if header :contains "subject" "list" { fileinto :create :flags "\\\\Flagged" "Lists"; }
elsif header :contains "subject" "forward" { redirect "${BOB}"; }
elsif header :contains "subject" "away" { vacation "I am not here."; }
elsif header :contains "subject" "junk" { discard; }
`
  await sieve.must(`PUTSCRIPT "main" {${Buffer.byteLength(good)}+}\r\n${good}`)
  await sieve.must('SETACTIVE "main"')
  assert.match(await sieve.must('LISTSCRIPTS'), /^"main" ACTIVE\r\n/)
  for (const subject of ['to the list', 'nothing special', 'forward this', 'some junk']) await deliver(subject)
  await deliver('are you away', ADA, BOB)
  assert.deepEqual(await mailsIn(ADA, 'Lists'), ['to the list'])
  assert.deepEqual((await mailsIn(ADA, 'INBOX')).slice(1), ['nothing special', 'are you away'])
  using imap = await ImapConnection.login(mailkeep.ports.imap, ADA, PASSWORD)
  await imap.must('SELECT Lists')
  assert.match(JSON.stringify(await imap.must('FETCH 1 FLAGS')), /Flagged/)
  await eventually(async () => (await mailsIn(BOB, 'INBOX')).includes('forward this'))
  await eventually(async () => (await mailsIn(BOB, 'INBOX')).some((subject) => subject === 'Auto: are you away'))
  await eventually(async () => (await mailsIn(ADA, 'Trash')).length === 0)
})

test('a locked account is filed by its script when its owner comes', async () => {
  {
    using sieve = await SieveConnection.login(mailkeep.ports.managesieve, BOB, PASSWORD)
    const script = 'require ["fileinto"]; if header :contains "subject" "early" { fileinto "Archive"; }'
    await sieve.must(`PUTSCRIPT "b" {${script.length}+}\r\n${script}`)
    await sieve.must('SETACTIVE "b"')
  }
  await deliver('an early one', BOB)
  assert.deepEqual(await mailsIn(BOB, 'Archive'), ['an early one'])
})

test('passwords are not taken in the clear from elsewhere, and wrong ones not at all', async () => {
  await assert.rejects(SieveConnection.login(mailkeep.ports.managesieve, ADA, 'wrong'), /Name or password is wrong/)
})
