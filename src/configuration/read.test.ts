import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatProblem, parseConfiguration } from './read.ts'

function problems(text: string): string[] {
  const parsed = parseConfiguration(text)
  return parsed.ok ? [] : parsed.error.map((problem) => formatProblem('mailkeep.yaml', problem))
}

test('an empty file means what no file means', () => {
  const empty = parseConfiguration('')
  assert.ok(empty.ok)
  assert.deepEqual(empty.value.listen, ['127.0.0.1'])
  assert.equal(empty.value.lock.grace, 60_000)
  assert.equal(empty.value.messages.maxSize, 50 * 1024 * 1024)
  assert.equal(empty.value.outgoing.direct, false)
  assert.equal(empty.value.parity.percent, 10)
  assert.equal(empty.value.scrub.every, 30 * 86_400_000)
  assert.equal(empty.value.rehearsal.every, 30 * 86_400_000)
  assert.deepEqual(empty.value.escrow, { delay: 259_200_000 })
  assert.equal(empty.value.retention.days, 30)
  assert.deepEqual(parseConfiguration('# nothing\n'), empty)
})

test('sizes and durations are written as people write them', () => {
  const parsed = parseConfiguration(
    'lock: {grace: 5m}\nmessages: {maxSize: 10 MiB}\nquota: 2g\noutgoing: {retryFor: 2d}\nscrub: {every: off}\n',
  )
  assert.ok(parsed.ok)
  assert.equal(parsed.value.lock.grace, 300_000)
  assert.equal(parsed.value.scrub.every, 'off')
  assert.equal(parsed.value.messages.maxSize, 10 * 1024 * 1024)
  assert.equal(parsed.value.quota, 2 * 1024 ** 3)
  assert.equal(parsed.value.outgoing.retryFor, 172_800_000)
})

test('every problem names its line and key', () => {
  assert.deepEqual(problems('hostname: mail.example.org\nlock:\n  grace: soon\nlisten: [192.0.2.1, nowhere]\n'), [
    'mailkeep.yaml:3: lock.grace: expected a duration, like 90s, 15m, 4h or 30d',
    'mailkeep.yaml:4: listen.1: expected an IP address, like 127.0.0.1 or ::1',
  ])
  assert.deepEqual(problems('listen: 127.0.0.1\nlock: 5m\n'), [
    'mailkeep.yaml:1: listen: expected a list of IP addresses, like [127.0.0.1]',
    'mailkeep.yaml:2: lock: expected settings below it',
  ])
  assert.deepEqual(problems('lock:\n  grce: 5m\n'), ['mailkeep.yaml:2: lock.grce: there is no setting grce'])
  assert.deepEqual(problems('outgoing:\n  smarthost:\n    port: 25\n'), [
    'mailkeep.yaml:3: outgoing.smarthost.host: is missing',
  ])
  assert.deepEqual(problems('scrub:\n  every: 5h\n'), [
    'mailkeep.yaml:2: scrub.every: expected off, or a duration of one day to a year, like 30d',
  ])
  assert.deepEqual(problems('rehearsal: {every: 400d}\n'), [
    'mailkeep.yaml:1: rehearsal.every: expected off, or a duration of one day to a year, like 30d',
  ])
  assert.deepEqual(problems('scrub: {every: often}\n'), [
    'mailkeep.yaml:1: scrub.every: expected off, or a duration of one day to a year, like 30d',
  ])
  assert.deepEqual(problems('retention: {days: 6}\n'), [
    'mailkeep.yaml:1: retention.days: expected a number from 7 to 36500',
  ])
  assert.deepEqual(problems('parity:\n  percent: 90\n'), [
    'mailkeep.yaml:2: parity.percent: expected a number from 0 to 50',
  ])
  assert.deepEqual(problems('escrow:\n  delay: 12h\n'), ['mailkeep.yaml:2: escrow.delay: expected at least 1d'])
  assert.deepEqual(problems('escrow:\n  recipient: AGE-SECRET-KEY-1\n'), [
    'mailkeep.yaml:2: escrow.recipient: expected an age recipient, like age1…',
  ])
  assert.match(problems('a: [1\nb: 2\n')[0] ?? '', /^mailkeep\.yaml:\d+: /)
  assert.match(problems('hostname: a\nhostname: b\n')[0] ?? '', /^mailkeep\.yaml:2: /)
  assert.equal(problems('just text').length, 1)
  assert.equal(problems(`vaults: ${'9'.repeat(2_000_000)}`).length, 1)
})

test('aliases do not multiply', () => {
  const bomb = [
    'a: &a [x,x,x,x,x,x,x,x]',
    ...'bcdefgh'.split('').map((name, at) => `${name}: &${name} [${Array(8).fill(`*${'abcdefg'[at]}`).join(',')}]`),
  ].join('\n')
  assert.equal(problems(bomb).length, 1)
})

test('origins are written as browsers write them, with a name', () => {
  const parsed = parseConfiguration(
    'passkeys: {origins: ["https://mail.example.org", "https://mail.example.org:8443"]}\n',
  )
  assert.ok(parsed.ok)
  assert.deepEqual(parsed.value.passkeys.origins, ['https://mail.example.org', 'https://mail.example.org:8443'])
  for (const origin of [
    'mail.example.org',
    'http://mail.example.org',
    'https://mail.example.org/',
    'https://Mail.example.org',
    'https://mail.example.org:443',
    'https://192.0.2.1',
    'https://[::1]',
  ]) {
    assert.deepEqual(problems(`passkeys: {origins: ["${origin}"]}\n`), [
      'mailkeep.yaml:1: passkeys.origins.0: expected an origin, like https://mail.example.org:8443',
    ])
  }
})

test('what programs are told is a name, and ports or off', () => {
  const parsed = parseConfiguration('clients: {host: mail.example.org, ports: {imaps: 993, pop3: off}}\n')
  assert.ok(parsed.ok)
  assert.deepEqual(parsed.value.clients, { host: 'mail.example.org', ports: { imaps: 993, pop3: 'off' } })
  assert.deepEqual(problems('clients:\n  host: 192.0.2.1\n  ports:\n    imaps: 0\n    pop3: no\n    http: 80\n'), [
    'mailkeep.yaml:2: clients.host: expected a host name, not an address',
    'mailkeep.yaml:4: clients.ports.imaps: expected a port number, or off',
    'mailkeep.yaml:5: clients.ports.pop3: expected a port number, or off',
    'mailkeep.yaml:6: clients.ports.http: there is no setting http',
  ])
})
