import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { codePoint } from '#base/code-point.test-support.ts'
import { decode, encode } from '#base/codec.ts'
import { SmtpEngine } from './engine.ts'
import { handoverCodec } from './handover.ts'
import { MemoryHost } from './memory-host.test-support.ts'
import { SubmissionPreauth, type SubmissionPreauthOptions } from './preauth.ts'

const TLS_STATE = { version: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384' }
const REMOTE = {
  hostname: 'mail.example.org',
  peerAddress: '192.0.2.7',
  tls: null,
  isLoopback: false,
  offersStartTls: true,
}
const TLS = { ...REMOTE, tls: TLS_STATE }
const LOOPBACK = { ...REMOTE, isLoopback: true, offersStartTls: false }

function run(options: SubmissionPreauthOptions, chunks: readonly Buffer[]): { reply: string; effect: string } {
  const engine = new SubmissionPreauth(options)
  let reply = ''
  let effect = ''
  for (const chunk of chunks) {
    if (effect !== '') break
    const output = engine.receive(chunk)
    reply += output.reply
    if (output.effect?.kind === 'authenticate') {
      effect = `login ${output.effect.name.toString()} ${output.effect.password.toString()}`
    } else effect = output.effect?.kind ?? ''
  }
  return { reply, effect }
}

const b64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64')

const EHLO = 'EHLO client.example.net\r\n'
const OFFER = [
  '250-mail.example.org',
  '250-PIPELINING',
  '250-SIZE 52428800',
  '250-8BITMIME',
  '250-SMTPUTF8',
  '250-ENHANCEDSTATUSCODES',
  '250-CHUNKING',
]
const LIMITS = 'LIMITS MAILMAX=10000 RCPTMAX=500'
const OFFER_TLS = [...OFFER, `250-${LIMITS}`, '250 AUTH PLAIN LOGIN', ''].join('\r\n')
const OFFER_REMOTE = [...OFFER, `250-${LIMITS}`, '250 STARTTLS', ''].join('\r\n')
const LOGIN_FIRST = '530 5.7.0 Log in first\r\n'
const PLAIN = b64('\0ann\0pässword')

type Case = readonly [title: string, options: SubmissionPreauthOptions, input: string, reply: string, effect: string]

const cases: readonly Case[] = [
  ['RFC 5321 §4.1.1.1: EHLO in the clear', REMOTE, EHLO, OFFER_REMOTE, ''],
  ['EHLO over TLS', TLS, EHLO, OFFER_TLS, ''],
  ['EHLO on loopback', LOOPBACK, EHLO.toLowerCase(), OFFER_TLS, ''],
  ['HELO', TLS, 'HELO [192.0.2.7]\r\n', '250 mail.example.org\r\n', ''],
  ['EHLO without a name', TLS, 'EHLO\r\n', '501 5.5.4 The command is malformed\r\n', ''],
  ['EHLO with what may not be in a trace field', TLS, 'EHLO a(b\r\n', '501 5.5.4 The command is malformed\r\n', ''],
  ['NOOP, RSET', TLS, 'NOOP x\r\nRSET\r\n', '250 2.0.0 Done\r\n250 2.0.0 Done\r\n', ''],
  ['QUIT', TLS, 'QUIT\r\nNOOP\r\n', '221 2.0.0 Goodbye\r\n', 'end'],
  [
    'RFC 4954 §4: AUTH PLAIN with an initial response',
    TLS,
    `${EHLO}AUTH PLAIN ${PLAIN}\r\n`,
    OFFER_TLS,
    'login ann pässword',
  ],
  [
    'AUTH PLAIN with a challenge',
    TLS,
    `${EHLO}auth plain\r\n${PLAIN}\r\n`,
    `${OFFER_TLS}334 \r\n`,
    'login ann pässword',
  ],
  [
    'AUTH LOGIN',
    TLS,
    `${EHLO}AUTH LOGIN\r\n${b64('ann')}\r\n${b64('pw')}\r\n`,
    `${OFFER_TLS}334 VXNlcm5hbWU6\r\n334 UGFzc3dvcmQ6\r\n`,
    'login ann pw',
  ],
  [
    'AUTH LOGIN with an initial response',
    TLS,
    `${EHLO}AUTH LOGIN ${b64('ann')}\r\n${b64('pw')}\r\n`,
    `${OFFER_TLS}334 UGFzc3dvcmQ6\r\n`,
    'login ann pw',
  ],
  ['AUTH cancelled', TLS, `${EHLO}AUTH PLAIN\r\n*\r\n`, `${OFFER_TLS}334 \r\n501 5.7.0 Cancelled\r\n`, ''],
  [
    'AUTH with an empty response',
    TLS,
    `${EHLO}AUTH PLAIN =\r\n`,
    `${OFFER_TLS}501 5.5.2 The response is malformed\r\n`,
    '',
  ],
  [
    'AUTH that is not base 64',
    TLS,
    `${EHLO}AUTH PLAIN A!\r\n`,
    `${OFFER_TLS}501 5.5.2 The response is malformed\r\n`,
    '',
  ],
  [
    'AUTH for somebody else',
    TLS,
    `${EHLO}AUTH PLAIN ${b64('bob\0ann\0pw')}\r\n`,
    `${OFFER_TLS}501 5.5.2 The response is malformed\r\n`,
    '',
  ],
  ['AUTH without a mechanism', TLS, `${EHLO}AUTH\r\n`, `${OFFER_TLS}501 5.5.4 A mechanism is expected\r\n`, ''],
  [
    'AUTH with an unknown one',
    TLS,
    `${EHLO}AUTH CRAM-MD5\r\n`,
    `${OFFER_TLS}504 5.5.4 There is no such mechanism\r\n`,
    '',
  ],
  ['AUTH before EHLO', TLS, `AUTH PLAIN ${PLAIN}\r\n`, '503 5.5.1 EHLO first\r\n', ''],
  [
    'AUTH in the clear',
    REMOTE,
    `${EHLO}AUTH PLAIN ${PLAIN}\r\n`,
    `${OFFER_REMOTE}538 5.7.11 Passwords are taken over TLS only\r\n`,
    '',
  ],
  [
    'RFC 4954 §4: a response of 12,288 bytes is read',
    TLS,
    `${EHLO}AUTH PLAIN\r\n${'A'.repeat(12_286)}\r\n`,
    `${OFFER_TLS}334 \r\n501 5.5.2 The response is malformed\r\n`,
    '',
  ],
  [
    '… a longer one is not, and ends the exchange',
    TLS,
    `${EHLO}AUTH PLAIN\r\n${'A'.repeat(12_287)}\r\nNOOP\r\n`,
    `${OFFER_TLS}334 \r\n500 5.5.6 The response is too long\r\n250 2.0.0 Done\r\n`,
    '',
  ],
  [
    'RFC 4954 §6: MAIL needs a login',
    TLS,
    'MAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.org>\r\n',
    LOGIN_FIRST.repeat(2),
    '',
  ],
  ['BDAT is not read past', TLS, 'BDAT 9\r\nNOOP\r\nNO\r\n', LOGIN_FIRST, 'end'],
  ['RFC 3207 §4: STARTTLS', REMOTE, `${EHLO}STARTTLS\r\n`, `${OFFER_REMOTE}220 2.0.0 Begin TLS now\r\n`, 'startTls'],
  ['STARTTLS over TLS', TLS, `${EHLO}STARTTLS\r\n`, `${OFFER_TLS}503 5.5.1 STARTTLS is not available now\r\n`, ''],
  [
    'STARTTLS on loopback',
    LOOPBACK,
    `${EHLO}STARTTLS\r\n`,
    `${OFFER_TLS}503 5.5.1 STARTTLS is not available now\r\n`,
    '',
  ],
  [
    'a bare LF',
    TLS,
    'NOOP\nNOOP\r\n',
    '550 5.5.2 An LF without CR was received: lines end in CRLF only (RFC 5321 section 2.3.8)\r\n',
    'end',
  ],
  ['HTTP', TLS, 'POST / HTTP/1.1\r\nHost: x\r\n', '500 5.5.1 This is SMTP\r\n', 'end'],
  ['TLS without STARTTLS', REMOTE, '\x16\x03\x01\x02', '500 5.5.1 This is SMTP\r\n', 'end'],
  [
    'five mistakes',
    TLS,
    'X\r\n'.repeat(9),
    `${'500 5.5.1 There is no such command\r\n'.repeat(5)}421 4.7.0 Too many errors\r\n`,
    'end',
  ],
  [
    'endless NOOP',
    TLS,
    'NOOP\r\n'.repeat(60),
    `${'250 2.0.0 Done\r\n'.repeat(50)}421 4.7.0 Too many commands before login\r\n`,
    'end',
  ],
]

for (const [title, options, input, reply, effect] of cases) {
  test(title, () => {
    assert.deepEqual(run(options, [Buffer.from(input)]), { reply, effect })
  })
}

test('any division into chunks gives the same replies', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...cases),
      fc.array(fc.nat(120), { maxLength: 6 }),
      ([, options, input, reply, effect], cuts) => {
        const bytes = Buffer.from(input)
        const ends = [...cuts].sort((left, right) => left - right)
        const chunks = [0, ...ends].map((start, index) => bytes.subarray(start, ends[index] ?? bytes.length))
        assert.deepEqual(run(options, chunks), { reply, effect })
      },
    ),
  )
})

test('failed logins: what is behind them is read, and the third is the last', () => {
  const login = Buffer.from(`AUTH PLAIN ${PLAIN}\r\n`)
  const engine = new SubmissionPreauth(TLS)
  assert.equal(engine.greeting(), '220 mail.example.org ESMTP Mailkeep\r\n')
  engine.receive(Buffer.from(EHLO))
  engine.receive(Buffer.concat([login, Buffer.from('NOOP\r\n'), login]))
  assert.deepEqual(engine.reject('refused').reply, '535 5.7.8 Name or password is wrong\r\n250 2.0.0 Done\r\n')
  assert.deepEqual(engine.reject('unavailable'), {
    reply: '454 4.7.0 Nobody can log in now: try again later\r\n',
    effect: null,
  })
  engine.receive(login)
  assert.equal(engine.reject('refused').effect, null)
  engine.receive(login)
  assert.deepEqual(engine.reject('refused'), {
    reply: '535 5.7.8 Name or password is wrong\r\n421 4.7.0 Too many failed logins\r\n',
    effect: { kind: 'end' },
  })
})

test('RFC 3207 §4.2: after STARTTLS passwords are taken, after EHLO was said again', () => {
  const engine = new SubmissionPreauth(REMOTE)
  engine.receive(Buffer.from(`${EHLO}STARTTLS\r\n`))
  engine.secured(TLS_STATE)
  assert.equal(engine.receive(Buffer.from(`AUTH PLAIN ${PLAIN}\r\n`)).reply, '503 5.5.1 EHLO first\r\n')
  assert.equal(engine.receive(Buffer.from(EHLO)).reply, OFFER_TLS)
  assert.equal(engine.receive(Buffer.from(`AUTH PLAIN ${PLAIN}\r\n`)).effect?.kind, 'authenticate')
})

test('after login the engine goes on as if it had heard EHLO itself', async () => {
  const engine = new SubmissionPreauth(TLS)
  const behind = 'MAIL FROM:<ann@example.org> AUTH=<>\r\nRCPT TO:<bob@example.org>\r\nDA'
  const { effect } = engine.receive(Buffer.from(`${EHLO}AUTH PLAIN ${PLAIN}\r\n${behind}`))
  assert.equal(effect?.kind, 'authenticate')
  assert.equal(engine.accept(), '235 2.7.0 Logged in\r\n')
  const carried = decode(handoverCodec, encode(handoverCodec, engine.handover()))
  assert(carried.ok)
  const host = new MemoryHost()
  const session = SmtpEngine.afterLogin(host, carried.value, { hostname: 'mail.example.org' })
  await session.receive(engine.takeRest())
  await session.receive(Buffer.from('TA\r\n'))
  await session.receive(Buffer.from('Subject: x\r\n\r\n.\r\nAUTH PLAIN\r\nSTARTTLS\r\n'))
  assert.equal(
    host.sent.join(''),
    '250 2.1.0 Sender accepted\r\n250 2.1.5 Recipient accepted\r\n354 Send the message; end it with a line of one dot\r\n' +
      '250 2.0.0 Accepted as m1\r\n503 5.5.1 You are logged in already\r\n503 5.5.1 TLS is active already\r\n',
  )
  const transaction = host.arrived[0]?.transaction
  assert.equal(transaction?.protocol, 'ESMTPSA')
  assert.deepEqual(transaction?.peer, {
    address: '192.0.2.7',
    hello: { name: 'client.example.net', isExtended: true },
    tls: TLS_STATE,
    isAuthenticated: true,
  })
})

test('silence ends the session with a reply', () => {
  const engine = new SubmissionPreauth(TLS)
  assert.deepEqual(engine.expire(), { reply: '421 4.4.2 That took too long\r\n', effect: { kind: 'end' } })
  const securing = new SubmissionPreauth(REMOTE)
  securing.receive(Buffer.from(`${EHLO}STARTTLS\r\n`))
  assert.deepEqual(securing.expire(), { reply: '', effect: { kind: 'end' } })
})

test('hostile bytes never throw', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      'EHLO x\r\n',
      'AUTH ',
      'PLAIN ',
      'LOGIN',
      'STARTTLS',
      'MAIL ',
      '\r\n',
      '\r\n',
      '\n',
      '\r',
      '*',
      '=',
      '\0',
    ),
    fc.string({ unit: codePoint, maxLength: 8 }),
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      const engine = new SubmissionPreauth(TLS)
      let output = engine.receive(Buffer.from(pieces.join('')))
      for (let step = 0; step < 5 && output.effect?.kind === 'authenticate'; step++) output = engine.reject('refused')
    }),
    { numRuns: 500 },
  )
})
