// A disk that is full: a small file system for the data directory, filled to the brim. What is acknowledged stays, what cannot be stored is refused and
// nowhere, reading goes on; and when there is space again everything works, with the processes that were there.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { ImapConnection, fetchedString } from './imap-connection.ts'
import { type Mailkeep, mustRun, newMailkeep } from './harness.ts'
import { LineClient } from './line-client.ts'

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

let count = 0

function newMessage(): { readonly id: string; readonly bytes: Buffer } {
  const id = `n${count++}`
  const line = `${id} `.repeat(20).trim()
  const body = `${line}\r\n`.repeat(Math.ceil(MESSAGE_BYTES / (line.length + 2)))
  return { id, bytes: Buffer.from(`Subject: ${id}\r\n\r\n${body}`) }
}

/** The reply to the end of the data, or to the command that was refused. */
async function offer(client: LineClient, bytes: Buffer, to = ADDRESS): Promise<string> {
  for (const command of ['MAIL FROM:<a@example.net>', `RCPT TO:<${to}>`]) {
    const reply = await client.say(command, /^\d{3} /)
    if (!reply.startsWith('250 ')) return reply
  }
  const reply = await client.say('DATA', /^\d{3} /)
  if (!reply.startsWith('354 ')) return reply
  client.send(Buffer.concat([bytes, Buffer.from('.\r\n')]))
  return client.expect(/^\d{3} /)
}

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

/** Messages of INBOX by their subject. */
async function read(imap: ImapConnection): Promise<Map<string, string[]>> {
  await imap.must('EXAMINE INBOX')
  const found = new Map<string, string[]>()
  for (const response of await imap.must('FETCH 1:* BODY.PEEK[]')) {
    if (!response.includes('BODY[]')) continue
    const text = fetchedString(response, 'BODY[]')
    const subject = /^Subject: (.*)\r$/m.exec(text)?.[1] as string
    found.set(subject, [...(found.get(subject) ?? []), text])
  }
  return found
}

/** New mail is in INBOX in a moment. */
async function filed(imap: ImapConnection, ids: readonly string[]): Promise<void> {
  const deadline = Date.now() + FILED_MS
  for (;;) {
    const found = await read(imap)
    if (ids.every((id) => found.has(id))) return
    assert.ok(Date.now() < deadline, 'all new mail is filed')
    await sleep(100)
  }
}

function pids(status: { readonly processes: readonly { readonly name: string; readonly pid: number }[] }): string[] {
  return status.processes.map(({ name, pid }) => `${name} ${pid}`)
}

test('a full disk: 4xx and NO, nothing lost, mail is read; with space everything goes on', async () => {
  const stored = new Map<string, Buffer>()
  const refused = new Set<string>()
  const processes = pids(await mailkeep.status())
  using smtp = await LineClient.connect(mailkeep.ports.smtp)
  await smtp.expect(/^220 /)
  await smtp.say('EHLO client.example.net', /^250 /)
  using imap = await ImapConnection.login(mailkeep.ports.imap, ADDRESS, PASSWORD)
  const deliver = async (): Promise<string> => {
    const { id, bytes } = newMessage()
    const reply = await offer(smtp, bytes)
    if (reply.startsWith('250 ')) stored.set(id, bytes)
    else refused.add(id)
    return reply
  }
  const append = async (): Promise<string> => {
    const { id, bytes } = newMessage()
    const { status } = await imap.command(`APPEND INBOX (\\Flagged) {${bytes.length}}`, bytes)
    if (status.startsWith('OK ')) stored.set(id, bytes)
    else refused.add(id)
    return status
  }
  /** `isComplete`: what was delivered to a full disk cannot be filed before there is space. */
  const check = async (connection: ImapConnection, isComplete: boolean): Promise<void> => {
    const found = await read(connection)
    for (const [id, bytes] of stored) {
      if (!isComplete && id !== first.id && !found.has(id)) continue
      const [text = '', ...more] = found.get(id) ?? []
      assert.ok(text.endsWith(bytes.toString('latin1')), `${id} is there, as it was sent`)
      assert.equal(more.length, 0, `${id} is there once`)
    }
    for (const id of refused) assert.ok(!found.has(id), `${id} was refused and is not there`)
  }

  const first = newMessage()
  assert.match(await offer(smtp, first.bytes), /^250 /)
  stored.set(first.id, first.bytes)
  assert.match(await append(), /^OK \[APPENDUID /)
  {
    const away = newMessage()
    assert.match(await offer(smtp, away.bytes, AWAY), /^250 /)
    using connection = await ImapConnection.login(mailkeep.ports.imap, AWAY, PASSWORD)
    assert.ok((await read(connection)).has(away.id))
    await connection.logout()
    await mailkeep.mustCli(['account', 'lock', AWAY])
  }
  const waiting = newMessage()
  assert.match(await offer(smtp, waiting.bytes, AWAY), /^250 /)
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
  const before = await read(away)
  assert.ok(before.size === 2 && !before.has(waiting.id), 'what was filed is there')

  for (const name of ['ballast', 'rest']) fs.rmSync(`${mailkeep.directory}/${name}`)
  assert.match(await deliver(), /^250 /)
  assert.match(await append(), /^OK \[APPENDUID /)
  for (let times = 0; times < 20; times++) await deliver()
  await filed(imap, [...stored.keys()])
  await check(imap, true)
  await check(later, true)
  await filed(away, [waiting.id])
  assert.deepEqual(pids(await mailkeep.status()), processes, 'no process was started again')
  await mailkeep.mustCli(['verify'])
  assert.ok(stored.size > 20 && refused.size >= 20)
})
