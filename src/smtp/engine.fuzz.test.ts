// Hostile clients: sessions made of true and false tokens. Whatever comes, nothing throws, chunks do not matter, every sink is committed or
// given up once, and what arrives is what an honest reader of RFC 5321 would have seen. MAILKEEP_FUZZ_RUNS makes it long.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { codePoint } from '#base/code-point.test-support.ts'
import { ENVELOPE, TestClient } from './memory-host.test-support.ts'

const lines = [
  'EHLO c', 'HELO c', 'EHLO', 'MAIL FROM:<a@example.net>', 'MAIL FROM:<>', 'MAIL FROM:<a@example.net> SIZE=40', 'MAIL FROM:<ü@example.net> SMTPUTF8',
  'MAIL FROM:<a', 'RCPT TO:<ann@example.org>', 'RCPT TO:<bob@example.org>', 'RCPT TO:<nobody@example.org>', 'RCPT TO:<Postmaster>', 'RCPT TO:<full@example.org>',
  'DATA', 'DATA', 'DATA', 'BDAT 4', 'BDAT 9', 'BDAT 4 LAST', 'BDAT 0 LAST', 'BDAT 0', 'BDAT x', 'RSET', 'NOOP', 'VRFY a', 'HELP', 'QUIT', 'STARTTLS',
  'AUTH PLAIN', 'GET / HTTP/1.1', '.', '..', '', 'Subject: x', 'text', 'Received: x', 'x'.repeat(600), '\u00ff', '\u0000',
] // prettier-ignore

const token = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom(...lines).map((line) => `${line}\r\n`) },
  { weight: 4, arbitrary: fc.constantFrom('.\r\n', '\r\n.\r\n', 'DATA\r\n', 'BDAT 5\r\nab\r\nc') },
  { weight: 1, arbitrary: fc.constantFrom('\n', '\r', '\n.\n', '\r.\r', '\r\n.\n', '\r\n.\r', '\0', 'MAIL') },
  { weight: 1, arbitrary: fc.string({ unit: codePoint, maxLength: 6 }) },
)

const LIMITS = {
  messageBytesMax: 60,
  discardedBytesMax: 200,
  receivedFieldsMax: 3,
  headerBytesMax: 50,
  recipientsMax: 3,
  errorsMax: 9,
}

interface Outcome {
  readonly output: string
  readonly arrived: readonly string[]
  readonly events: readonly string[]
  readonly hasEnded: boolean
}

async function run(input: Buffer, cuts: readonly number[], isSlow: boolean): Promise<Outcome> {
  const client = new TestClient({ limits: LIMITS })
  client.host.isSlow = isSlow
  const output = await client.say(input, cuts)
  client.engine.close()
  const { host } = client
  assert.deepEqual(host.failures, [])
  assert.doesNotMatch(output.replaceAll('\r\n', ''), /[^ -~]/)
  for (const line of output.split('\r\n').slice(0, -1)) assert.match(line, /^[2-5][0-9]{2}[ -].{0,500}$/)
  const arrived = host.arrived.map(({ transaction, content }) => {
    const recipients = transaction.recipients.map(({ address }) => address.text)
    return `${transaction.sender?.text} ${recipients.join()} ${content.toString('latin1')}`
  })
  for (const message of arrived) assert.doesNotMatch(message, /\r(?!\n)|(?<!\r)\n|\0/)
  return { output, arrived, events: host.events, hasEnded: host.hasEnded }
}

/** What the input has behind a STARTTLS that is obeyed depends on when it comes: without it nothing does. */
function withoutStartTls(input: string): string {
  return input.replaceAll('STARTTLS', 'STARTTLX')
}

const runs = Number(process.env['MAILKEEP_FUZZ_RUNS'] ?? 600)

test('any input: no failure, and no dependence on chunks or on the speed of the host', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.boolean(),
      fc.array(token, { maxLength: 25 }),
      fc.array(fc.nat(600), { maxLength: 8 }),
      async (hasEnvelope, tokens, cuts) => {
        const input = Buffer.from(withoutStartTls((hasEnvelope ? ENVELOPE : '') + tokens.join('')), 'utf8')
        const whole = await run(input, [], false)
        assert.deepEqual(await run(input, cuts, false), whole)
        assert.deepEqual(await run(input, [...input.keys()], false), whole)
        assert.deepEqual(await run(input, cuts, true), whole)
      },
    ),
    { numRuns: runs, seed: 20_261_127 },
  )
})

test('any input with STARTTLS in it: no failure', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(token, { maxLength: 25 }),
      fc.array(fc.nat(600), { maxLength: 8 }),
      async (tokens, cuts) => {
        await run(Buffer.from(`EHLO c\r\n${tokens.join('')}`), cuts, false)
      },
    ),
    { numRuns: runs / 4, seed: 20_261_127 },
  )
})
