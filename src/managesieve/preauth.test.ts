import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PreauthEffect } from '#base/preauth-effect.ts'
import { ManageSievePreauth } from './preauth.ts'

const CLEAR = { isTls: false, isLoopback: false, offersStartTls: true }
const TLS = { isTls: true, isLoopback: false, offersStartTls: true }
const PLAIN = Buffer.from('\0ada@example.org\0secret').toString('base64')

function say(preauth: ManageSievePreauth, text: string): { reply: string; effect: PreauthEffect | null } {
  return preauth.receive(Buffer.from(text, 'latin1'))
}

function credentials(effect: PreauthEffect | null): string[] {
  assert.equal(effect?.kind, 'authenticate')
  return effect.kind === 'authenticate' ? [effect.name.toString(), effect.password.toString()] : []
}

test('RFC 5804 §1.7: in the clear passwords are not offered, and TLS is', () => {
  const preauth = new ManageSievePreauth(CLEAR)
  const greeting = preauth.greeting()
  assert.match(greeting, /\r\n"SASL" ""\r\n/)
  assert.match(greeting, /"STARTTLS"\r\nOK "Mailkeep ready"\r\n$/)
  assert.doesNotMatch(greeting, /OWNER/)
  assert.deepEqual(say(preauth, `AUTHENTICATE "PLAIN" "${PLAIN}"\r\n`), {
    reply: 'NO (ENCRYPT-NEEDED) "Passwords are taken over TLS only"\r\n',
    effect: null,
  })
})

test('§2.2: STARTTLS, and the capabilities after it', () => {
  const preauth = new ManageSievePreauth(CLEAR)
  const begun = say(preauth, 'StartTls\r\n')
  assert.deepEqual(begun, { reply: 'OK "Begin TLS now"\r\n', effect: { kind: 'startTls' } })
  preauth.secured()
  assert.match(preauth.afterTls(), /\r\n"SASL" "PLAIN"\r\n/)
  assert.doesNotMatch(preauth.afterTls(), /STARTTLS/)
  assert.match(say(preauth, 'STARTTLS\r\n').reply, /^NO /)
  assert.deepEqual(credentials(say(preauth, `AUTHENTICATE "PLAIN" "${PLAIN}"\r\n`).effect), [
    'ada@example.org',
    'secret',
  ])
})

test('what follows STARTTLS in the clear ends the connection', () => {
  assert.deepEqual(say(new ManageSievePreauth(CLEAR), 'STARTTLS\r\nNOOP\r\n'), {
    reply: 'BYE "Nothing may follow STARTTLS in the clear"\r\n',
    effect: { kind: 'end' },
  })
  const preauth = new ManageSievePreauth(CLEAR)
  say(preauth, 'STARTTLS\r\n')
  assert.equal(say(preauth, 'NOOP\r\n').effect?.kind, 'end')
})

test('§2.1: the response with the command, as literal, or after an empty challenge', () => {
  for (const text of [
    `AUTHENTICATE "PLAIN" "${PLAIN}"\r\n`,
    `authenticate "plain" {${PLAIN.length}+}\r\n${PLAIN}\r\n`,
  ]) {
    assert.deepEqual(credentials(say(new ManageSievePreauth(TLS), text).effect), ['ada@example.org', 'secret'])
  }
  for (const response of [`"${PLAIN}"\r\n`, `{${PLAIN.length}+}\r\n${PLAIN}\r\n`]) {
    const preauth = new ManageSievePreauth(TLS)
    assert.deepEqual(say(preauth, 'AUTHENTICATE "PLAIN"\r\n'), { reply: '""\r\n', effect: null })
    let output = { reply: '', effect: null as PreauthEffect | null }
    for (const char of `${response}LISTSCRIPTS\r\n`) if (output.effect === null) output = say(preauth, char)
    assert.deepEqual(credentials(output.effect), ['ada@example.org', 'secret'])
  }
  const cancelled = new ManageSievePreauth(TLS)
  say(cancelled, 'AUTHENTICATE "PLAIN"\r\n')
  assert.equal(say(cancelled, '"*"\r\nNOOP\r\n').reply, 'NO "Cancelled"\r\nOK "Done"\r\n')
})

test('what comes behind the login is for the session', () => {
  const preauth = new ManageSievePreauth(TLS)
  say(preauth, `AUTHENTICATE "PLAIN" "${PLAIN}"\r\nLISTSCRIPTS\r\n`)
  assert.equal(preauth.accept(), 'OK "Logged in"\r\n')
  assert.equal(preauth.takeRest().toString(), 'LISTSCRIPTS\r\n')
})

test('wrong passwords are told alike, and too many end the connection', () => {
  const preauth = new ManageSievePreauth(TLS)
  const attempt = (): string => {
    say(preauth, `AUTHENTICATE "PLAIN" "${PLAIN}"\r\n`)
    return preauth.reject('refused').reply
  }
  assert.deepEqual([attempt(), attempt()], ['NO "Name or password is wrong"\r\n', 'NO "Name or password is wrong"\r\n'])
  say(preauth, `AUTHENTICATE "PLAIN" "${PLAIN}"\r\n`)
  const last = preauth.reject('refused')
  assert.deepEqual(last, { reply: 'BYE "Too many failed logins"\r\n', effect: { kind: 'end' } })
  const other = new ManageSievePreauth(TLS)
  say(other, `AUTHENTICATE "PLAIN" "${PLAIN}"\r\n`)
  assert.equal(other.reject('unavailable').reply, 'NO (TRYLATER) "Try again later"\r\n')
})

test('before login little is understood', () => {
  const preauth = new ManageSievePreauth(TLS)
  assert.equal(say(preauth, 'LISTSCRIPTS\r\n').reply, 'NO "Log in first"\r\n')
  assert.equal(say(preauth, 'AUTHENTICATE "SCRAM-SHA-1"\r\n').reply, 'NO "There is no such mechanism"\r\n')
  assert.equal(say(preauth, 'AUTHENTICATE "PLAIN" "%%"\r\n').reply, 'NO "The response is malformed"\r\n')
  assert.equal(say(preauth, 'NOOP "x"\r\n').reply, 'OK (TAG "x") "Done"\r\n')
  assert.match(say(preauth, 'CAPABILITY\r\n').reply, /OK "Capabilities"\r\n$/)
  assert.deepEqual(say(preauth, 'LOGOUT\r\n'), { reply: 'OK "Goodbye"\r\n', effect: { kind: 'end' } })
  const flood = new ManageSievePreauth(TLS)
  assert.equal(say(flood, 'x'.repeat(20_000)).effect?.kind, 'end')
})

test('a command of literals without end is given up, long ones as well as empty ones', () => {
  for (const literal of ['{4000+}\r\n' + 'x'.repeat(4000), '{0+}\r\n', '{9000+}\r\n' + 'x'.repeat(9000)]) {
    const preauth = new ManageSievePreauth(TLS)
    say(preauth, 'NOOP ')
    let sent = 0
    while (say(preauth, literal).effect === null) assert.ok(++sent < 10, literal.slice(0, 8))
  }
})
