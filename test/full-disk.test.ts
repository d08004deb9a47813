// A disk that is full: a small file system for the data directory, filled to the brim. What is acknowledged stays, what cannot be stored is refused and
// nowhere, reading goes on; and when there is space again everything works, with the processes that were there.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { ImapConnection } from './imap-connection.ts'
import { type Mailkeep, mustRun, newMailkeep } from './harness.ts'
import { type OfferedMessage, assertStored, connectSmtp, messagesBySubject, newMessage, offer } from './offered-mail.ts'

const PASSWORD = 'a long pass phrase'
const ADDRESS = 'ada@example.org'
/** Logged out when the disk fills up, with new mail. */
const AWAY = 'bob@example.org'
/** The commit journal has half of it. */
const DISK_MIB = 128
const LEFT_BYTES = 600_000
const MESSAGE_BYTES = 20_000
const PAGE_BYTES = 4_096
const FILED_MS = 30_000

let mailkeep: Mailkeep

before(async () => {
  assert.equal(process.getuid?.(), 0, 'mounting a file system needs root: run npm test as root')
  mailkeep = await newMailkeep()
  await mustRun('mount', ['-t', 'tmpfs', '-o', `size=${DISK_MIB}m,mode=0755`, 'tmpfs', mailkeep.directory])
  await mailkeep.start()
  await mailkeep.mustCli(['domain', 'add', 'example.org'])
  for (const address of [ADDRESS, AWAY]) await mailkeep.addAccount(address, PASSWORD)
})
after(async () => {
  await mailkeep.cli(['stop'])
  await mustRun('umount', ['--lazy', mailkeep.directory])
  await mailkeep[Symbol.asyncDispose]()
})

function freeBytes(): number {
  const { bavail, bsize } = fs.statfsSync(mailkeep.directory)
  return bavail * bsize
}

/** So that so much is left. */
function fill(name: string, leftBytes: number): void {
  const ballast = fs.openSync(`${mailkeep.directory}/${name}`, 'w')
  const piece = Buffer.alloc(PAGE_BYTES)
  while (freeBytes() > leftBytes) fs.writeSync(ballast, piece)
  fs.closeSync(ballast)
}

/** New mail is in INBOX in a moment. */
async function filed(imap: ImapConnection, ids: readonly string[]): Promise<void> {
  const deadline = Date.now() + FILED_MS
  for (;;) {
    const found = await messagesBySubject(imap)
    if (ids.every((id) => found.has(id))) return
    assert.ok(Date.now() < deadline, 'all new mail is filed')
    await sleep(100)
  }
}

function pids(status: { readonly processes: readonly { readonly name: string; readonly pid: number }[] }): string[] {
  return status.processes.map(({ name, pid }) => `${name} ${pid}`)
}

test('a full disk: 4xx and NO, nothing lost, mail is read; with space everything goes on', async () => {
  const stored: OfferedMessage[] = []
  const refused: OfferedMessage[] = []
  const processes = pids(await mailkeep.status())
  using smtp = await connectSmtp(mailkeep.ports.smtp)
  using imap = await ImapConnection.login(mailkeep.ports.imap, ADDRESS, PASSWORD)
  const deliver = async (): Promise<string> => {
    const message = newMessage(MESSAGE_BYTES)
    const reply = await offer(smtp, message, ADDRESS)
    const into = reply.startsWith('250 ') ? stored : refused
    into.push(message)
    return reply
  }
  const append = async (): Promise<string> => {
    const message = newMessage(MESSAGE_BYTES)
    const { status } = await imap.command(`APPEND INBOX (\\Flagged) {${message.bytes.length}}`, message.bytes)
    const into = status.startsWith('OK ') ? stored : refused
    into.push(message)
    return status
  }
  /** `isComplete`: what was delivered to a full disk cannot be filed before there is space. */
  const check = async (connection: ImapConnection, isComplete: boolean): Promise<void> => {
    const found = await messagesBySubject(connection)
    for (const message of stored)
      if (isComplete || message === first || found.has(message.id)) assertStored(found, message)
    for (const { id } of refused) assert.ok(!found.has(id), `${id} was refused and is not there`)
  }

  assert.match(await deliver(), /^250 /)
  const first = stored[0]
  assert.match(await append(), /^OK \[APPENDUID /)
  {
    const away = newMessage(MESSAGE_BYTES)
    assert.match(await offer(smtp, away, AWAY), /^250 /)
    using connection = await ImapConnection.login(mailkeep.ports.imap, AWAY, PASSWORD)
    assert.ok((await messagesBySubject(connection)).has(away.id))
    await connection.logout()
    await mailkeep.mustCli(['account', 'lock', AWAY])
  }
  const waiting = newMessage(MESSAGE_BYTES)
  assert.match(await offer(smtp, waiting, AWAY), /^250 /)
  fill('ballast', LEFT_BYTES)
  let reply: string
  do reply = await deliver()
  while (reply.startsWith('250 '))
  fill('rest', 0)
  for (let times = 0; times < 10; times++) {
    assert.match(await deliver(), /^452 4\.3\.1 /)
    assert.match(await append(), /^NO \[(?:OVERQUOTA|UNAVAILABLE)\] /)
  }
  // In the session that was there, and after a new login.
  await check(imap, false)
  using later = await ImapConnection.login(mailkeep.ports.imap, ADDRESS, PASSWORD)
  await check(later, false)
  using away = await ImapConnection.login(mailkeep.ports.imap, AWAY, PASSWORD)
  const before = await messagesBySubject(away)
  assert.ok(before.size === 2 && !before.has(waiting.id), 'what was filed is there')

  // An index cannot be made again; the one in use stays, and those who use it.
  const rebuild = ['rebuild-index', ADDRESS]
  const refusal = await mailkeep.cli(rebuild)
  assert.equal(refusal.status, 1)
  assert.match(refusal.stderr, /(?:no space left|the disk failed).*The index in use stays.*goes on with it/)
  await check(later, false)

  for (const name of ['ballast', 'rest']) fs.rmSync(`${mailkeep.directory}/${name}`)
  assert.match(await deliver(), /^250 /)
  assert.match(await append(), /^OK \[APPENDUID /)
  for (let times = 0; times < 20; times++) await deliver()
  await filed(
    imap,
    stored.map(({ id }) => id),
  )
  await check(imap, true)
  await check(later, true)
  await filed(away, [waiting.id])
  assert.deepEqual(pids(await mailkeep.status()), processes, 'no process was started again')
  await mailkeep.mustCli(['verify'])
  assert.match(await mailkeep.mustCli(rebuild), /the index is made again, with \d+ messages/)
  assert.ok(stored.length > 20 && refused.length >= 20)
})
