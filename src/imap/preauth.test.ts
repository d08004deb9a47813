import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { codePoint } from '#base/code-point.test-support.ts'
import { ImapPreauth, type PreauthOptions } from './preauth.ts'

const OPEN = { isTls: false, isLoopback: true, offersStartTls: false }
const REMOTE = { isTls: false, isLoopback: false, offersStartTls: true }
const TLS = { isTls: true, isLoopback: false, offersStartTls: true }

/** The replies to `input` in chunks, and what was asked for at the end. */
function run(options: PreauthOptions, chunks: readonly string[]): { reply: string; effect: string } {
  const engine = new ImapPreauth(options)
  let reply = ''
  let effect = ''
  for (const chunk of chunks) {
    if (effect !== '') break
    const output = engine.receive(Buffer.from(chunk, 'latin1'))
    reply += output.reply
    if (output.effect?.kind === 'authenticate') {
      effect = `login ${output.effect.name.toString()} ${output.effect.password.toString()}`
    } else effect = output.effect?.kind ?? ''
  }
  return { reply, effect }
}

const capabilities = (rest: string): string =>
  `* CAPABILITY IMAP4rev1 IMAP4rev2 LITERAL+ ID ENABLE SASL-IR ${rest}\r\na OK That is all\r\n`

const b64 = (text: string): string => Buffer.from(text, 'latin1').toString('base64')

const cases: readonly [title: string, options: PreauthOptions, input: string, reply: string, effect: string][] = [
  ['CAPABILITY in the clear', REMOTE, 'a CAPABILITY\r\n', capabilities('STARTTLS LOGINDISABLED'), ''],
  ['CAPABILITY over TLS', TLS, 'a CAPABILITY\r\n', capabilities('AUTH=PLAIN AUTH=LOGIN'), ''],
  ['CAPABILITY on loopback', OPEN, 'a capability\r\n', capabilities('AUTH=PLAIN AUTH=LOGIN'), ''],
  [
    'NOOP and ID',
    TLS,
    'a NOOP\r\nb ID NIL\r\n',
    'a OK Done\r\n* ID ("name" "Mailkeep")\r\nb OK Pleased to meet you\r\n',
    '',
  ],
  ['LOGOUT', TLS, 'a LOGOUT\r\n', '* BYE Logging out\r\na OK Logged out\r\n', 'end'],
  ['LOGIN with atoms', TLS, 'a LOGIN ann pass]word\r\n', '', 'login ann pass]word'],
  ['LOGIN with quoted strings', TLS, 'a LOGIN "a n" "p\\"w"\r\n', '', 'login a n p"w'],
  [
    'LOGIN with literals',
    TLS,
    'a LOGIN {3}\r\nann {4+}\r\np\r\nw\r\n',
    '+ Ready for the literal\r\n',
    'login ann p\r\nw',
  ],
  [
    'LOGIN in the clear',
    REMOTE,
    'a LOGIN ann pw\r\n',
    'a NO [PRIVACYREQUIRED] Passwords are taken over TLS only\r\n',
    '',
  ],
  ['PLAIN with an initial response', TLS, `a AUTHENTICATE PLAIN ${b64('\0ann\0pw')}\r\n`, '', 'login ann pw'],
  ['PLAIN with a challenge', TLS, `a AUTHENTICATE plain\r\n${b64('ann\0ann\0pw')}\r\n`, '+ \r\n', 'login ann pw'],
  ['PLAIN cancelled', TLS, 'a AUTHENTICATE PLAIN\r\n*\r\n', '+ \r\na BAD Cancelled\r\n', ''],
  [
    'PLAIN for somebody else',
    TLS,
    `a AUTHENTICATE PLAIN ${b64('bob\0ann\0pw')}\r\n`,
    'a BAD The response is malformed\r\n',
    '',
  ],
  ['PLAIN that is not base 64', TLS, 'a AUTHENTICATE PLAIN AA!A\r\n', 'a BAD The response is malformed\r\n', ''],
  ['PLAIN that is empty', TLS, 'a AUTHENTICATE PLAIN =\r\n', 'a BAD The response is malformed\r\n', ''],
  [
    'LOGIN mechanism',
    TLS,
    `a AUTHENTICATE LOGIN\r\n${b64('ann')}\r\n${b64('pw')}\r\n`,
    '+ VXNlcm5hbWU6\r\n+ UGFzc3dvcmQ6\r\n',
    'login ann pw',
  ],
  ['unknown mechanism', TLS, 'a AUTHENTICATE CRAM-MD5\r\n', 'a NO [CANNOT] There is no such mechanism\r\n', ''],
  [
    'AUTHENTICATE in the clear',
    REMOTE,
    `a AUTHENTICATE PLAIN ${b64('\0ann\0pw')}\r\n`,
    'a NO [PRIVACYREQUIRED] Passwords are taken over TLS only\r\n',
    '',
  ],
  ['STARTTLS', REMOTE, 'a STARTTLS\r\n', 'a OK Begin TLS now\r\n', 'startTls'],
  [
    'STARTTLS with more behind it',
    REMOTE,
    'a STARTTLS\r\nb NOOP\r\n',
    '* BYE Nothing may follow STARTTLS in the clear\r\n',
    'end',
  ],
  ['STARTTLS over TLS', TLS, 'a STARTTLS\r\n', 'a BAD STARTTLS is not available now\r\n', ''],
  ['a command for later', TLS, 'a SELECT INBOX\r\n', 'a BAD Log in first\r\n', ''],
  ['no tag', TLS, '\r\n', '* BAD Malformed command: a tag expected, but the command ends\r\n', ''],
  ['a long literal', TLS, 'a LOGIN {5000}\r\n', '* BYE The command is too long\r\n', 'end'],
  ['a long line', TLS, `a LOGIN ${'x'.repeat(9_000)}\r\n`, 'a BAD The command is too long\r\n', ''],
  [
    'five mistakes',
    TLS,
    'GET / HTTP/1.1\r\n'.repeat(9),
    `${'GET BAD Log in first\r\n'.repeat(5)}* BYE Too many malformed commands\r\n`,
    'end',
  ],
  [
    'endless NOOP',
    TLS,
    'a NOOP\r\n'.repeat(60),
    `${'a OK Done\r\n'.repeat(50)}* BYE Too many commands before login\r\n`,
    'end',
  ],
]

for (const [title, options, input, reply, effect] of cases) {
  test(title, () => {
    assert.deepEqual(run(options, [input]), { reply, effect })
  })
}

test('any division into chunks gives the same replies', () => {
  const sound = cases.filter(([title]) => !title.startsWith('STARTTLS'))
  fc.assert(
    fc.property(
      fc.constantFrom(...sound),
      fc.array(fc.nat(80), { maxLength: 6 }),
      ([, options, input, reply, effect], cuts) => {
        const ends = [...cuts].sort((left, right) => left - right)
        const chunks = [0, ...ends].map((start, index) => input.slice(start, ends[index] ?? input.length))
        assert.deepEqual(run(options, chunks), { reply, effect })
      },
    ),
  )
})

test('the greeting says what can be done', () => {
  assert.equal(
    new ImapPreauth(REMOTE).greeting(),
    '* OK [CAPABILITY IMAP4rev1 IMAP4rev2 LITERAL+ ID ENABLE SASL-IR STARTTLS LOGINDISABLED] Mailkeep ready\r\n',
  )
})

test('after login the rest belongs to the session', () => {
  const engine = new ImapPreauth(TLS)
  const { effect } = engine.receive(Buffer.from('a LOGIN u p\r\nb SELECT INBOX\r\nc FET'))
  assert.equal(effect?.kind, 'authenticate')
  assert.match(engine.accept(), /^a OK \[CAPABILITY IMAP4rev1 .* IDLE .*\] Logged in\r\n$/)
  assert.equal(engine.takeRest().toString(), 'b SELECT INBOX\r\nc FET')
})

test('failed logins: what is behind them is read, and the third is the last', () => {
  const engine = new ImapPreauth(TLS)
  assert.equal(engine.receive(Buffer.from('a LOGIN u p\r\nb NOOP\r\nc LOGIN u p\r\n')).effect?.kind, 'authenticate')
  const second = engine.reject('refused')
  assert.equal(second.reply, 'a NO [AUTHENTICATIONFAILED] Name or password is wrong\r\nb OK Done\r\n')
  assert.equal(engine.reject('unavailable').reply, 'c NO [UNAVAILABLE] Try again later\r\n')
  engine.receive(Buffer.from('d LOGIN u p\r\n'))
  assert.equal(engine.reject('refused').effect, null)
  engine.receive(Buffer.from('e LOGIN u p\r\n'))
  assert.deepEqual(engine.reject('refused'), {
    reply: 'e NO [AUTHENTICATIONFAILED] Name or password is wrong\r\n* BYE Too many failed logins\r\n',
    effect: { kind: 'end' },
  })
})

test('after STARTTLS passwords are taken, and TLS is not offered again', () => {
  const engine = new ImapPreauth(REMOTE)
  engine.receive(Buffer.from('a STARTTLS\r\n'))
  engine.secured()
  const { reply } = engine.receive(Buffer.from('b CAPABILITY\r\n'))
  assert.match(reply, /SASL-IR AUTH=PLAIN AUTH=LOGIN\r\n/)
  assert.equal(engine.receive(Buffer.from('c LOGIN u p\r\n')).effect?.kind, 'authenticate')
})

test('hostile bytes never throw', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      'a ',
      'LOGIN ',
      'AUTHENTICATE ',
      'PLAIN',
      'LOGIN',
      'ID ',
      '(',
      ')',
      '"',
      '{3+}\r\n',
      '{2}\r\n',
      '\r\n',
      '=',
      '*',
    ),
    fc.string({ unit: codePoint, maxLength: 8 }),
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      const engine = new ImapPreauth(TLS)
      let output = engine.receive(Buffer.from(pieces.join('')))
      for (let step = 0; step < 5 && output.effect?.kind === 'authenticate'; step++) output = engine.reject('refused')
    }),
    { numRuns: 1_000 },
  )
})
