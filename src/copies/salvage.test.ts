import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { systemDisk } from '#platform/disk.ts'
import { type ManifestLine, type MessageLine, isDamage, readManifest } from './manifest.ts'
import { unquoteFromLines } from './mbox-target.ts'
import { OtherSalvageError } from './salvage.ts'
import { MESSAGES, SalvageFixture } from './salvage-fixture.test-support.ts'

let fixture: SalvageFixture
before(async () => {
  fixture = await SalvageFixture.make()
})
after(() => fixture[Symbol.dispose]())

function lines(target: string): ManifestLine[] {
  return [...readManifest(systemDisk, `${target}/manifest.jsonl`)].map(({ line }) => line)
}

function messages(target: string): MessageLine[] {
  return lines(target).filter((line): line is MessageLine => !isDamage(line))
}

function bytesOf(record: number): Buffer {
  const bytes = fixture.originals.find((one) => one.record === record)?.bytes
  assert.ok(bytes !== undefined)
  return bytes
}

function checkSums(target: string): void {
  const { status, stderr } = spawnSync('sha256sum', ['--check', '--quiet', 'SHA256SUMS'], {
    cwd: target,
    encoding: 'utf8',
  })
  assert.equal(status, 0, stderr)
}

test('of a whole log everything is exported byte for byte, where it was, with its flags', async () => {
  const { ledger, target } = fixture.copy()
  const report = await fixture.run(ledger, target)
  assert.deepEqual(
    { ...report, files: 0 },
    {
      messages: MESSAGES - 1,
      files: 0,
      expunged: 3,
      dropped: 0,
      lost: 0,
      otherDamage: 0,
      repaired: 0,
      unfiled: 1,
      journal: null,
    },
  )
  const left = new Map(fixture.places)
  for (const { record, files, sha256, size } of messages(target)) {
    for (const { path: name, mailbox, uid, flags } of files) {
      const bytes = fs.readFileSync(`${target}/${name}`)
      assert.ok(bytes.equals(bytesOf(record)), name)
      assert.equal(sha256, createHash('sha256').update(bytes).digest('hex'))
      assert.equal(size, bytes.length)
      if (mailbox === null) continue
      const place = left.get(`${mailbox} ${uid}`)
      assert.equal(fixture.originals[place?.number ?? -1]?.record, record)
      const wanted = place?.flags.map((flag) =>
        flag === 'deleted' ? '\\deleted' : flag.replace(/^\$(seen|flagged)$/, '\\$1'),
      )
      assert.deepEqual(flags.map((flag) => flag.toLowerCase()).sort(), wanted?.sort())
      left.delete(`${mailbox} ${uid}`)
    }
  }
  assert.deepEqual([...left.keys()], [])
  checkSums(target)
  const settings = JSON.parse(fs.readFileSync(`${target}/settings.json`, 'utf8')) as Record<string, unknown>
  assert.equal(settings['colour'], 'green')
  assert.deepEqual(settings['contacts/1'], { name: 'Bob', key: { base64: 'a2V5' } })
  assert.equal(fs.readFileSync(`${target}/damage.txt`, 'utf8'), 'Everything is whole.\n')
  // Names: none hides, none leads elsewhere, no two are one on a file system that does not tell cases apart.
  const directories = fs.readdirSync(`${target}/mail`).sort()
  assert.deepEqual(
    directories,
    [
      '%2Ehidden',
      '%63on',
      'Archive',
      'Drafts',
      'Grüße',
      'INBOX',
      'Junk',
      'Sent',
      'Trash',
      'Work',
      'a%25b%3Ac',
      'unfiled',
      'unfiled~2',
      'work~2',
    ].sort(),
  )
  assert.ok(fs.statSync(`${target}/mail/Work/_0000000001.eml`).isDirectory())
})

test('expunged messages come when they are asked for', async () => {
  const { ledger, target } = fixture.copy()
  const report = await fixture.run(ledger, target, { expunged: true })
  assert.equal(report.messages, MESSAGES + 2)
  assert.equal(fs.readdirSync(`${target}/mail/expunged`).length, 3)
  checkSums(target)
})

test('a Maildir says flags and keywords as servers read them', async () => {
  const { ledger, target } = fixture.copy()
  await fixture.run(ledger, target, { format: 'maildir' })
  const cur = fs.readdirSync(`${target}/Maildir/cur`)
  const { files } = messages(target).find((line) =>
    line.files.some(({ mailbox, uid }) => mailbox === 'INBOX' && uid === 40),
  ) as MessageLine
  assert.match(files[0]?.path ?? '', /^Maildir\/cur\/\d+\.R\d+U40\.mailkeep,S=\d+:2,FSab$/)
  assert.ok(cur.includes(path.basename(files[0]?.path ?? '')))
  assert.equal(fs.readFileSync(`${target}/Maildir/dovecot-keywords`, 'utf8'), '0 $label1\n1 todo\n')
  assert.ok(fs.existsSync(`${target}/Maildir/.Gr&APwA3w-e/maildirfolder`))
  checkSums(target)
})

test('an mbox holds each message so that it comes back byte for byte', async () => {
  const { ledger, target } = fixture.copy()
  await fixture.run(ledger, target, { format: 'mbox' })
  for (const { record, files } of messages(target)) {
    for (const { path: name, bytes } of files) {
      const part = fs.readFileSync(`${target}/${name}`).subarray(bytes?.start, bytes?.end)
      assert.ok(unquoteFromLines(part).equals(bytesOf(record)), name)
    }
  }
  const inbox = fs.readFileSync(`${target}/mbox/INBOX.mbox`, 'latin1')
  const count = messages(target)
    .flatMap(({ files }) => files)
    .filter(({ mailbox }) => mailbox === 'INBOX').length
  assert.equal(inbox.match(/(?:^|\n)From MAILER-DAEMON \w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d 20\d\d\n/g)?.length, count)
  checkSums(target)
})

for (const format of ['eml', 'maildir', 'mbox'] as const) {
  test(`cut short anywhere, an export as ${format} is gone on with, and is the same in the end`, async () => {
    const { ledger, target } = fixture.copy()
    await fixture.run(ledger, target, { format })
    const whole = snapshot(target)
    for (const turns of [3, 40, 70]) {
      const again = `${target}-${turns}`
      let left = turns
      const pause = (): Promise<void> => (left-- > 0 ? Promise.resolve() : Promise.reject(new Error('cut')))
      await assert.rejects(fixture.run(ledger, again, { format, pause }), /cut/)
      // What was on its way to the disk: half a line, and a file that is not whole.
      if (turns === 70) spoil(again)
      await assert.rejects(fixture.run(ledger, again, { format, expunged: true }), OtherSalvageError)
      await fixture.run(ledger, again, { format })
      assert.deepEqual(snapshot(again), whole)
    }
  })
}

function spoil(target: string): void {
  const manifest = `${target}/manifest.jsonl`
  if (!fs.existsSync(manifest)) return
  const text = fs.readFileSync(manifest, 'utf8').trimEnd().split('\n')
  fs.writeFileSync(manifest, text.join('\n').slice(0, -10))
  const file = (JSON.parse(text.at(-3) ?? '{}') as Partial<MessageLine>).files?.[0]?.path
  if (file !== undefined) fs.truncateSync(`${target}/${file}`, Math.max(0, fs.statSync(`${target}/${file}`).size - 3))
}

function snapshot(directory: string): Record<string, string> {
  const files = fs.readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return Object.fromEntries(
    files
      .map((entry) => path.join(entry.parentPath, entry.name))
      .map(
        (name) =>
          [path.relative(directory, name), createHash('sha256').update(fs.readFileSync(name)).digest('hex')] as const,
      )
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  )
}
