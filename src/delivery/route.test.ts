import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TestResolver } from '#platform/dns.test-support.ts'
import { type Relay, type Routing, destinationOf, noRouteReply, routeTo } from './route.ts'

const DIRECT: Routing = { relay: null, direct: true, ownNames: ['mail.example.org'] }

/** What is tried for an address, in order: names, or the reply. */
async function route(
  address: string,
  resolver: TestResolver,
  routing = DIRECT,
  random = (): number => 0,
): Promise<string> {
  const destination = destinationOf(address, routing)
  if (!('kind' in destination)) return `${destination.code} ${destination.status}`
  const hosts = await routeTo(destination, routing, resolver, random)
  if ('code' in hosts) return `${hosts.code} ${hosts.status}`
  return hosts.map(({ name }) => name).join(' ')
}

/** The addresses of the first host, or the reply. */
async function addresses(address: string, resolver: TestResolver, routing = DIRECT): Promise<string> {
  const destination = destinationOf(address, routing)
  assert.ok('kind' in destination)
  const hosts = await routeTo(destination, routing, resolver, () => 0)
  assert.ok(!('code' in hosts))
  const found = await hosts[0]?.addresses()
  assert.ok(found !== undefined)
  return 'code' in found ? `${found.code} ${found.status}` : found.join(' ')
}

test('exchangers by preference; equal ones in random order', async () => {
  const resolver = new TestResolver()
  resolver.exchangesOf.set('example.net', [
    { preference: 20, host: 'backup.example.net' },
    { preference: 10, host: 'one.example.net' },
    { preference: 10, host: 'two.example.net' },
  ])
  const orders = new Set<string>()
  for (let turn = 0; turn < 40; turn++) orders.add(await route('ben@example.net', resolver, DIRECT, Math.random))
  assert.deepEqual([...orders].sort(), [
    'one.example.net two.example.net backup.example.net',
    'two.example.net one.example.net backup.example.net',
  ])
})

test('domains without exchangers', async () => {
  const resolver = new TestResolver()
  resolver.addressesOf.set('host.example.net', ['192.0.2.1'])
  resolver.exchangesOf.set('null.example.net', [{ preference: 0, host: '' }])
  resolver.silent.add('silent.example.net')
  assert.equal(await route('ben@host.example.net', resolver), 'host.example.net')
  assert.equal(await route('ben@null.example.net', resolver), '556 5.1.10')
  assert.equal(await route('ben@nothing.example.net', resolver), '550 5.1.2')
  assert.equal(await route('ben@silent.example.net', resolver), '451 4.4.3')
})

test('mail does not come back to this server', async () => {
  const resolver = new TestResolver()
  const own = { preference: 20, host: 'Mail.Example.ORG' }
  resolver.exchangesOf.set('backup.example.net', [
    { preference: 30, host: 'worse.example.net' },
    own,
    { preference: 20, host: 'equal.example.net' },
    { preference: 10, host: 'better.example.net' },
  ])
  resolver.exchangesOf.set('best.example.net', [own, { preference: 30, host: 'worse.example.net' }])
  resolver.addressesOf.set('mail.example.org', ['192.0.2.1'])
  assert.equal(await route('ben@backup.example.net', resolver), 'better.example.net')
  assert.equal(await route('ben@best.example.net', resolver), '554 5.4.6')
  assert.equal(await route('ben@mail.example.org', resolver), '554 5.4.6')
})

test('addresses that no other server can have are not tried', async () => {
  const resolver = new TestResolver()
  const bad = [
    '127.0.0.1',
    '0.0.0.0',
    '169.254.169.254',
    '224.0.0.1',
    '255.255.255.255',
    '::1',
    '::',
    'fe80::1',
    'ff02::1',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
  ]
  resolver.addressesOf.set('bad.example.net', bad)
  resolver.addressesOf.set('good.example.net', [...bad, '192.0.2.1', '2001:db8::1', '10.1.2.3'])
  assert.equal(await addresses('ben@bad.example.net', resolver), '554 5.4.6')
  assert.equal(await addresses('ben@good.example.net', resolver), '192.0.2.1 2001:db8::1 10.1.2.3')
  assert.equal(
    await addresses('ben@bad.example.net', resolver, { ...DIRECT, loopback: true }).then((all) => all.split(' ')[0]),
    '127.0.0.1',
  )
  assert.equal(await route('ben@[127.0.0.1]', resolver), '554 5.4.6')
  assert.equal(await addresses('ben@[192.0.2.9]', resolver), '192.0.2.9')
  assert.equal(await addresses('ben@[IPv6:2001:db8::9]', resolver), '2001:db8::9')
})

test('an exchanger without addresses', async () => {
  const resolver = new TestResolver()
  resolver.exchangesOf.set('example.net', [{ preference: 1, host: 'mx.example.net' }])
  assert.equal(await addresses('ben@example.net', resolver), '550 5.4.4')
  resolver.silent.add('mx.example.net')
  assert.equal(await addresses('ben@example.net', resolver), '451 4.4.3')
})

test('domains as they are written', async () => {
  const resolver = new TestResolver()
  resolver.exchangesOf.set('xn--bcher-kva.example', [{ preference: 1, host: 'mx.example.net' }])
  assert.equal(await route('ben@bücher.example', resolver), 'mx.example.net')
  assert.equal(await route('ben@BÜCHER.Example.', resolver), 'mx.example.net')
  for (const domain of [
    '',
    'a b',
    '192.0.2.1',
    'a..b',
    '[nonsense]',
    '[1.2.3]',
    `${'x'.repeat(64)}.example`,
    'a/b',
    'ж:25',
    'a@b?c#d',
  ]) {
    assert.equal(await route(`ben@${domain}`, resolver), '553 5.1.2', domain)
  }
})

test('a relay takes everything', async () => {
  const resolver = new TestResolver()
  const relay: Relay = {
    host: 'relay.example.org',
    port: 465,
    tls: 'implicit',
    credentials: { user: 'a', password: 'b' },
  }
  const routing: Routing = { relay, direct: true, ownNames: [] }
  assert.equal(await route('ben@example.net', resolver, routing), 'relay.example.org')
  assert.equal(await addresses('ben@example.net', resolver, routing), '451 4.4.3')
  resolver.addressesOf.set('relay.example.org', ['127.0.0.1'])
  assert.equal(await addresses('ben@example.net', resolver, routing), '127.0.0.1')
  assert.deepEqual(destinationOf('ben@example.net', routing), destinationOf('eve@example.com', routing))
  assert.equal(noRouteReply(routing), null)
})

test('without a relay, and not directly: nothing is sent elsewhere, and that is said', async () => {
  const routing: Routing = { relay: null, direct: false, ownNames: [] }
  const resolver = new TestResolver()
  assert.equal(await route('ben@example.net', resolver, routing), '550 5.4.4')
  assert.match(noRouteReply(routing)?.text ?? '', /no relay is configured/)
  assert.deepEqual(resolver.asked, [])
})
