import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { SessionHost } from '#base/session-host.ts'
import { MemoryAccount } from '#imap/memory-account.test-support.ts'
import { ManageSieveEngine } from './engine.ts'

class Client implements SessionHost {
  readonly engine: ManageSieveEngine
  hasEnded = false
  readonly failures: unknown[] = []
  #output = ''

  constructor(account = new MemoryAccount(), isReadOnly = false) {
    this.engine = new ManageSieveEngine(account, this, isReadOnly)
  }

  send(bytes: Buffer): null {
    this.#output += bytes.toString('utf8')
    return null
  }

  end(): void {
    this.hasEnded = true
  }

  fail(error: unknown): void {
    this.failures.push(error)
  }

  pause(): Promise<void> {
    return Promise.resolve()
  }

  now(): number {
    return 0
  }

  monotonic(): number {
    return 0
  }

  async say(text: string | Buffer): Promise<string> {
    await this.engine.receive(typeof text === 'string' ? Buffer.from(text, 'utf8') : text)
    assert.deepEqual(this.failures, [])
    const output = this.#output
    this.#output = ''
    return output
  }
}

test('RFC 5804 §2.4: CAPABILITY', async () => {
  const client = new Client()
  const said = await client.say('Capability\r\n')
  assert.match(said, /^"IMPLEMENTATION" "Mailkeep"\r\n"SIEVE" "body [^"]*\bfileinto\b[^"]*"\r\n"SASL" "PLAIN"\r\n/)
  assert.match(said, /"MAXREDIRECTS" "4"\r\n"VERSION" "1\.0"\r\n"OWNER" "[^"]+"\r\nOK "Capabilities"\r\n$/)
  assert.doesNotMatch(said, /STARTTLS|UNAUTHENTICATE/)
})

test('§2.6 to §2.9: a script is stored, listed, made active and given back', async () => {
  const client = new Client()
  assert.equal(await client.say('LISTSCRIPTS\r\n'), 'OK "These are the scripts"\r\n')
  const script = 'require ["fileinto"];\r\nif header :contains "subject" "gr\u00fc\u00dfe" { fileinto "INBOX"; }\r\n'
  const put = (name: string): string => `PUTSCRIPT "${name}" {${Buffer.byteLength(script)}+}\r\n${script}\r\n`
  assert.equal(
    await client.say(put('one') + put('tw\u00f6 "2"'.replaceAll('"', '\\"'))),
    'OK "The script is stored"\r\n'.repeat(2),
  )
  assert.equal(await client.say('SETACTIVE "one"\r\n'), 'OK "The script is active"\r\n')
  assert.equal(
    await client.say('listscripts\r\n'),
    '"one" ACTIVE\r\n"tw\u00f6 \\"2\\""\r\nOK "These are the scripts"\r\n',
  )
  assert.equal(
    await client.say('GETSCRIPT "one"\r\n'),
    `{${Buffer.byteLength(script)}}\r\n${script}\r\nOK "This is the script"\r\n`,
  )
  assert.equal(await client.say('GETSCRIPT "none"\r\n'), 'NO (NONEXISTENT) "There is no script by that name"\r\n')
  assert.equal(await client.say('SETACTIVE "none"\r\n'), 'NO (NONEXISTENT) "There is no script by that name"\r\n')
  assert.equal(await client.say('SETACTIVE ""\r\n'), 'OK "No script is active"\r\n')
  assert.equal(await client.say('SETACTIVE ""\r\n'), 'OK "No script is active"\r\n')
})

test('§2.6 and §2.12: mistakes are told with line and column, and nothing is stored', async () => {
  const client = new Client()
  await client.say('PUTSCRIPT "a" "keep;"\r\n')
  const wrong = '#comment\r\nInvalidSieveCommand\r\n'
  const mistakes = 'NO "line 3, column 1: \\";\\" is missing after \\"invalidsievecommand\\""\r\n'
  assert.equal(await client.say(`PUTSCRIPT "a" {${wrong.length}+}\r\n${wrong}\r\n`), mistakes)
  assert.equal(await client.say(`CHECKSCRIPT {${wrong.length}+}\r\n${wrong}\r\n`), mistakes)
  assert.equal(await client.say('GETSCRIPT "a"\r\n'), '{5}\r\nkeep;\r\nOK "This is the script"\r\n')
  assert.equal(await client.say('CHECKSCRIPT "foo; bar;"\r\n'),
    'NO {88}\r\nline 1, column 1: there is no command "foo"\r\nline 1, column 6: there is no command "bar"\r\n') // prettier-ignore
  assert.equal(await client.say('CHECKSCRIPT "keep;"\r\n'), 'OK "The script is valid"\r\n')
  assert.equal(await client.say('PUTSCRIPT "b" ""\r\n'), 'NO "line 1, column 1: the script is empty"\r\n')
  assert.equal(
    await client.say('PUTSCRIPT "b" "require \\"x-none\\";"\r\n'),
    'NO "line 1, column 9: this server does not have \\"x-none\\""\r\n',
  )
})

test('§1.3: what the author of a script may not expect is a warning, and the script is stored', async () => {
  const client = new Client()
  const script = 'require "editheader";\r\naddheader "X" "y";'
  const warned =
    /^OK \(WARNINGS\) "line 2, column 1: the message is stored as it came: [^"\r\n]*(?:\\"[^"\r\n]*)*"\r\n$/
  assert.match(await client.say(`CHECKSCRIPT {${script.length}+}\r\n${script}\r\n`), warned)
  assert.match(await client.say(`PUTSCRIPT "a" {${script.length}+}\r\n${script}\r\n`), warned)
  assert.equal(await client.say('LISTSCRIPTS\r\n'), '"a"\r\nOK "These are the scripts"\r\n')
})

test('§2.10 and §2.11: DELETESCRIPT and RENAMESCRIPT', async () => {
  const client = new Client()
  await client.say('PUTSCRIPT "a" "keep;"\r\nPUTSCRIPT "b" "discard;"\r\nSETACTIVE "a"\r\n')
  assert.equal(await client.say('DELETESCRIPT "a"\r\n'), 'NO (ACTIVE) "The script is active"\r\n')
  assert.equal(await client.say('RENAMESCRIPT "a" "b"\r\n'), 'NO (ALREADYEXISTS) "There is a script by that name"\r\n')
  assert.equal(await client.say('RENAMESCRIPT "x" "y"\r\n'), 'NO (NONEXISTENT) "There is no script by that name"\r\n')
  assert.equal(await client.say('RENAMESCRIPT "a" "c"\r\n'), 'OK "The script is renamed"\r\n')
  assert.equal(await client.say('LISTSCRIPTS\r\n'), '"b"\r\n"c" ACTIVE\r\nOK "These are the scripts"\r\n')
  assert.equal(await client.say('DELETESCRIPT "b"\r\n'), 'OK "The script is deleted"\r\n')
  assert.equal(await client.say('DELETESCRIPT "b"\r\n'), 'NO (NONEXISTENT) "There is no script by that name"\r\n')
})

test('§2.5 and §1.3: what there is room for', async () => {
  const client = new Client()
  assert.equal(await client.say('HAVESPACE "a" 435\r\n'), 'OK "There is room for it"\r\n')
  assert.equal(await client.say('HAVESPACE "a" 999999\r\n'), 'NO (QUOTA/MAXSIZE) "A script may have 131072 bytes"\r\n')
  const long = `PUTSCRIPT "a" {200000+}\r\n${'#'.repeat(200_000)}\r\nNOOP\r\n`
  assert.equal(await client.say(long), 'NO (QUOTA/MAXSIZE) "A script may have 131072 bytes"\r\nOK "Done"\r\n')
  for (let at = 0; at < 64; at++) await client.say(`PUTSCRIPT "s${at}" "keep;"\r\n`)
  assert.equal(
    await client.say('PUTSCRIPT "more" "keep;"\r\n'),
    'NO (QUOTA/MAXSCRIPTS) "There are too many scripts"\r\n',
  )
  assert.equal(await client.say('HAVESPACE "more" 5\r\n'), 'NO (QUOTA/MAXSCRIPTS) "There are too many scripts"\r\n')
  assert.equal(await client.say('PUTSCRIPT "s5" "stop;"\r\n'), 'OK "The script is stored"\r\n')
})

test('§1.6: names', async () => {
  const client = new Client()
  for (const name of ['', 'a\tb', 'x'.repeat(129), 'a\u2028b', 'a\u0085b']) {
    assert.equal(await client.say(`PUTSCRIPT "${name}" "keep;"\r\n`), 'NO "That is no name for a script"\r\n', name)
  }
  assert.equal(await client.say(`PUTSCRIPT "${'\u20ac'.repeat(128)}" "keep;"\r\n`), 'OK "The script is stored"\r\n')
  assert.equal(
    await client.say(Buffer.from('PUTSCRIPT "\u00ff" "keep;"\r\n', 'latin1')),
    'NO "That is no name for a script"\r\n',
  )
})

test('§2.3, §2.13, §2.14.1, and what is not understood', async () => {
  const client = new Client()
  assert.equal(await client.say('NOOP\r\n'), 'OK "Done"\r\n')
  assert.equal(await client.say('NOOP "SYNC-42"\r\n'), 'OK (TAG "SYNC-42") "Done"\r\n')
  assert.equal(await client.say('UNAUTHENTICATE\r\n'), 'NO "There is no such command"\r\n')
  assert.equal(await client.say('AUTHENTICATE "PLAIN" "AGEAYg=="\r\n'), 'NO "You are logged in"\r\n')
  assert.equal(await client.say('STARTTLS\r\n'), 'NO "You are logged in"\r\n')
  assert.equal(await client.say('CONSTRUCTOR\r\n'), 'NO "There is no such command"\r\n')
  assert.equal(await client.say('GETSCRIPT\r\n'), 'NO "The arguments are not those of this command"\r\n')
  assert.equal(await client.say('GETSCRIPT a\r\n'), 'NO "The command is malformed"\r\n')
  assert.equal(await client.say('GETSCRIPT "a" "b"\r\n'), 'NO "The arguments are not those of this command"\r\n')
  assert.equal(await client.say('\r\n'), 'NO "The command is malformed"\r\n')
  assert.equal(await client.say('LOGOUT\r\nNOOP\r\n'), 'OK "Goodbye"\r\n')
  assert.equal(client.hasEnded, true)
})

test('a password that may only read changes nothing', async () => {
  const client = new Client(new MemoryAccount(), true)
  assert.equal(await client.say('PUTSCRIPT "a" "keep;"\r\n'), 'NO "This password may read and no more"\r\n')
  assert.equal(await client.say('SETACTIVE "a"\r\nLISTSCRIPTS\r\n'),
    'NO (NONEXISTENT) "There is no script by that name"\r\nOK "These are the scripts"\r\n') // prettier-ignore
})

test('any division into chunks gives the same replies', async () => {
  const text =
    'PUTSCRIPT "a" {5+}\r\nkeep;\r\nLISTSCRIPTS\r\nGETSCRIPT {1+}\r\na\r\nFOO {3+}\r\nx\r\n\r\nNOOP "\\"t\\\\"\r\nLOGOUT\r\n'
  const whole = await new Client().say(text)
  assert.match(whole, /OK \(TAG "\\"t\\\\"\) "Done"/)
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(text.length), { maxLength: 12 }), async (cuts) => {
      const client = new Client()
      const places = [0, ...cuts.sort((a, b) => a - b), text.length]
      let said = ''
      for (let at = 1; at < places.length; at++) said += await client.say(text.slice(places[at - 1], places[at]))
      assert.equal(said, whole)
    }),
    { numRuns: 100 },
  )
})

test('hostile clients: nothing throws, and floods end the session', async () => {
  const words = [
    'PUTSCRIPT',
    'GETSCRIPT',
    'NOOP',
    ' ',
    ' ',
    '"a"',
    '"',
    '{3+}\r\nabc',
    '{99999999999+}\r\n',
    '{3',
    '1',
    '\r\n',
    '\r\n',
    '\u0000',
    '\\',
    'keep;',
  ]
  await fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom(...words), { maxLength: 30 }), async (pieces) => {
      await new Client().say(pieces.join(''))
    }),
    { numRuns: 300 },
  )
  const client = new Client()
  assert.equal(await client.say('x'.repeat(10_000)), 'BYE "That is too much"\r\n')
  assert.equal(client.hasEnded, true)
})
