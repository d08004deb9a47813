// The machine is lost: what is left is a copy of its ledger directory, and recovery codes on paper. On another machine, with another server secret,
// they open everything.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import { after, before, test } from 'node:test'
import { type Mailkeep, newMailkeep, startMailkeep } from './harness.ts'
import { swaks, fetchAll } from './imap-client.ts'
import { ImapConnection } from './imap-connection.ts'
import { imapDump } from './imap-dump.ts'

const CODE = /[0-9A-Z]{5}(?:-[0-9A-Z]{5}){6}/
const OLD_PASSWORD = 'from the old days'
const NEW_PASSWORD = 'of the new machine'
const ADA = 'ada@example.org'
const BOB = 'bob@example.org'

let lost: Mailkeep
let found: Mailkeep
const codes: Record<string, string> = {}
const dumps: Record<string, readonly string[]> = {}

before(async () => {
  // Two vaults: whose account a code opens has to be asked of both.
  const config = 'vaults: 2\n'
  ;[lost, found] = await Promise.all([startMailkeep({ config }), newMailkeep(config)])
  for (const address of [ADA, BOB]) {
    codes[address] = await lost.addAccount(address, OLD_PASSWORD)
    await fill(address)
    using imap = await ImapConnection.login(lost.ports.imap, address, OLD_PASSWORD)
    dumps[address] = await imapDump(imap)
  }
})
after(async () => {
  await lost[Symbol.asyncDispose]()
  await found[Symbol.asyncDispose]()
})

async function fill(address: string): Promise<void> {
  for (const subject of ['first', 'second', 'third']) await deliver(lost, address, subject)
  using imap = await ImapConnection.login(lost.ports.imap, address, OLD_PASSWORD)
  await imap.must('CREATE "Projekte/Gr&APwA3w-e"')
  await imap.must('SELECT INBOX')
  await imap.must('UID STORE 1 +FLAGS (\\Flagged $Label)')
  await imap.must('UID MOVE 2 "Projekte/Gr&APwA3w-e"')
  await imap.append('Archive', Buffer.alloc(2_000_000, 'Subject: large\r\n\r\nA line of it.\r\n'), '\\Seen')
}

function deliver({ ports }: Mailkeep, to: string, subject: string): Promise<string> {
  return swaks({ port: ports.smtp, from: 'eve@example.net', to, subject, body: `Text of ${subject}.` })
}

/** All of it dies at once, without an end to anything. */
async function killAll(mailkeep: Mailkeep): Promise<void> {
  const status = JSON.parse(await mailkeep.mustCli(['status', '--json'])) as {
    readonly pid: number
    readonly processes: readonly { readonly pid: number }[]
  }
  for (const pid of [status.pid, ...status.processes.map(({ pid }) => pid)]) process.kill(pid, 'SIGKILL')
}

test('the recovery code and the ledger directory open everything on another machine', async (t) => {
  await deliver(lost, ADA, 'acknowledged at the last moment')
  await killAll(lost)
  // As copying does that keeps neither owners nor modes.
  fs.cpSync(`${lost.directory}/ledger`, `${found.directory}/ledger`, { recursive: true })

  await t.test('start says why it does not, and what helps', async () => {
    const { status, stderr } = await found.cli(['start', '--port-base', String(found.ports.smtp - 25), '--detach'])
    assert.equal(status, 78)
    assert.match(stderr, /was sealed under another server secret/)
    assert.ok(stderr.includes(`mailkeep adopt --data ${found.directory}`), stderr)
  })

  await t.test('adopt sets the old directory aside and deletes nothing', async () => {
    const filesBefore = ledgerFiles()
    const said = await found.mustCli(['adopt'])
    assert.match(said, /Logs of accounts: 3\./)
    const aside = fs.readdirSync(`${found.directory}/ledger/aside`)
    assert.deepEqual(aside, [`${'0'.repeat(32)}-1`])
    assert.equal(ledgerFiles(), filesBefore)
    assert.match((await found.cli(['adopt'])).stdout, /no directory of another machine/)
  })

  await t.test('it starts, and makes no account of its own', async () => {
    const page = await found.mustCli(['start', '--port-base', String(found.ports.smtp - 25), '--detach'])
    assert.match(page, /There is no account yet:.*account recover/s)
    assert.deepEqual(JSON.parse(await found.mustCli(['account', 'list', '--json'])), [])
    await found.mustCli(['domain', 'add', 'example.org'])
    assert.equal((await found.cli(['adopt'])).status, 1)
  })

  await t.test('a wrong code opens nothing, and nobody gets the address', async () => {
    const wrong = (codes[ADA] as string).replace(/^.{5}/, 'AAAAA')
    const { status, stderr } = await found.cli(recover(ADA), { input: `${wrong}\n${NEW_PASSWORD}\n` })
    assert.equal(status, 5, stderr)
    assert.deepEqual(JSON.parse(await found.mustCli(['account', 'list', '--json'])), [])
  })

  for (const address of [ADA, BOB]) {
    await t.test(`${address} has mail, mailboxes and flags again`, async () => {
      const said = await found.mustCli(recover(address), { input: `${codes[address]}\n${NEW_PASSWORD}\n` })
      const code = CODE.exec(said)?.[0]
      assert.ok(code)
      assert.notEqual(code, codes[address])
      codes[address] = code
      using imap = await ImapConnection.login(found.ports.imap, address, NEW_PASSWORD)
      const dump = await imapDump(imap)
      if (address === BOB) assert.deepEqual(dump, dumps[address])
      else {
        // The last message was filed here: everything else is as it was.
        const known = new Set(dump)
        const changed = (dumps[address] as string[]).filter((line) => !known.has(line))
        assert.deepEqual(
          changed.filter((line) => !/EXISTS|UIDNEXT|HIGHESTMODSEQ/.test(line)),
          [],
        )
        assert.ok(dump.some((line) => line.includes(': acknowledged at the last moment, ')))
      }
      await assert.rejects(fetchAll(found.ports.imap, address, OLD_PASSWORD), /AUTHENTICATIONFAILED/)
    })
  }

  await t.test('an account that has its address cannot be given another by its code', async () => {
    const { status } = await found.cli(recover('other@example.org'), { input: `${codes[ADA]}\n${NEW_PASSWORD}\n` })
    assert.equal(status, 5)
    assert.ok(await fetchAll(found.ports.imap, ADA, NEW_PASSWORD))
  })

  await t.test('it goes on: mail arrives, a restart keeps everything, and every byte verifies', async () => {
    await deliver(found, BOB, 'at the new machine')
    await found.stop()
    await found.start()
    const messages = await fetchAll(found.ports.imap, BOB, NEW_PASSWORD)
    assert.ok(messages.some(({ bytes }) => bytes.includes('at the new machine')))
    assert.match(await found.mustCli(['verify']), /Everything is as it was signed/)
  })
})

const recover = (address: string): string[] => ['account', 'recover', address, '--password-stdin']

function ledgerFiles(): number {
  return fs
    .readdirSync(`${found.directory}/ledger`, { recursive: true })
    .filter((name) => String(name).endsWith('.seg')).length
}
