// tools/verify-ledger.py was written from docs/formats/ alone. Here it and `mailkeep verify` look at the same ledgers, whole and damaged, and must say the same;
// where they may differ (docs/formats/ledger.md §10), exactly that is shown.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { after, before, test } from 'node:test'
import {
  type Mailkeep,
  type Ran,
  mustRun,
  newMailkeep,
  repository,
  run,
  startMailkeep,
  temporaryDirectory,
} from './harness.ts'
import { fetchAll } from './imap-client.ts'
import { ImapConnection } from './imap-connection.ts'
import { type Ledgers, type Planted, damageAccount, linkedCopy, randomFrom, write } from './ledger-damage.ts'
import { connectSmtp, newMessage, offer } from './offered-mail.ts'

const VERIFIER = path.join(repository, 'tools', 'verify-ledger.py')
const PASSWORD = 'a long pass phrase'
const ADA = 'ada@example.org'
const CLASSIC = 'classic@example.org'
const OTHERS = ['bob@example.org', 'una@example.org']
const CODE = /[0-9A-Z]{5}(?:-[0-9A-Z]{5}){6}/
const SIZES = [1, 10_000, 1_200_000]
const SEED = 20_261_127
const ROUNDS = Number(process.env['VERIFIER_ROUNDS'] ?? 14)

let mailkeep: Mailkeep
const temporary = temporaryDirectory()
/** Of the account by its address. */
const codes: Record<string, string> = {}
const ids: Record<string, string> = {}
const ledgers: Ledgers = { now: `${temporary.path}/now/ledger`, earlier: `${temporary.path}/earlier/ledger` }
/** Copied while it ran, with records that are in the commit journal, too. */
const running = `${temporary.path}/running/ledger`

before(async () => {
  mailkeep = await startMailkeep()
  for (const address of [ADA, CLASSIC, ...OTHERS]) {
    const options = address === CLASSIC ? ['--classic'] : []
    const args = ['account', 'add', address, '--password-stdin', ...options]
    codes[address] = CODE.exec(await mailkeep.mustCli(args, { input: `${PASSWORD}\n` }))?.[0] ?? ''
    await fill(address)
  }
  const accounts = JSON.parse(await mailkeep.mustCli(['account', 'list', '--json'])) as {
    readonly address: string
    readonly id: string
  }[]
  for (const { address, id } of accounts) ids[address] = id
  await mailkeep.mustCli(['digest', 'upgrade', '--to', 'sha512', 'bob@example.org'])
  using smtp = await connectSmtp(mailkeep.ports.smtp)
  for (const size of SIZES) assert.match(await offer(smtp, newMessage(size), 'bob@example.org'), /^250 /)
})
after(async () => {
  await mailkeep[Symbol.asyncDispose]()
  temporary[Symbol.dispose]()
})

async function fill(address: string): Promise<void> {
  using smtp = await connectSmtp(mailkeep.ports.smtp)
  for (const size of SIZES) assert.match(await offer(smtp, newMessage(size), address), /^250 /)
  using imap = await ImapConnection.login(mailkeep.ports.imap, address, PASSWORD)
  await imap.must('CREATE Work')
  await imap.must('SELECT INBOX')
  await imap.must('UID STORE 1 +FLAGS (\\Flagged $Label)')
  await imap.must('UID MOVE 2 Work')
  await imap.append('Work', 'Subject: appended\r\n\r\nx\r\n', '\\Seen')
}

interface Finding {
  readonly code: string
  /** In the words of `mailkeep verify`. */
  readonly kind?: string
  readonly account: string | null
  readonly what: string
}

interface Verdict {
  readonly whole: boolean
  readonly records: number
  readonly accounts: number
  readonly payloadBytes: number
  readonly findings: readonly Finding[]
  readonly notes: readonly Finding[]
}

function runVerifier(args: readonly string[], input = ''): Promise<Ran> {
  return run('python3', [VERIFIER, ...args], { input })
}

async function independently(ledger: string, ...args: string[]): Promise<Verdict> {
  const { status, stdout, stderr } = await runVerifier([ledger, '--json', ...args])
  assert.ok(status === 0 || status === 1, stderr)
  const verdict = JSON.parse(stdout) as Verdict
  assert.equal(status === 0, verdict.whole)
  return verdict
}

/** What `mailkeep verify` says of a copy, which lies as `ledger` in a directory. */
async function byMailkeep(ledger: string): Promise<Verdict> {
  const args = ['verify', '--json', '--data', path.dirname(ledger)]
  const { status, stdout, stderr } = await run(path.join(repository, 'mailkeep'), args)
  assert.ok(status === 0 || status === 6, stderr)
  const verdict = JSON.parse(stdout) as Omit<Verdict, 'whole' | 'notes'>
  assert.equal(status === 0, verdict.findings.length === 0)
  return { ...verdict, whole: status === 0, notes: [] }
}

function damagedAccounts({ findings }: Verdict): string[] {
  return [...new Set(findings.map(({ account }) => account ?? ''))].toSorted()
}

async function assertWholeForBoth(ledger: string): Promise<void> {
  const [ours, theirs] = await Promise.all([independently(ledger), byMailkeep(ledger)])
  assert.deepEqual([ours.findings, theirs.findings], [[], []])
  for (const count of ['accounts', 'records', 'payloadBytes'] as const) assert.equal(ours[count], theirs[count])
}

test('its primitives are as published, its reading as in the vectors', async () => {
  await mustRun('python3', ['-m', 'unittest', 'tools/verify_ledger_test.py'])
})

test('a ledger that is used is whole for both', async () => {
  const live = `${mailkeep.directory}/ledger`
  assert.equal((await independently(live)).whole, true)
  assert.equal((await byMailkeep(live)).whole, true)
  fs.cpSync(live, ledgers.earlier, { recursive: true, filter: (file) => !file.endsWith('/journal') })
  await mailkeep.mustCli(['account', 'password', ADA, '--password-stdin'], { input: `${PASSWORD}\n${PASSWORD} 2\n` })
  using smtp = await connectSmtp(mailkeep.ports.smtp)
  // While somebody writes, what is being written is no damage.
  const verdict = independently(live)
  for (let times = 0; times < 10; times++) {
    for (const address of OTHERS) assert.match(await offer(smtp, newMessage(2000), address), /^250 /)
  }
  assert.deepEqual((await verdict).findings, [])
  // The journal last: so it holds whatever the segments have.
  fs.cpSync(live, running, { recursive: true, filter: (file) => !file.endsWith('/journal') })
  fs.cpSync(`${live}/journal`, `${running}/journal`, { recursive: true })
})

test('a ledger at rest is whole for both', async () => {
  await mailkeep.stop()
  linkedCopy(`${mailkeep.directory}/ledger`, ledgers.now)
  await assertWholeForBoth(ledgers.now)
})

test('they find the same accounts damaged', async () => {
  const random = randomFrom(SEED)
  const accounts = fs
    .readdirSync(`${ledgers.now}/accounts`)
    .flatMap((prefix) => fs.readdirSync(`${ledgers.now}/accounts/${prefix}`))
  let noticed = 0
  let planted = 0
  for (let round = 0; round < ROUNDS; round++) {
    const copy = `${temporary.path}/damaged-${round}/ledger`
    linkedCopy(ledgers.now, copy)
    const damages: Planted[] = []
    for (const [index, account] of accounts.entries()) {
      if (random() < 0.4) continue
      const other = accounts[(index + 1) % accounts.length] as string
      const damage = damageAccount(copy, ledgers, account, other, random)
      if (damage !== null) damages.push(damage)
    }
    const [ours, theirs] = await Promise.all([independently(copy), byMailkeep(copy)])
    const said = JSON.stringify({ damages, ours: ours.findings, theirs: theirs.findings }, null, 1)
    assert.deepEqual(damagedAccounts(ours), damagedAccounts(theirs), said)
    for (const account of damagedAccounts(ours))
      assert.ok(
        damages.some((damage) => damage.account === account),
        said,
      )
    planted += damages.length
    noticed += damagedAccounts(ours).length
    fs.rmSync(path.dirname(copy), { recursive: true })
  }
  // The others are bytes that are appended behind the last record, or the last hash.
  assert.ok(planted >= 2.8 * ROUNDS && noticed >= 0.9 * planted, `${noticed} of ${planted}`)
})

function freshCopy(name: string, of: string = ledgers.now): string {
  const copy = `${temporary.path}/${name}/ledger`
  linkedCopy(of, copy)
  return copy
}

function accountOf(ledger: string, address: string): string {
  const id = ids[address] as string
  return `${ledger}/accounts/${id.slice(0, 2)}/${id}`
}

function changeByte(file: string, at: number): void {
  const content = fs.readFileSync(file)
  content[at] = (content[at] as number) ^ 0xff
  write(file, content)
}

test('without the verifier key neither calls it whole', async () => {
  const copy = freshCopy('no-verifier')
  write(`${copy}/verifier`, null)
  const { status } = await run(path.join(repository, 'mailkeep'), ['verify', '--data', path.dirname(copy)])
  assert.equal(status, 6)
  assert.deepEqual(
    (await independently(copy)).findings.map(({ code }) => code),
    ['verifier'],
  )
})

test('what was saved earlier names a rollback, which nobody sees otherwise', async () => {
  const saved = `${temporary.path}/saved`
  assert.equal((await runVerifier([ledgers.now, '--save-checkpoint', saved])).status, 0)
  assert.equal((await independently(ledgers.now, '--since', saved)).whole, true)
  const copy = freshCopy('rolled-back')
  const [bob, una] = ['bob@example.org', 'una@example.org']
  fs.rmSync(accountOf(copy, bob), { recursive: true })
  linkedCopy(accountOf(ledgers.earlier, bob), accountOf(copy, bob))
  fs.rmSync(accountOf(copy, una), { recursive: true })
  await assertWholeForBoth(copy)
  const { findings } = await independently(copy, '--since', saved)
  assert.deepEqual(
    findings.map(({ code, account }) => `${code} ${account}`).toSorted(),
    [`rollback ${ids[bob]}`, `rollback ${ids[una]}`].toSorted(),
  )
})

test('what the commit journal holds is damage for mailkeep verify until the next start, and a note for the verifier', async () => {
  const copy = freshCopy('unsettled', running)
  const directory = accountOf(copy, 'bob@example.org')
  const segments = fs.readdirSync(`${directory}/segments`).toSorted()
  const file = `${directory}/segments/${segments.at(-1) as string}`
  changeByte(file, fs.statSync(file).size - 1)
  const verdict = await independently(copy)
  assert.deepEqual(verdict.findings, [])
  assert.match(verdict.notes.map(({ what }) => what).join('\n'), /the next start writes it again/)
  assert.deepEqual(damagedAccounts(await byMailkeep(copy)), [ids['bob@example.org']])
  await startedOn(copy, async (other) => {
    await other.start()
    await other.stop()
    await assertWholeForBoth(`${other.directory}/ledger`)
  })
})

test('damage to the commit journal and to the signing key is told by both, and by start', async () => {
  const journal = journalInUse(running)
  for (const [file, at, code, said] of [
    [journal.file, 4096 + 70, 'journal', /should hold groups/],
    [journal.file, journal.lastGroup + 70, 'journal', /after those of the journal/],
    ['key', 3, 'key', /signing key is damaged/],
  ] as const) {
    const copy = freshCopy(`damaged-${code}-${at}`, running)
    changeByte(`${copy}/${file}`, at)
    const codes = (await independently(copy)).findings.map((finding) => finding.code)
    // With its groups go the records that were not signed yet.
    assert.ok(codes.includes(code), JSON.stringify(codes))
    const kinds = (await byMailkeep(copy)).findings.map((finding) => finding.kind)
    assert.ok(kinds.includes(code === 'key' ? 'signingKey' : code), JSON.stringify(kinds))
    await startedOn(copy, async (other) => {
      await assert.rejects(other.start(), said)
    })
  }
})

test('a ledger without its accounts is not whole for either, and is not started', async () => {
  const copy = freshCopy('no-accounts')
  fs.rmSync(`${copy}/accounts`, { recursive: true })
  fs.mkdirSync(`${copy}/accounts`)
  assert.ok((await independently(copy)).findings.some(({ code }) => code === 'accounts'))
  assert.ok((await byMailkeep(copy)).findings.some(({ kind }) => kind === 'accountsMissing'))
  await startedOn(copy, async (other) => {
    await assert.rejects(other.start(), /its accounts have gone/)
  })
})

/** The journal file with the newest groups, and where its last one begins (docs/formats/ledger.md §4). */
function journalInUse(ledger: string): { readonly file: string; readonly lastGroup: number } {
  let found = { file: '', lastGroup: 0, generation: 0n }
  for (const file of ['journal/0', 'journal/1']) {
    const content = fs.readFileSync(`${ledger}/${file}`)
    const generation = content.readBigUInt64BE(8)
    let lastGroup = 0
    for (
      let at = 4096;
      content.readBigUInt64BE(at + 8) === generation;
      at += 4096 * Math.ceil((64 + content.readUInt32BE(at + 4)) / 4096)
    )
      lastGroup = at
    if (lastGroup > 0 && generation > found.generation) found = { file, lastGroup, generation }
  }
  return found
}

/** A Mailkeep, not started, with its server secret, on a copy of that ledger. */
async function startedOn(ledger: string, use: (mailkeep: Mailkeep) => Promise<void>): Promise<void> {
  await using other = await newMailkeep()
  fs.copyFileSync(`${mailkeep.directory}/server-secret`, `${other.directory}/server-secret`)
  fs.cpSync(ledger, `${other.directory}/ledger`, { recursive: true })
  await use(other)
}

test('the recovery code and Debian’s age take out every message that X25519 sealed', async () => {
  const out = `${temporary.path}/classic`
  const said = await runVerifier(['extract', ledgers.now, out], `${codes[CLASSIC]}\n`)
  assert.equal(said.status, 0, said.stderr)
  const list = JSON.parse(fs.readFileSync(`${out}/extracted.json`, 'utf8')) as {
    readonly account: string
    readonly extracted: readonly { readonly file: string }[]
    readonly notExtracted: readonly unknown[]
  }
  assert.deepEqual([list.account, list.notExtracted], [ids[CLASSIC], []])
  const extracted = list.extracted.map(({ file }) => fs.readFileSync(`${out}/${file}`, 'latin1'))
  await mailkeep.start()
  const fetched = [
    ...(await fetchAll(mailkeep.ports.imap, CLASSIC, PASSWORD)),
    ...(await fetchAll(mailkeep.ports.imap, CLASSIC, PASSWORD, 'Work')),
  ].map(({ bytes }) => bytes.toString('latin1'))
  assert.equal(fetched.length, SIZES.length + 2)
  assert.deepEqual(extracted.toSorted(), fetched.toSorted())
})

test('what is sealed to the hybrid recipient is told, and a newer age opens it', async () => {
  const out = `${temporary.path}/hybrid`
  const said = await runVerifier(['extract', ledgers.now, out], `${codes[ADA]}\n`)
  assert.equal(said.status, 1)
  assert.match(said.stdout, /0 messages extracted, 5 not.*\n5 messages are sealed to the hybrid recipient/)
  const newer = `${temporary.path}/newer`
  const { status, stdout, stderr } = await runVerifier(
    ['extract', ledgers.now, newer, '--age', newerAge()],
    `${codes[ADA]?.toLowerCase()}\n`,
  )
  assert.equal(status, 0, stdout + stderr)
  const fetched = await fetchAll(mailkeep.ports.imap, ADA, `${PASSWORD} 2`)
  const files = fs.readdirSync(newer).filter((name) => name.endsWith('.eml'))
  assert.equal(files.length, 5)
  const contents = new Set(files.map((name) => fs.readFileSync(`${newer}/${name}`, 'latin1')))
  for (const { bytes } of fetched) assert.ok(contents.has(bytes.toString('latin1')))
})

test('digests are upgraded while mail comes and goes and the ledger is killed; both check the old and the new', async () => {
  const una = 'una@example.org'
  const live = `${mailkeep.directory}/ledger`
  using smtp = await connectSmtp(mailkeep.ports.smtp)
  for (let times = 0; times < 80; times++) assert.match(await offer(smtp, newMessage(3000), una), /^250 /)
  let isOver = false
  const traffic = (async (): Promise<number> => {
    let taken = 0
    for (; !isOver; taken++) {
      // While the ledger starts again it is a 4xx, and is offered again.
      while (!(await offer(smtp, newMessage(500), una)).startsWith('250 ')) continue
    }
    return taken
  })()
  let imap = await ImapConnection.login(mailkeep.ports.imap, una, PASSWORD)
  await imap.must('SELECT INBOX')
  await imap.must('UID STORE 1:80 +FLAGS ($Read)')
  const { processes } = await mailkeep.status()
  const flags = imap.must('UID STORE 1:80 +FLAGS (\\Flagged)').catch(() => undefined)
  const upgrade = mailkeep.cli(['digest', 'upgrade', '--to', 'sha512', una])
  while (!fs.existsSync(`${accountOf(live, una)}/digests`)) await new Promise((resolve) => setTimeout(resolve, 1))
  process.kill(processes.find(({ name }) => name === 'ledger')?.pid as number, 'SIGKILL')
  const { status, stdout } = await upgrade
  await flags
  assert.equal(status, 0, stdout)
  imap[Symbol.dispose]()
  imap = await ImapConnection.login(mailkeep.ports.imap, una, PASSWORD)
  await imap.must('SELECT INBOX')
  await imap.must('UID STORE 1:80 -FLAGS ($Read)')
  imap[Symbol.dispose]()
  isOver = true
  assert.ok((await traffic) > 0)
  const said = JSON.parse(await mailkeep.mustCli(['digest', 'status', una, '--json'])) as {
    readonly accounts: readonly { readonly state: string; readonly added: number; readonly damaged: number }[]
  }
  assert.deepEqual([said.accounts[0]?.state, said.accounts[0]?.damaged], ['done', 0])
  assert.ok((said.accounts[0]?.added ?? 0) >= 80)
  await mailkeep.stop()
  await assertWholeForBoth(live)
})

/** Debian has no age program of version 1.3 yet: this is age's library for JavaScript in its clothes. */
function newerAge(): string {
  const script = `
    import fs from 'node:fs'
    import { Decrypter } from '${import.meta.resolve('age-encryption')}'
    if (process.argv.includes('--version')) console.log('v1.3.0')
    else {
      const decrypter = new Decrypter()
      for (const line of fs.readFileSync(process.argv.at(-1), 'utf8').split('\\n')) if (line !== '') decrypter.addIdentity(line)
      fs.writeSync(1, await decrypter.decrypt(fs.readFileSync(0)))
    }`
  fs.writeFileSync(`${temporary.path}/age.mjs`, script)
  const program = `${temporary.path}/age`
  fs.writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' '${temporary.path}/age.mjs' "$@"\n`, { mode: 0o755 })
  return program
}

test('a code that opens nothing here, and what is no code, are told apart', async () => {
  const out = `${temporary.path}/nothing`
  for (const [input, message] of [
    ['00000-00000-00000-00000-00000-00000-00VS3', /opens no account here/],
    ['00000-00000-00000-00000-00000-00000-00VS4', /no recovery code/],
  ] as const) {
    const { status, stderr } = await runVerifier(['extract', ledgers.now, out], input)
    assert.equal(status, 2)
    assert.match(stderr, message)
    assert.equal(fs.existsSync(out), false)
  }
})
