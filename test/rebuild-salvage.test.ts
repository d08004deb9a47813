// An account whose index is gone, and then one whose log is damaged. The index is made again while its owner waits, uses the account, or kills the process
// that makes it; and what is whole of a damaged log is exported, and read by other programs.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { AccountId, Seq } from '#base/ids.ts'
import { LogReader } from '#ledger/reader.ts'
import { systemDisk } from '#platform/disk.ts'
import { fillStopped } from '../bench/stopped-mailkeep.ts'
import { launchBrowser, openPage } from './browser.ts'
import { type Mailkeep, mustRun, repository, startMailkeep, temporaryDirectory } from './harness.ts'
import { swaks } from './imap-client.ts'
import { ImapConnection } from './imap-connection.ts'

const ADA = 'ada@example.org'
const PASSWORD = 'a long pass phrase'
const MESSAGES = 1000

let mailkeep: Mailkeep
let code = ''
let id: AccountId
let dump = ''
const scratch = temporaryDirectory()

before(async () => {
  mailkeep = await startMailkeep()
  code = await mailkeep.addAccount(ADA, PASSWORD)
  await mailkeep.stop()
  ;({ account: id } = await fillStopped(mailkeep, code, MESSAGES))
  await mailkeep.start()
  dump = await dumpWhenReady()
})
after(async () => {
  await mailkeep[Symbol.asyncDispose]()
  scratch[Symbol.dispose]()
})

/** All that is derived and that the journal says, of all mailboxes. */
async function dumpWhenReady(): Promise<string> {
  for (;;) {
    using imap = await ImapConnection.open(mailkeep.ports.imap)
    const { status } = await imap.command(`LOGIN "${ADA}" "${PASSWORD}"`)
    if (!status.startsWith('OK')) {
      assert.match(status, /^NO \[UNAVAILABLE\]/)
      await sleep(200)
      continue
    }
    const hash = createHash('sha256')
    for (const mailbox of ['INBOX', 'Archive']) {
      const examined = await imap.must(`EXAMINE ${mailbox} (CONDSTORE)`)
      hash.update(examined.filter((line) => /UIDVALIDITY|UIDNEXT|HIGHESTMODSEQ|EXISTS/.test(line)).join('\n'))
      const items = 'UID FLAGS MODSEQ INTERNALDATE RFC822.SIZE ENVELOPE BODYSTRUCTURE'
      hash.update((await imap.must(`FETCH 1:* (${items})`)).join('\n').replaceAll(/ ?\\Recent/g, ''))
      hash.update((await imap.must('SEARCH TEXT "ea"')).join('\n'))
    }
    return hash.digest('hex')
  }
}

function removeIndex(): void {
  const vault = `${mailkeep.directory}/index/0`
  for (const name of fs.readdirSync(vault)) if (name.startsWith(`${id}.index`)) fs.rmSync(`${vault}/${name}`)
}

async function vaultPid(): Promise<number> {
  return (await mailkeep.status()).processes.find(({ name }) => name === 'vault-0')?.pid ?? 0
}

async function restartWithoutIndex(): Promise<void> {
  await mailkeep.stop()
  removeIndex()
  await mailkeep.start()
}

interface Line {
  readonly progress?: { readonly unit: string; readonly done: number; readonly total: number }
  readonly emails?: number
}

/** What `rebuild-index --json` prints, line by line. Null: the process that it asked has gone, or the account is locked. */
function rebuild(told: (line: Line) => void = () => undefined): Promise<readonly Line[] | null> {
  const child = spawn(`${repository}/mailkeep`, ['rebuild-index', ADA, '--json', '--data', mailkeep.directory])
  const lines: Line[] = []
  let rest = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const whole = (rest + text).split('\n')
    rest = whole.pop() ?? ''
    for (const line of whole) {
      lines.push(JSON.parse(line) as Line)
      told(lines.at(-1) as Line)
    }
  })
  return new Promise((resolve) => child.once('close', (status) => resolve(status === 0 ? lines : null)))
}

/** The process gets a tenth of the time while `work` goes on: however fast the machine is, there is something to be waited for. */
async function slowedDown(pid: number, work: () => Promise<void>): Promise<void> {
  let isOver = false
  const working = work().finally(() => (isOver = true))
  try {
    while (!isOver) {
      process.kill(pid, 'SIGSTOP')
      await sleep(180)
      process.kill(pid, 'SIGCONT')
      await sleep(20)
    }
  } finally {
    await working
  }
}

test('without an index one is told how far it is, by IMAP and on the page, and gets in when it is done', async () => {
  const browser = await launchBrowser()
  try {
    await restartWithoutIndex()
    const pid = await vaultPid()
    const opened = await openPage(browser, mailkeep)
    using imap = await ImapConnection.open(mailkeep.ports.imap)
    const { page } = opened
    await page.getByLabel('Address').fill(ADA)
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD)
    const answer = imap.command(`LOGIN "${ADA}" "${PASSWORD}"`)
    await page.getByRole('button', { name: 'Log in' }).click()
    const told = /^NO \[UNAVAILABLE\] The index of this account is being made again: \d+ %.*\. Nothing is lost/
    await slowedDown(pid, async () => {
      assert.match((await answer).status, told)
      await page.getByRole('progressbar').waitFor({ timeout: 30_000 })
    })
    await page.getByText(/The index of your mail is being made again: \d+ %/).waitFor()
    await page.getByRole('heading', { name: 'Inbox' }).waitFor({ timeout: 30_000 })
    await opened[Symbol.asyncDispose]()
    assert.equal(await dumpWhenReady(), dump)
  } finally {
    await browser.close()
  }
})

test('killed while it is made, it is gone on with, and is the same in the end', async () => {
  await restartWithoutIndex()
  const begins: number[] = []
  for (let kills = 0; kills < 2; kills++) {
    const pid = await vaultPid()
    using imap = await ImapConnection.open(mailkeep.ports.imap)
    imap.send(`x LOGIN "${ADA}" "${PASSWORD}"\r\n`)
    let isKilled = false
    let began = -1
    while (!isKilled) {
      const lines = await rebuild(({ progress }) => {
        if (progress?.unit !== 'messages' || isKilled) return
        if (began < 0) began = progress.done
        if (progress.done < began + 100) return
        isKilled = true
        process.kill(pid, 'SIGKILL')
      })
      assert.ok(lines === null || isKilled, 'it was made before it could be killed')
    }
    begins.push(began)
    while ((await mailkeep.status()).processes.some(({ pid: one, state }) => one === pid || state !== 'running')) {
      await sleep(100)
    }
  }
  assert.equal(await dumpWhenReady(), dump)
})

test('an index in use is made again beside it, while mail comes and is read; broken off, nothing is lost', async () => {
  using imap = await ImapConnection.login(mailkeep.ports.imap, ADA, PASSWORD)
  await imap.must('SELECT INBOX')
  const child = spawn(`${repository}/mailkeep`, ['rebuild-index', ADA, '--data', mailkeep.directory])
  await sleep(800)
  child.kill('SIGINT')
  let read = 0
  const finished = rebuild(({ progress }) => {
    if (progress === undefined) return
    read++
  })
  await swaks({ port: mailkeep.ports.smtp, from: 'eve@example.net', to: ADA, subject: 'meanwhile', body: 'It came.' })
  await imap.must('NOOP')
  assert.ok((await imap.must('FETCH 1:5 (ENVELOPE)')).length >= 5)
  const lines = (await finished) ?? []
  assert.ok(read > 0)
  assert.ok((lines.at(-1)?.emails ?? 0) > MESSAGES * 0.9)
  using again = await ImapConnection.login(mailkeep.ports.imap, ADA, PASSWORD)
  await again.must('SELECT INBOX')
  assert.match((await again.must('SEARCH SUBJECT "meanwhile"')).join(), /SEARCH \d+/)
})

interface Manifest {
  readonly record: number
  readonly what?: string
  readonly damage?: { readonly kind: string }
  readonly sha256?: string
  readonly files?: readonly {
    readonly path: string
    readonly mailbox: string | null
    readonly flags: readonly string[]
  }[]
}

test('of a damaged copy of the log what is whole is exported, and read by mbsync and NeoMutt', async () => {
  const copy = `${scratch.path}/ledger`
  fs.cpSync(`${mailkeep.directory}/ledger`, copy, { recursive: true })
  const { mail, journal } = recordsOf(copy)
  const lost = [3, 300, 700].map((at) => mail[at] as Place)
  // Not one of the newest, so that there are messages on both sides.
  const broken = journal[Math.floor(journal.length / 2)] as Place
  for (const { file, at } of [...lost, broken]) flip(file, at + 200)
  // In it is most of what was written last: of a log that has grown there is less.
  fs.rmSync(`${copy}/journal`, { recursive: true })
  for (const name of ['tree', 'checkpoints', 'slots']) {
    fs.rmSync(`${copy}/accounts/${id.slice(0, 2)}/${id}/${name}`, { recursive: true })
  }
  const { status, report, out } = await salvaged(copy, 'maildir')
  assert.equal(status, 6)
  assert.equal(report['lost'], lost.length)
  const lines = fs.readFileSync(`${out}/manifest.jsonl`, 'utf8').trim().split('\n')
  const manifest = lines.map((line) => JSON.parse(line) as Manifest)
  const named = manifest.filter(({ damage }) => damage !== undefined)
  assert.deepEqual(
    named.map(({ record }) => record).sort((a, b) => a - b),
    [...lost, broken].map(({ seq }) => seq).sort((a, b) => a - b),
  )
  const unfiled = manifest.filter(({ files }) => files?.some(({ mailbox }) => mailbox === null)).length
  assert.ok(unfiled > MESSAGES / 4 && unfiled < MESSAGES, `${unfiled} unfiled`)
  assert.match(
    fs.readFileSync(`${out}/damage.txt`, 'utf8'),
    /record \d+: bytes \d+ to \d+ of segments\/0+\.seg were changed \(message, in Archive, UID \d+/,
  )
  await mustRun('sha256sum', ['--check', '--quiet', 'SHA256SUMS'], { cwd: out })
  await readByMbsync(out, manifest)

  const mbox = `${scratch.path}/mbox`
  // By the password, where Mailkeep has its server secret: of the log as it is.
  const said = await mailkeep.mustCli(['salvage', ADA, '--to', mbox, '--password-stdin', '--format', 'mbox'], {
    input: `${PASSWORD}\n`,
  })
  assert.match(said, /^\d+ messages(?:, \d+ files)?, in /m)
  await readByNeoMutt(`${mbox}/mbox/INBOX.mbox`, fs.readFileSync(`${mbox}/manifest.jsonl`, 'utf8'))
  const refused = await mailkeep.cli(['salvage', ADA, '--to', mbox, '--password-stdin'], { input: `${PASSWORD}\n` })
  assert.equal(refused.status, 1)
  assert.match(refused.stderr, /is not empty/)
  const wrong = await mailkeep.cli(['salvage', ADA, '--to', `${mbox}-2`, '--password-stdin'], { input: 'wrong\n' })
  assert.equal(wrong.status, 5)
  await ontoSmallDisk(copy, report)
})

/** A disk that is too small, and then large enough: the same command goes on. */
async function ontoSmallDisk(ledger: string, whole: Record<string, unknown>): Promise<void> {
  const disk = `${scratch.path}/disk`
  fs.mkdirSync(disk)
  await mustRun('mount', ['-t', 'tmpfs', '-o', 'size=400k', 'tmpfs', disk])
  try {
    const args = [
      'salvage',
      '--ledger',
      ledger,
      '--to',
      `${disk}/export`,
      '--recovery-code-stdin',
      '--json',
      '--resume',
    ]
    const full = await mailkeep.cli(args, { input: `${code}\n` })
    assert.equal(full.status, 1)
    assert.match(full.stderr, /export: there is no space left\..*--resume goes on/)
    assert.doesNotMatch(full.stderr, /    at /)
    await mustRun('mount', ['-o', 'remount,size=64m', disk])
    const { status, stdout } = await mailkeep.cli(args, { input: `${code}\n` })
    assert.equal(status, 6)
    const report = JSON.parse(stdout.trim().split('\n').at(-1) as string) as Record<string, unknown>
    assert.deepEqual([report['messages'], report['lost']], [whole['messages'], whole['lost']])
    await mustRun('sha256sum', ['--check', '--quiet', 'SHA256SUMS'], { cwd: `${disk}/export` })
    await mustRun('mount', ['-o', 'remount,ro', disk])
    const unwritable = await mailkeep.cli(args.with(4, `${disk}/other`), { input: `${code}\n` })
    assert.equal(unwritable.status, 1)
    assert.match(unwritable.stderr, /other: it cannot be written \((?:EROFS|ENOENT)\)\./)
  } finally {
    await mustRun('umount', [disk])
  }
}

async function salvaged(
  ledger: string,
  format: string,
): Promise<{ readonly status: number | null; readonly report: Record<string, unknown>; readonly out: string }> {
  const out = `${scratch.path}/${format}`
  const args = ['salvage', '--ledger', ledger, '--to', out, '--recovery-code-stdin', '--format', format, '--json']
  const { status, stdout } = await mailkeep.cli(args, { input: `${code}\n` })
  return { status, report: JSON.parse(stdout.trim().split('\n').at(-1) as string) as Record<string, unknown>, out }
}

interface Place {
  readonly seq: number
  readonly file: string
  readonly at: number
}

function recordsOf(ledger: string): { readonly mail: Place[]; readonly journal: Place[] } {
  const found = { mail: [] as Place[], journal: [] as Place[] }
  using reader = new LogReader(systemDisk, ledger, id)
  for (const { header, location } of reader.records({ seq: 0 as Seq, location: null })) {
    if (location === null || (header.kind !== 'mail' && header.kind !== 'journal')) continue
    const name = `${location.segment.toString(16).padStart(16, '0')}.seg`
    const file = `${ledger}/accounts/${id.slice(0, 2)}/${id}/segments/${name}`
    found[header.kind].push({ seq: header.seq, file, at: location.offset })
  }
  return found
}

function flip(file: string, at: number): void {
  const descriptor = fs.openSync(file, 'r+')
  const byte = Buffer.alloc(1)
  fs.readSync(descriptor, byte, 0, 1, at)
  fs.writeSync(descriptor, Buffer.of((byte[0] as number) ^ 4), 0, 1, at)
  fs.closeSync(descriptor)
}

async function readByMbsync(out: string, manifest: readonly Manifest[]): Promise<void> {
  const root = `${scratch.path}/mbsync`
  fs.mkdirSync(root)
  const store = (name: string, inbox: string): string =>
    `MaildirStore ${name}\nInbox ${inbox}\nSubFolders Maildir++\n\n`
  const channel = 'Channel all\nFar :far:\nNear :near:\nPatterns *\nSync Pull\nCreate Near\nSyncState *\n'
  fs.writeFileSync(`${root}/rc`, store('far', `${out}/Maildir`) + store('near', `${root}/near`) + channel)
  await mustRun('mbsync', ['-c', `${root}/rc`, 'all'], { env: { HOME: root } })
  for (const [mailbox, folder] of [
    ['INBOX', ''],
    ['Archive', '/.Archive'],
  ] as const) {
    const exported = manifest.flatMap(({ files = [] }) => files).filter((file) => file.mailbox === mailbox)
    const held = ['cur', 'new'].flatMap((part) => fs.readdirSync(`${root}/near${folder}/${part}`))
    assert.equal(held.length, exported.length, mailbox)
    const seen = exported.filter(({ flags }) => flags.includes('\\Seen')).length
    assert.equal(held.filter((name) => /:2,[A-Z]*S/.test(name)).length, seen, mailbox)
    assert.ok(held.length > 10)
  }
}

/** It copies all that it finds in the file to another one. */
async function readByNeoMutt(mbox: string, manifest: string): Promise<void> {
  const copy = `${scratch.path}/copy.mbox`
  const settings =
    'set mbox_type=mbox confirmcreate=no confirmappend=no delete=no move=no quit=yes wait_key=no auto_tag=yes'
  const keys = `push T~A<enter>C${copy}<enter>q`
  const command = `neomutt -n -F /dev/null -e '${settings}' -f ${mbox} -e '${keys}'`
  await mustRun('script', ['-qec', command, '/dev/null'], { env: { TERM: 'xterm' } })
  const inbox = manifest.split('"mailbox":"INBOX"').length - 1
  const heads = fs.readFileSync(copy, 'latin1').match(/^From \S+ .*\d{4}$/gm)?.length
  assert.equal(heads, inbox)
}
