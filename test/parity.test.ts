// Damage on the disk, end to end: mail is delivered by SMTP, Mailkeep is stopped, bytes of its log are changed, and after the start everything is served
// as it was sent, the files are as they were, and the damage log tells. What is beyond the parity is refused by name, and all else is served.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { ImapConnection } from './imap-connection.ts'
import { fetchAll, withoutTrace } from './imap-client.ts'
import { type Mailkeep, startMailkeep } from './harness.ts'
import { sendAll } from './smtp-sender.ts'

const PASSWORD = 'a long pass phrase'
const ADDRESS = 'ada@example.org'
const BLOCK = 4096
let mailkeep: Mailkeep

before(async () => {
  mailkeep = await startMailkeep({ accounts: { [ADDRESS]: PASSWORD } })
})
after(() => mailkeep[Symbol.asyncDispose]())

const message = (number: number, lines: number): Buffer =>
  Buffer.from(
    `From: bob@example.net\r\nSubject: number ${number}\r\n\r\n${`line of number ${number}\r\n`.repeat(lines)}`,
  )

// The large one closes the segment of those before it, and the last one closes its.
const SENT = [...[1, 2, 3, 4, 5, 6].map((number) => message(number, 300)), message(7, 90_000), message(8, 2)]

function segmentsDirectory(): string {
  const accounts = path.join(mailkeep.directory, 'ledger/accounts')
  const found = fs.globSync(`${accounts}/*/*/segments`).filter((directory) => namesIn(directory, '.par').length >= 2)
  assert.equal(found.length, 1)
  return found[0] as string
}

function namesIn(directory: string, ending: string): string[] {
  return fs
    .readdirSync(directory)
    .filter((name) => name.endsWith(ending))
    .sort()
}

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 150; tries++) {
    if (await isSo()) return
    await sleep(100)
  }
  assert.fail('it did not come to that')
}

function change(file: string, position: number, with_: (bytes: Buffer) => void, length: number): void {
  const descriptor = fs.openSync(file, 'r+')
  const bytes = Buffer.alloc(length)
  fs.readSync(descriptor, bytes, 0, length, position)
  with_(bytes)
  fs.writeSync(descriptor, bytes, 0, length, position)
  fs.closeSync(descriptor)
}

const damageLog = (): string => {
  const file = path.join(mailkeep.directory, 'ledger/damage.log')
  return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : ''
}

async function assertAllServed(): Promise<void> {
  const [, ...found] = await fetchAll(mailkeep.ports.imap, ADDRESS, PASSWORD)
  assert.equal(found.length, SENT.length)
  for (const [at, { bytes }] of found.entries())
    assert.ok(withoutTrace(bytes).equals(SENT[at] as Buffer), `number ${at + 1}`)
}

/** A part of the large message alone, from around the block that was lost. */
async function assertRangeServed(): Promise<void> {
  using imap = await ImapConnection.login(mailkeep.ports.imap, ADDRESS, PASSWORD)
  await imap.command('SELECT INBOX')
  const whole = (SENT[6] as Buffer).toString('latin1')
  for (let at = 390_000; at < 420_000; at += 10_000) {
    const { untagged } = await imap.command(`UID FETCH 8 BODY.PEEK[TEXT]<${at}.10000>`)
    const body = whole.slice(whole.indexOf('\r\n\r\n') + 4)
    assert.ok(untagged.join('').includes(body.slice(at, at + 10_000)), `bytes from ${at} on`)
  }
}

test('changed bits and a lost block are served as they were sent, repaired, and told', async () => {
  await sendAll(SENT, { port: mailkeep.ports.smtp, from: 'bob@example.net', to: ADDRESS, inChunks: false })
  await until(() => fs.globSync(`${mailkeep.directory}/ledger/accounts/*/*/segments/*.par`).length >= 2)
  const directory = segmentsDirectory()
  const [small, large] = namesIn(directory, '.seg') as [string, string]
  await assertAllServed()
  await mailkeep.stop()
  const before = new Map([small, large].map((name) => [name, fs.readFileSync(path.join(directory, name))]))
  // A bit somewhere in the middle of the small messages, and a block of the large one.
  change(
    path.join(directory, small),
    (before.get(small)?.length ?? 0) >> 1,
    (bytes) => (bytes[0] = (bytes[0] as number) ^ 4),
    1,
  )
  change(path.join(directory, large), 100 * BLOCK, (bytes) => bytes.fill(0), BLOCK)
  await mailkeep.start()
  await assertRangeServed()
  await assertAllServed()
  await until(() => damageLog().split('"repaired"').length === 3)
  for (const [name, bytes] of before) assert.ok(fs.readFileSync(path.join(directory, name)).equals(bytes), name)
  assert.deepEqual(namesIn(directory, '.damaged'), [])
  assert.match(damageLog(), new RegExp(`"file":"segments/${large}".*{"start":409600,"end":413696,"kind":"zeroed"}`))
  await until(async () => {
    const { processes } = await mailkeep.status()
    return processes.find(({ name }) => name === 'ledger')?.detail === '2 damaged segments repaired'
  })
  assert.match(await mailkeep.mustCli(['status']), /\nDamage: 2 files repaired; last on \d{4}-.*damage\.log/)
  assert.match(await mailkeep.mustCli(['verify']), /Everything is as it was signed/)
  // What was repaired is what it was: nobody who watches the account's log is alarmed.
  const audited = await mailkeep.cli(['audit', ADDRESS])
  assert.equal(audited.status, 0, audited.stdout)
  assert.doesNotMatch(audited.stdout, /ALARM/)
})

test('what nobody reads is found and repaired by the scrub, which says what it promises', async () => {
  const directory = segmentsDirectory()
  const [small, large] = namesIn(directory, '.seg') as [string, string]
  const [parity] = namesIn(directory, '.par') as [string]
  await mailkeep.stop()
  const before = new Map([small, large, parity].map((name) => [name, fs.readFileSync(path.join(directory, name))]))
  change(path.join(directory, small), 30_000, (bytes) => bytes.fill(7), 10)
  change(path.join(directory, large), 200 * BLOCK, (bytes) => bytes.fill(0), 2 * BLOCK)
  change(path.join(directory, parity), 5 * BLOCK, (bytes) => bytes.fill(9), 100)
  await mailkeep.start()
  assert.match(await mailkeep.mustCli(['scrub', 'run']), /MiB read; 2 files repaired, 0 damaged beyond repair/)
  for (const [name, bytes] of before) assert.ok(fs.readFileSync(path.join(directory, name)).equals(bytes), name)
  assert.match(await mailkeep.mustCli(['scrub', 'run']), /MiB read; everything is as it was written/)
  const kept =
    /\nScrub: every byte is read again within 30 d\.\n {2}ledger: pass 2 ended \d+ s ago; the oldest byte was read \d+ s ago, and the promise holds for 29 d/
  assert.match(await mailkeep.mustCli(['status']), kept)
  // It goes on from there after a start.
  await mailkeep.mustCli(['scrub', 'pause'])
  await mailkeep.stop()
  await mailkeep.start()
  const { scrub } = JSON.parse((await mailkeep.cli(['status', '--json'])).stdout) as {
    readonly scrub: {
      readonly ledger: { readonly state: string; readonly oldestMs: number; readonly pass: { readonly number: number } }
    }
  }
  const { state, pass, oldestMs } = scrub.ledger
  assert.deepEqual([state, pass.number, oldestMs < 600_000], ['paused', 2, true])
  assert.match(await mailkeep.mustCli(['scrub', 'resume']), /^Scrub: every byte/)
  const metrics = await mailkeep.mustCli(['metrics'])
  assert.match(metrics, /^mailkeep_scrub_promise_seconds\{of="ledger"\} 2592000$/m)
  for (const what of ['ledger', 'queue', 'index/0'])
    assert.match(metrics, new RegExp(`^mailkeep_scrub_kept\\{of="${what}"\\} 1$`, 'm'))
  assert.match(metrics, /^mailkeep_damage_files\{outcome="repaired"\} [4-9]$/m)
  assert.doesNotMatch(metrics, /ada|example|[0-9a-f]{32}/)
})

test('what is beyond the parity is refused by name, and all else is served', async () => {
  const directory = segmentsDirectory()
  const [, large] = namesIn(directory, '.seg') as [string, string]
  await mailkeep.stop()
  const { size } = fs.statSync(path.join(directory, large))
  change(path.join(directory, large), 64 * BLOCK, (bytes) => bytes.fill(0), Math.floor(size / 2))
  await mailkeep.start()
  using imap = await ImapConnection.login(mailkeep.ports.imap, ADDRESS, PASSWORD)
  await imap.command('SELECT INBOX')
  for (const [at, sent] of SENT.entries()) {
    const { status, untagged } = await imap.command(`UID FETCH ${at + 2} BODY.PEEK[TEXT]`)
    if (at === 6) {
      assert.match(status, /^NO \[CORRUPTION\]/)
      assert.ok(
        untagged.some((line) =>
          /^NO \[ALERT\] The message with UID 8 is damaged in storage \(record \d+: bytes 262144 to \d+ of its segment are lost: /.test(
            line,
          ),
        ),
        untagged.join('\n'),
      )
    } else {
      assert.match(status, /^OK/)
      assert.ok(untagged.join('').includes(sent.toString('latin1').split('\r\n\r\n')[1] ?? '-'))
    }
  }
  await until(() => damageLog().includes('"unrepairable"'))
  const { status, stdout } = await mailkeep.cli(['doctor'])
  assert.equal(status, 1)
  assert.match(stdout, /^BAD +damage +\d files repaired; 1 file damaged beyond repair/m)
  const scrubbed = await mailkeep.cli(['scrub', 'run'])
  assert.equal(scrubbed.status, 6)
  assert.match(scrubbed.stdout, /0 files repaired, 1 damaged beyond repair: ledger\/damage\.log/)
  const verified = await mailkeep.cli(['verify'])
  assert.equal(verified.status, 6)
  assert.match(verified.stdout, /record \d+: payloadZeroed in segments\/[0-9a-f]+\.seg, bytes 262144 to \d+$/m)
})
