// Going back in time as a user does it: mail is lost by a real IMAP client in every way there is, and the command brings it back, byte for byte.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Mailkeep, mustRun, startMailkeep } from './harness.ts'

const ADA = 'ada@example.org'
const PASSWORD = 'a long pass phrase'

/** Python's imaplib: all that there is, in a form that UIDs and UIDVALIDITY have no part in. */
const LOOK = `
import base64, imaplib, json, re, sys
client = imaplib.IMAP4('127.0.0.1', int(sys.argv[1]))
client.login(sys.argv[2], sys.argv[3])
exec(sys.stdin.read())
found = {}
for line in client.list()[1]:
    name = re.search(rb' "/" (.*)$', line)[1].decode().strip('"')
    client.select('"' + name + '"', readonly=True)
    messages = []
    data = client.uid('FETCH', '1:*', '(FLAGS INTERNALDATE BODY.PEEK[])')[1]
    for item in data:
        if isinstance(item, tuple):
            head = item[0].decode('latin1')
            flags = sorted(re.search(r'FLAGS \\(([^)]*)\\)', head)[1].replace('\\\\Recent', '').split())
            date = re.search(r'INTERNALDATE "([^"]*)"', head)[1]
            messages.append([flags, date, base64.b64encode(item[1]).decode()])
    found[name] = sorted(messages)
client.logout()
print(json.dumps(found, sort_keys=True))
`

// The first message of the account is that of the system.
const FILL = `
for number in range(20):
    body = b'From: b@example.net\\r\\nSubject: number %d\\r\\n\\r\\nbyte \\xff for byte %d\\r\\n' % (number, number)
    client.append('INBOX', None, '"01-Feb-2026 10:%02d:00 +0000"' % number, body)
client.create('Work')
client.create('Work/Deep')
client.create('Lists')
client.select('INBOX')
client.uid('STORE', '1:10', '+FLAGS', '(\\\\Seen $Label)')
client.uid('COPY', '1:3', 'Work')
client.uid('MOVE', '4:6', 'Work/Deep')
client.uid('COPY', '7', 'Lists')
client.uid('STORE', '8', '+FLAGS', '(\\\\Deleted)')
`

const LOSE = `
client.select('INBOX')
client.uid('STORE', '1:15', '+FLAGS', '(\\\\Deleted)')
client.expunge()
client.uid('STORE', '1:*', 'FLAGS', '(\\\\Answered)')
client.delete('Work/Deep')
client.rename('Work', 'Elsewhere')
client.select('Lists')
client.uid('STORE', '1:*', '+FLAGS', '(\\\\Deleted)')
client.expunge()
client.close()
client.delete('Lists')
client.append('INBOX', None, None, b'Subject: came since\\r\\n\\r\\nnew\\r\\n')
`

type Mail = Record<string, [flags: string[], date: string, bytes: string][]>

async function look(mailkeep: Mailkeep, first = ''): Promise<Mail> {
  const arguments_ = ['-c', LOOK, String(mailkeep.ports.imap), ADA, PASSWORD]
  return JSON.parse(await mustRun('python3', arguments_, { input: first })) as Mail
}

async function restore(mailkeep: Mailkeep, ...args: string[]): Promise<any> {
  return JSON.parse(await mailkeep.mustCli(['restore', ADA, ...args, '--json']))
}

test('what an IMAP client destroyed comes back, byte for byte, and that can be undone', async () => {
  await using mailkeep = await startMailkeep({ accounts: { [ADA]: PASSWORD } })
  const full = await look(mailkeep, FILL)
  const { record: then } = await restore(mailkeep, 'show', '--at', 'now')
  const lost = await look(mailkeep, LOSE)
  assert.equal(lost['Work'], undefined)
  assert.ok((lost['INBOX']?.length ?? 0) < 10)

  // Looking changes nothing.
  const points = await restore(mailkeep, 'points', '--hours')
  assert.ok(points.length >= 1 && points[0].changes.removed >= 15)
  const { messages } = await restore(mailkeep, 'show', '--at', `record:${then}`, '--mailbox', 'Work/Deep')
  assert.deepEqual(
    messages.map(({ subject }: { subject: string }) => subject),
    ['number 4', 'number 3', 'number 2'],
  )
  const show = ['show', '--at', `record:${then}`]
  const preview = await mailkeep.mustCli(['restore', ADA, ...show, '--message', String(messages[0].email)])
  assert.match(preview, /^From: b@example\.net\n/)
  assert.match(preview, /\nSubject: number 4\n/)
  const run = ['run', '--at', `record:${then}`]
  const dry = await restore(mailkeep, ...run, '--dry-run')
  assert.deepEqual(await look(mailkeep), lost)

  // One message. What its mailbox was in has another name now.
  const one = await restore(mailkeep, ...run, '--message', String(messages[0].email))
  assert.equal(one.counts.restoreMessage, 1)
  assert.deepEqual(
    (await look(mailkeep))['Elsewhere/Deep'],
    full['Work/Deep']?.filter(([, date]) => date.includes('10:04')),
  )
  await restore(mailkeep, 'run', '--at', `record:${one.undo}`)
  assert.deepEqual(await look(mailkeep), lost)

  // One mailbox, without what it is called.
  await restore(mailkeep, ...run, '--mailbox', 'Lists')
  assert.deepEqual((await look(mailkeep))['Lists'], full['Lists'])
  // Everything.
  const { undo, counts, staying, problems } = await restore(mailkeep, ...run)
  assert.deepEqual(problems, [])
  assert.equal(staying, 1)
  assert.equal(counts.restoreMessage, dry.counts.restoreMessage - 1)
  const restored = await look(mailkeep)
  const inbox = restored['INBOX']?.filter(([, , bytes]) => !Buffer.from(bytes, 'base64').includes('came since'))
  assert.deepEqual({ ...restored, INBOX: inbox }, full)
  // Once more finds nothing to do.
  const again = await restore(mailkeep, ...run)
  assert.deepEqual(
    Object.values(again.counts).filter((count) => count !== 0),
    [],
  )
  await restore(mailkeep, 'run', '--at', `record:${undo}`)
  const undone = await look(mailkeep)
  assert.deepEqual(undone['Lists'], full['Lists'])
  assert.deepEqual({ ...undone, Lists: undefined }, { ...lost, Lists: undefined })

  // Only flags, of the messages that are there.
  await restore(mailkeep, ...run, '--only', 'flags')
  const flagged = await look(mailkeep)
  assert.deepEqual(Object.keys(flagged), Object.keys(undone))
  assert.deepEqual(
    flagged['INBOX']?.filter(([, , bytes]) => !Buffer.from(bytes, 'base64').includes('came since')),
    full['INBOX']?.filter(([, date]) => /10:1[4-9]/.test(date)),
  )
  await mailkeep.stop()
  await mailkeep.start()
  assert.deepEqual(await look(mailkeep), flagged)

  // All of that, and what went, could come back from the disk alone; it is proven beside what is in use, which stays as it is.
  const rehearsal = JSON.parse(await mailkeep.mustCli(['rehearse', ADA, '--json']))
  assert.deepEqual([rehearsal.isWhole, rehearsal.findings], [true, []])
  assert.equal(rehearsal.restored.messages, Object.values(flagged).flat().length)
  assert.ok(rehearsal.mails > rehearsal.restored.messages && rehearsal.keySlots >= 2)
  assert.deepEqual(await look(mailkeep), flagged)
  assert.match(
    await mailkeep.mustCli(['rehearse', ADA]),
    /^ada@example\.org could be restored from what is on the disk/,
  )
  const known = JSON.parse(await mailkeep.mustCli(['status', '--json'])).rehearsal
  assert.equal(known.everyMs, 30 * 86_400_000)
  const states = known.accounts.map(({ state, isOverdue }: any) => [state, isOverdue])
  assert.deepEqual(states.sort(), [
    ['never', false],
    ['whole', false],
  ])
  assert.match(
    await mailkeep.mustCli(['status']),
    /Rehearsals of restoring: .* every 30 d,.*\n {2}1 of 2 accounts whole, 1 never rehearsed\.\n/,
  )
  assert.match(await mailkeep.mustCli(['metrics']), /^mailkeep_rehearsal_accounts\{state="whole"\} 1$/m)

  // What cannot be done is said, with an exit status of its own.
  const status = async (...args: string[]): Promise<number | null> =>
    (await mailkeep.cli(['restore', ADA, ...args])).status
  assert.equal(await status('show', '--at', '2001-01-01T00:00:00Z'), 4)
  assert.equal(await status('show', '--at', 'now', '--mailbox', 'Nowhere'), 4)
  assert.equal(await status('show', '--at', 'tomorrow'), 2)
  assert.equal(await status('run', '--at', 'now', '--only', 'everything'), 2)
  assert.equal(await status('run'), 2)
  await mailkeep.mustCli(['account', 'lock', ADA])
  assert.equal(await status('points'), 1)
  assert.equal((await mailkeep.cli(['rehearse', ADA])).status, 1)
  const help = await mailkeep.mustCli(['restore', '--help'])
  assert.match(help, /--dry-run/)
  const table = await mailkeep.mustCli(['restore', ADA, 'points', '--password-stdin'], { input: `${PASSWORD}\n` })
  assert.match(table, /^AT +CHANGES\n\d{4}-.*\d+ removed/)
  const wrong = await mailkeep.cli(['restore', ADA, 'points', '--password-stdin'], { input: 'wrong\n' })
  assert.equal(wrong.status, 5)
})
