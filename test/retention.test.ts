// Deleted mail as a user meets it: it can be restored for the retention time, then its space returns, and everybody who checks the log agrees that it is whole. And an
// account that its operator destroys: nothing here opens it any more.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import type { AccountId, Seq } from '#base/ids.ts'
import { atOnce } from '#base/steps.ts'
import { dropPayloads } from '#ledger/drop-payloads.ts'
import { openLedger } from '#ledger/ledger.ts'
import { OpenFiles } from '#ledger/open-files.ts'
import { type Clock, sleep } from '#platform/clock.ts'
import { systemDisk } from '#platform/disk.ts'
import { ownerOf, setOwnerOfTree } from '#platform/files.ts'
import { type Mailkeep, mustRun, repository, run, startMailkeep } from './harness.ts'

const ADA = 'ada@example.org'
const BOB = 'bob@example.org'
const PASSWORD = 'a long pass phrase'
const DAY_MS = 86_400_000
const VERIFIER = path.join(repository, 'tools/verify-ledger.py')

/** Python's imaplib; what is on standard input may use `client`. Prints the messages of INBOX by their subjects. */
const IMAP = `
import base64, hashlib, imaplib, json, re, sys
client = imaplib.IMAP4('127.0.0.1', int(sys.argv[1]))
client.login(sys.argv[2], sys.argv[3])
def body(number):
    noise = b'\\r\\n'.join(base64.b64encode(hashlib.sha256(b'%d %d' % (number, line)).digest()) for line in range(400))
    return b'From: b@example.net\\r\\nSubject: number %d\\r\\n\\r\\n' % number + noise + b'\\r\\n'
client.select('INBOX')
exec(sys.stdin.read())
found = {}
for item in client.uid('FETCH', '1:*', '(BODY.PEEK[])')[1]:
    if isinstance(item, tuple):
        number = re.search(rb'Subject: number (\\d+)\\r\\n', item[1])
        if number:
            assert item[1] == body(int(number[1])), 'byte for byte'
            found[int(number[1])] = len(item[1])
client.logout()
print(json.dumps(sorted(found)))
`

const FILL = 'for number in range(40): client.append("INBOX", None, None, body(number))\nclient.noop()\n'

function expunge(...numbers: number[]): string {
  return `
for number in ${JSON.stringify(numbers)}:
    uids = client.uid('SEARCH', 'SUBJECT', '"number %d"' % number)[1][0].split()
    for uid in uids:
        if (b'number %d\\r\\n' % number) in client.uid('FETCH', uid, '(BODY.PEEK[HEADER])')[1][0][1]:
            client.uid('STORE', uid, '+FLAGS', '(\\\\Deleted)')
client.expunge()
`
}

async function imap(mailkeep: Mailkeep, commands = ''): Promise<number[]> {
  const arguments_ = ['-c', IMAP, String(mailkeep.ports.imap), ADA, PASSWORD]
  return JSON.parse(await mustRun('python3', arguments_, { input: commands })) as number[]
}

/** A clock that this test turns. */
function turnedClock(): Clock & { turn(durationMs: number): void } {
  let passed = 0
  let timers: { readonly at: number; readonly action: () => void }[] = []
  return {
    now: () => Date.now(),
    monotonic: () => passed,
    after(delayMs, action) {
      const timer = { at: passed + delayMs, action }
      timers.push(timer)
      return { cancel: () => void (timers = timers.filter((other) => other !== timer)) }
    },
    turn(durationMs) {
      passed += durationMs
      const due = timers.filter(({ at }) => at <= passed)
      timers = timers.filter(({ at }) => at > passed)
      for (const { action } of due) action()
    },
  }
}

/** Bytes, by account. */
type Dropped = ReadonlyMap<string, number>

/** What the ledger process does in so many days, in this one: production has no way to make its clock go faster. */
async function passDays(mailkeep: Mailkeep, days: number): Promise<Dropped> {
  const directory = path.join(mailkeep.directory, 'ledger')
  const owner = ownerOf(directory)
  const clock = turnedClock()
  const dropped = new Map<string, number>()
  const ledger = await openLedger({
    disk: systemDisk,
    clock,
    directory,
    parity: { percent: 10 },
    retention: {
      periodMs: 30 * DAY_MS,
      dropped: (account, _records, bytes) => void dropped.set(account, (dropped.get(account) ?? 0) + bytes),
    },
  })
  clock.turn(70_000)
  await sleep(300)
  for (let passed = 0; passed < days; passed++) {
    clock.turn(DAY_MS)
    await sleep(5)
    await ledger.retention?.status()
  }
  await sleep(300)
  await ledger.close()
  setOwnerOfTree(directory, owner)
  return dropped
}

function bytesOfSegments(mailkeep: Mailkeep, account: string): number {
  const directory = path.join(mailkeep.directory, 'ledger', 'accounts', account.slice(0, 2), account, 'segments')
  return fs.readdirSync(directory).reduce((sum, name) => sum + fs.statSync(path.join(directory, name)).size, 0)
}

async function assertVerifies(mailkeep: Mailkeep): Promise<void> {
  assert.match(await mailkeep.mustCli(['verify']), /Everything is as it was signed/)
  const python = await run('python3', [VERIFIER, path.join(mailkeep.directory, 'ledger')])
  assert.equal(python.status, 0, python.stdout)
}

test('deleted mail can be restored for its time, then its space returns; and what opens a destroyed account goes at once', async () => {
  await using mailkeep = await startMailkeep({ accounts: { [ADA]: PASSWORD } })
  const json = async (...args: string[]): Promise<any> => JSON.parse(await mailkeep.mustCli([...args, '--json']))
  const all = await imap(mailkeep, FILL)
  assert.equal(all.length, 40)
  const { record: then } = await json('restore', ADA, 'show', '--at', 'now')
  const kept = all.filter((number) => number % 2 === 0)
  const deleted = all.filter((number) => number % 2 === 1)
  assert.deepEqual(await imap(mailkeep, expunge(...deleted)), kept)

  // Within the time everything is there, says how long, and comes back.
  await passTime(mailkeep, 29)
  const { accounts, periodMs } = await json('retention', 'status')
  assert.equal(periodMs, 30 * DAY_MS)
  assert.equal(accounts[0].address, ADA)
  const ada = accounts[0].id
  const before = bytesOfSegments(mailkeep, ada)
  assert.equal(accounts[0].records, deleted.length)
  assert.ok(accounts[0].firstMs > 0 && accounts[0].firstMs < 2 * DAY_MS)
  assert.match(await mailkeep.mustCli(['status']), /Retention: 20 deleted messages .* in \d+ [hd]/)
  await unlock(mailkeep)
  const shown = await json('restore', ADA, 'show', '--at', `record:${then}`, '--mailbox', 'INBOX')
  const first = shown.messages.find(({ subject }: { subject: string }) => subject === 'number 1')
  assert.ok(Date.parse(first.restorableUntil) > Date.now())
  await json('restore', ADA, 'run', '--at', `record:${then}`, '--message', String(first.email))
  const left = [...kept, 1].sort((a, b) => a - b)
  assert.deepEqual(await imap(mailkeep), left)

  const destroyed = await destroyBob(mailkeep)

  // Afterwards what was not restored has gone, and nothing else.
  const dropped = await passTime(mailkeep, 45)
  const freed = dropped.get(ada) ?? 0
  assert.ok(freed > (deleted.length - 1) * 18_000)
  assert.ok(before - bytesOfSegments(mailkeep, ada) > freed / 2, 'space returns, but for parity and what came since')
  assert.ok((dropped.get(destroyed) ?? 0) > 500)
  await assertVerifies(mailkeep)
  assert.deepEqual(await imap(mailkeep), left)
  const gone = await json('restore', ADA, 'show', '--at', `record:${then}`, '--mailbox', 'INBOX')
  assert.equal(gone.messages.filter(({ state }: { state: string }) => state === 'dropped').length, deleted.length - 1)
  const restored = await mailkeep.cli(['restore', ADA, 'run', '--at', `record:${then}`, '--json'])
  assert.equal(restored.status, 1)
  const { problems } = JSON.parse(restored.stdout)
  assert.deepEqual(new Set(problems.map(({ reason }: { reason: string }) => reason)), new Set(['dropped']))
  const audited = await mailkeep.mustCli(['audit', ADA])
  assert.match(audited, / release .*nothing stands for record.* any more/)
  assert.equal(audited.match(/its payload was dropped \d{4}-/g)?.length, deleted.length - 1)
  assert.match(await mailkeep.mustCli(['audit', destroyed]), /a key slot was added or revoked: its payload was dropped/)
  // The log goes on, also after the index is made again.
  await mailkeep.mustCli(['rebuild-index', ADA])
  assert.deepEqual(await imap(mailkeep, 'client.append("INBOX", None, None, body(99))\nclient.noop()\n'), [...left, 99])
  await assertVerifies(mailkeep)

  // Whoever drops what nobody released is found out.
  await mailkeep.stop()
  await dropUnreleased(mailkeep, ada)
  const verified = await mailkeep.cli(['verify'])
  assert.equal(verified.status, 6)
  assert.match(verified.stdout, /^ALARM: .*payloadDropped/m)
  const python = await run('python3', [VERIFIER, path.join(mailkeep.directory, 'ledger')])
  assert.equal(python.status, 1)
  assert.match(python.stdout, /DAMAGED .*nothing in the log says that it may be/)
})

/** Returns the account's id. */
async function destroyBob(mailkeep: Mailkeep): Promise<string> {
  const code = await mailkeep.addAccount(BOB, PASSWORD)
  const accounts = JSON.parse(await mailkeep.mustCli(['account', 'list', '--json'])) as {
    id: string
    address: string
  }[]
  const { id } = accounts.find(({ address }) => address === BOB) as { id: string }

  // Not by mistake.
  for (const yes of [[], ['--yes', ADA]]) {
    assert.equal((await mailkeep.cli(['account', 'destroy', BOB, ...yes])).status, 2)
  }
  const said = await mailkeep.mustCli(['account', 'destroy', BOB, '--yes', BOB])
  assert.match(said, /2 key slots destroyed/)
  assert.match(said, /replicas, backups, snapshots/)

  const unlocking = await mailkeep.cli(['account', 'unlock', BOB, '--password-stdin'], { input: `${PASSWORD}\n` })
  assert.equal(unlocking.status, 4)
  const recovery = { input: `${code}\n${PASSWORD}\n` }
  assert.equal((await mailkeep.cli(['account', 'recover', BOB, '--password-stdin'], recovery)).status, 5)
  const ledger = path.join(mailkeep.directory, 'ledger')
  assert.equal(fs.statSync(path.join(ledger, 'accounts', id.slice(0, 2), id, 'slots')).size, 0)
  assert.equal(fs.existsSync(path.join(mailkeep.directory, 'index', '0', `${id}.index`)), false)
  const extract = [VERIFIER, 'extract', ledger, path.join(mailkeep.directory, 'out')]
  const extracted = await run('python3', extract, { input: `${code}\n` })
  assert.equal(extracted.status, 2)
  assert.match(extracted.stderr, /opens no account here/)
  // Again, by its id: nothing is left to do.
  assert.match(await mailkeep.mustCli(['account', 'destroy', id, '--yes', id]), /0 key slots/)
  return id
}

/** A message that is there, from a closed segment. */
async function dropUnreleased(mailkeep: Mailkeep, account: string): Promise<void> {
  const directory = path.join(mailkeep.directory, 'ledger')
  const owner = ownerOf(directory)
  let left = 1
  const outcome = await dropPayloads(
    {
      disk: systemDisk,
      directory,
      files: new OpenFiles(systemDisk, 4),
      run: (steps) => Promise.resolve(atOnce(steps)),
    },
    {
      account: account as AccountId,
      first: 0 as Seq,
      mayDrop: ({ kind, payloadLength }) => kind === 'mail' && payloadLength > 15_000 && left-- > 0,
      confirm(_records, replace) {
        replace()
        return Promise.resolve(true)
      },
    },
  )
  assert.equal(outcome.kind, 'dropped')
  setOwnerOfTree(directory, owner)
}

async function passTime(mailkeep: Mailkeep, days: number): Promise<Dropped> {
  await mailkeep.stop()
  const dropped = await passDays(mailkeep, days)
  await mailkeep.start()
  return dropped
}

async function unlock(mailkeep: Mailkeep): Promise<void> {
  await mailkeep.mustCli(['account', 'unlock', ADA, '--password-stdin'], { input: `${PASSWORD}\n` })
}
