// The resolver against a name server of a few lines.

import assert from 'node:assert/strict'
import dgram from 'node:dgram'
import { after, before, test } from 'node:test'
import { type MailResolver, systemResolver } from './dns.ts'

const TYPES: Readonly<Record<number, string>> = { 1: 'A', 15: 'MX', 28: 'AAAA' }
const SERVFAIL = 2
const NXDOMAIN = 3

/** Names as they travel. */
function wireName(name: string): Buffer {
  const labels = name === '' ? [] : name.split('.')
  return Buffer.concat([
    ...labels.map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)])),
    Buffer.alloc(1),
  ])
}

function mx(preference: number, host: string): Buffer {
  return Buffer.concat([Buffer.from([preference >> 8, preference & 255]), wireName(host)])
}

/** By type and name; a number is a response code. */
const ZONE: Readonly<Record<string, readonly Buffer[] | number>> = {
  'MX example.test': [mx(10, 'mx1.example.test'), mx(20, 'mx2.example.test')],
  'MX null.test': [mx(0, '')],
  'A mx1.example.test': [Buffer.from([192, 0, 2, 1]), Buffer.from([192, 0, 2, 2])],
  'AAAA mx1.example.test': [Buffer.from('20010db8000000000000000000000001', 'hex')],
  'A half.test': [Buffer.from([192, 0, 2, 3])],
  'AAAA half.test': SERVFAIL,
  'MX none.test': [],
  'A none.test': [],
  'AAAA none.test': [],
  'MX broken.test': SERVFAIL,
  'A broken.test': SERVFAIL,
  'AAAA broken.test': [],
}

function respond(query: Buffer): Buffer | null {
  const labels: string[] = []
  let at = 12
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length))
    at += 1 + length
  }
  const type = query.readUInt16BE(at + 1)
  const name = labels.join('.')
  if (name === 'silent.test') return null
  const answer = ZONE[`${TYPES[type]} ${name}`] ?? NXDOMAIN
  const records = typeof answer === 'number' ? [] : answer
  const head = Buffer.alloc(12)
  query.copy(head, 0, 0, 2)
  head.writeUInt16BE(0x8180 | (typeof answer === 'number' ? answer : 0), 2)
  head.writeUInt16BE(1, 4)
  head.writeUInt16BE(records.length, 6)
  const answers = records.map((data) => {
    const fields = Buffer.alloc(12)
    fields.writeUInt16BE(0xc00c, 0)
    fields.writeUInt16BE(type, 2)
    fields.writeUInt16BE(1, 4)
    fields.writeUInt16BE(data.length, 10)
    return Buffer.concat([fields, data])
  })
  return Buffer.concat([head, query.subarray(12, at + 5), ...answers])
}

const server = dgram.createSocket('udp4')
let resolver: MailResolver

before(async () => {
  server.on('message', (query, { port, address }) => {
    const response = respond(query)
    if (response !== null) server.send(response, port, address)
  })
  await new Promise<void>((resolve) => server.bind(0, '127.0.0.1', resolve))
  const servers = [`127.0.0.1:${server.address().port}`]
  resolver = systemResolver({ servers, timeoutMs: 100, tries: 1 })
})

after(() => {
  server.close()
})

test('MX records', async () => {
  const found = await resolver.exchanges('example.test')
  assert.ok(found.kind === 'found')
  assert.deepEqual(
    found.records.toSorted((a, b) => a.preference - b.preference),
    [
      { preference: 10, host: 'mx1.example.test' },
      { preference: 20, host: 'mx2.example.test' },
    ],
  )
  assert.deepEqual(await resolver.exchanges('null.test'), { kind: 'found', records: [{ preference: 0, host: '' }] })
  assert.deepEqual(await resolver.exchanges('none.test'), { kind: 'noRecords' })
  assert.deepEqual(await resolver.exchanges('nothing.test'), { kind: 'noName' })
  assert.deepEqual(await resolver.exchanges('broken.test'), { kind: 'failed', code: 'ESERVFAIL' })
  assert.deepEqual(await resolver.exchanges('silent.test'), { kind: 'failed', code: 'ETIMEOUT' })
  assert.equal((await resolver.exchanges(`${'x'.repeat(70)}.test`)).kind, 'noName')
})

test('addresses of both families', async () => {
  assert.deepEqual(await resolver.addresses('mx1.example.test'), {
    kind: 'found',
    records: ['192.0.2.1', '192.0.2.2', '2001:db8::1'],
  })
  assert.deepEqual(await resolver.addresses('half.test'), { kind: 'found', records: ['192.0.2.3'] })
  assert.deepEqual(await resolver.addresses('none.test'), { kind: 'noRecords' })
  assert.deepEqual(await resolver.addresses('nothing.test'), { kind: 'noName' })
  assert.equal((await resolver.addresses('broken.test')).kind, 'failed')
})

test('hosts as the machine finds them', async () => {
  const found = await resolver.systemAddresses('localhost')
  assert.ok(found.kind === 'found' && found.records.includes('127.0.0.1'))
})
