// Hostile clients: commands made of true and false tokens. Whatever comes, nothing throws, chunks do not matter, and the next honest
// command is understood (or the session has ended). MAILKEEP_FUZZ_RUNS makes it long.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { MailboxId } from '#base/ids.ts'
import { shareAccount } from './shared-account.ts'
import { TestClient } from './test-client.test-support.ts'
import { NESTED, accountWith } from './test-messages.test-support.ts'

const names = [
  'APPEND', 'CANCELUPDATE', 'CAPABILITY', 'CHECK', 'CLOSE', 'COPY', 'CREATE', 'DELETE', 'ENABLE', 'ESEARCH', 'EXAMINE', 'EXPUNGE', 'FETCH', 'GETACL', 'GETJMAPACCESS', 'GETMETADATA', 'GETQUOTA', 'GETQUOTAROOT', 'ID', 'IDLE', 'LIST', 'LISTRIGHTS', 'MYRIGHTS', 'SETACL',
  'DELETEACL', 'SETMETADATA',
  'LSUB', 'MOVE', 'NAMESPACE', 'NOOP', 'NOTIFY', 'RENAME', 'REPLACE', 'SEARCH', 'SELECT', 'STATUS', 'STORE', 'SORT', 'SUBSCRIBE', 'THREAD', 'UID', 'UNSELECT', 'UNSUBSCRIBE',
] // prettier-ignore

const words = [
  'INBOX', 'x', 'a/b', '"q"', '""', '*', '%', '1', '1:*', '2,3', '$', '(', ')', '()', 'FLAGS', '+FLAGS', '-FLAGS.SILENT', '(\\Seen)', '\\Deleted',
  'BODY[]', 'BODY.PEEK[1.MIME]', 'BODY[HEADER.FIELDS (From)]', 'BODY[2.1]<0.5>', 'ENVELOPE', 'BODYSTRUCTURE', 'UID', 'BINARY[1]', 'MODSEQ',
  '(CHANGEDSINCE 1)', '(UNCHANGEDSINCE 9)', 'ALL', 'NOT', 'OR', 'TEXT', 'HEADER', 'BEFORE', '1-Jan-2026', 'RETURN', '(SAVE)', 'CHARSET', 'UTF-8',
  'QRESYNC', 'UIDONLY', '(QRESYNC (1000 1))', '(QRESYNC (1000 1 1:9 (1,2 1:2)))', '(CHANGEDSINCE 1 VANISHED)', '(PARTIAL -1:-2)', '(PARTIAL 1:9 COUNT)', '(UPDATE)', 'FILTER', '(CONTEXT UPDATE(UID) COUNT)', '"a"', '(MIN MAX ALL)', 'IN', '(personal)', '(subtree INBOX mailboxes (x a/b))', 'REFERENCES', 'ORDEREDSUBJECT', '(REVERSE DATE)', 'MESSAGES', '(MESSAGES)', 'CONDSTORE', 'IMAP4rev2', '"17-Jul-1996 02:44:25 -0700"', '&AOQ-', '&', '{3+}\r\nabc', '{3}\r\nabc', '{0+}\r\n',
  '~{2+}\r\nxy', '{99999999}', '{99999999999+}', '4294967296', '\u0000', '\u00ff', '"', '\\', 'DONE',
  'CATENATE', '(URL', '(TEXT', '"/INBOX/;UID=1"', '/INBOX/;UID=1/;SECTION=1)', 'TEXT {3+}\r\nabc', '{13+}\r\n/INBOX/;UID=1', ' {3}\r\nabc',
  'PREVIEW', '(LAZY)', 'PREVIEW (LAZY)', '(MYRIGHTS)', 'lrs', '+x', 'owner@example.org', '(/shared/comment', '/private/x', '(MAXSIZE 3 DEPTH 1)', 'NIL)', '(DELETED-STORAGE)',
  'SET', 'STATUS', 'NONE', '(selected (MessageNew (UID FLAGS) MessageExpunge FlagChange))', '(personal (MessageNew MessageExpunge MailboxName))', '(SELECTED-DELAYED NONE)', '(Frob))',
  'EMAILID', 'THREADID', 'e1', 'SAVEDATE', 'SAVEDSINCE', 'SAVEDATESUPPORTED', '(EMAILID THREADID)', '(MAILBOXID APPENDLIMIT)',
] // prettier-ignore

const line = fc
  .tuple(
    fc.constantFrom('a ', 'b ', 'tag ', '', '* '),
    fc.oneof(
      { weight: 9, arbitrary: fc.constantFrom(...names) },
      { weight: 1, arbitrary: fc.string({ maxLength: 10 }) },
    ),
    fc.array(fc.tuple(fc.constantFrom(' ', ' ', ' ', ' ', ''), fc.constantFrom(...words)), { maxLength: 8 }),
  )
  .map(([tag, name, rest]) => `${tag}${name}${rest.flat().join('')}\r\n`)

async function run(chunks: readonly Buffer[]): Promise<{ client: TestClient; output: string }> {
  const account = accountWith(3)
  account.deliver(NESTED, 1 as MailboxId)
  const client = new TestClient(shareAccount(account), 1_000)
  let output = await client.command('s SELECT INBOX')
  for (const chunk of chunks) {
    await client.engine.receive(chunk)
    assert.deepEqual(client.failures, [])
  }
  output += client.take()
  return { client, output }
}

const runs = Number(process.env['MAILKEEP_FUZZ_RUNS'] ?? 400)

test('any input: no failure, no dependence on chunks, and no lost place', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(line, { minLength: 1, maxLength: 12 }),
      fc.array(fc.nat(400), { maxLength: 8 }),
      async (lines, cuts) => {
        const input = Buffer.from(lines.join(''), 'latin1')
        const whole = await run([input])
        const ends = [...cuts].sort((left, right) => left - right)
        const pieces = await run([0, ...ends].map((start, index) => input.subarray(start, ends[index] ?? input.length)))
        assert.equal(pieces.output, whole.output)
        const { client } = whole
        // Whatever is still open is a literal (of at most 65,536 bytes), an IDLE, or nothing.
        await client.command('x'.repeat(66_000))
        await client.command('DONE')
        client.take()
        const probe = await client.command('probe NOOP')
        assert(client.hasEnded || /^probe OK Done\r$/m.test(probe), probe)
      },
    ),
    { numRuns: runs, seed: 20_261_120 },
  )
})

test('every command is answered once', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.tuple(fc.constantFrom(...names), fc.array(fc.constantFrom('1', 'INBOX', '(FLAGS)', 'ALL', '""', '*'))),
        { maxLength: 20 },
      ),
      async (commands) => {
        const honest = commands.filter(([name]) => name !== 'IDLE')
        const input = honest.map(([name, rest], index) => `t${index} ${[name, ...rest].join(' ')}\r\n`).join('')
        const { output, client } = await run([Buffer.from(input)])
        if (client.hasEnded) return
        for (const index of honest.keys())
          assert.equal(output.match(new RegExp(`^t${index} (OK|NO|BAD) `, 'gm'))?.length, 1)
      },
    ),
    { numRuns: runs / 4, seed: 20_261_120 },
  )
})
