import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Pop3Preauth, type PreauthOptions } from './preauth.ts'

const REMOTE = { isTls: false, isLoopback: false, offersStartTls: true }
const TLS = { isTls: true, isLoopback: false, offersStartTls: true }

function run(options: PreauthOptions, chunks: readonly string[]): { reply: string; effect: string } {
  const engine = new Pop3Preauth(options)
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

const b64 = (text: string): string => Buffer.from(text, 'latin1').toString('base64')
const CAPA = '+OK\r\nTOP\r\nUIDL\r\nRESP-CODES\r\nAUTH-RESP-CODE\r\nPIPELINING\r\nEXPIRE NEVER\r\n'
const CLEAR = '-ERR Passwords are taken over TLS only\r\n'

const cases: readonly [title: string, options: PreauthOptions, input: string, reply: string, effect: string][] = [
  ['CAPA in the clear', REMOTE, 'CAPA\r\n', `${CAPA}STLS\r\n.\r\n`, ''],
  ['CAPA over TLS', TLS, 'capa\r\n', `${CAPA}USER\r\nSASL PLAIN\r\n.\r\n`, ''],
  ['QUIT', TLS, 'QUIT\r\n', '+OK Goodbye\r\n', 'end'],
  ['UTF8', TLS, 'UTF8\r\n', '+OK\r\n', ''],
  ['USER and PASS', TLS, 'USER ann\r\nPASS pass word \r\n', '+OK\r\n', 'login ann pass word '],
  ['PASS alone', TLS, 'PASS x\r\n', '-ERR USER first\r\n', ''],
  ['USER in the clear', REMOTE, 'USER ann\r\nPASS x\r\n', `${CLEAR}-ERR USER first\r\n`, ''],
  ['AUTH PLAIN with an initial response', TLS, `AUTH PLAIN ${b64('\0ann\0pw')}\r\n`, '', 'login ann pw'],
  ['AUTH PLAIN with a challenge', TLS, `auth plain\r\n${b64('\0ann\0pw')}\r\n`, '+ \r\n', 'login ann pw'],
  ['AUTH PLAIN cancelled', TLS, 'AUTH PLAIN\r\n*\r\n', '+ \r\n-ERR Cancelled\r\n', ''],
  ['AUTH PLAIN malformed', TLS, 'AUTH PLAIN AAAA\r\n', '-ERR The response is malformed\r\n', ''],
  ['AUTH in the clear', REMOTE, `AUTH PLAIN ${b64('\0ann\0pw')}\r\n`, CLEAR, ''],
  ['AUTH lists', TLS, 'AUTH\r\n', '+OK\r\nPLAIN\r\n.\r\n', ''],
  ['AUTH unknown', TLS, 'AUTH CRAM-MD5\r\n', '-ERR There is no such mechanism\r\n', ''],
  ['STLS', REMOTE, 'STLS\r\n', '+OK Begin TLS now\r\n', 'startTls'],
  ['STLS with more behind it', REMOTE, 'STLS\r\nNOOP\r\n', '-ERR Nothing may follow STLS in the clear\r\n', 'end'],
  ['STLS over TLS', TLS, 'STLS\r\n', '-ERR STLS is not available now\r\n', ''],
  ['a command for later', TLS, 'RETR 1\r\n', '-ERR Log in first\r\n', ''],
  ['a long line', TLS, `USER ${'x'.repeat(5_000)}\r\n`, '-ERR The command is too long\r\n', ''],
  ['mistakes', TLS, 'X\r\n'.repeat(9), '-ERR Log in first\r\n'.repeat(5), 'end'],
]

for (const [title, options, input, reply, effect] of cases) {
  test(title, () => {
    assert.deepEqual(run(options, [input]), { reply, effect })
  })
}

test('any division into chunks gives the same replies', () => {
  const sound = cases.filter(([title]) => title !== 'STLS with more behind it')
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

test('after login the rest belongs to the session; failures are bounded', () => {
  const engine = new Pop3Preauth(TLS)
  assert.equal(engine.receive(Buffer.from('USER u\r\nPASS p\r\nSTAT\r\nRE')).effect?.kind, 'authenticate')
  assert.equal(engine.accept(), '+OK Logged in\r\n')
  assert.equal(engine.takeRest().toString(), 'STAT\r\nRE')
  const alarmed = new Pop3Preauth(TLS)
  alarmed.receive(Buffer.from('USER u\r\nPASS p\r\n'))
  assert.equal(alarmed.accept('ALERT: look'), '+OK Logged in. ALERT: look\r\n')
  const other = new Pop3Preauth(TLS)
  for (const end of [null, null, { kind: 'end' }]) {
    other.receive(Buffer.from('USER u\r\nPASS p\r\n'))
    assert.deepEqual(other.reject('refused'), { reply: '-ERR [AUTH] Name or password is wrong\r\n', effect: end })
  }
})

test('hostile bytes never throw', () => {
  const piece = fc.oneof(
    fc.constantFrom('USER ', 'PASS ', 'AUTH ', 'PLAIN ', 'STLS', 'CAPA', '\r\n', '\n', '*', '='),
    fc.string({ unit: 'binary', maxLength: 8 }),
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      const engine = new Pop3Preauth(TLS)
      let output = engine.receive(Buffer.from(pieces.join('')))
      for (let step = 0; step < 5 && output.effect?.kind === 'authenticate'; step++) output = engine.reject('refused')
    }),
    { numRuns: 500 },
  )
})
