// RFC 8620 §3: what a request may look like, and how it is refused.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MemoryAccount } from '#imap/memory-account.test-support.ts'
import { CORE, MAIL, TestClient } from './test-client.test-support.ts'

const client = new TestClient(new MemoryAccount())

const ERROR = 'urn:ietf:params:jmap:error:'

async function problem(body: string | Uint8Array): Promise<{ type: string; limit?: string }> {
  const { status, type, json } = await client.post(body)
  assert.equal(type, 'application/problem+json')
  assert.equal(json.status, status)
  assert.ok(status >= 400 && typeof json.detail === 'string')
  assert.ok(json.type.startsWith(ERROR))
  return { ...json, type: json.type.slice(ERROR.length) }
}

function request(methodCalls: unknown, others: object = {}): string {
  return JSON.stringify({ using: [CORE], methodCalls, ...others })
}

test('what is not I-JSON is notJSON (§3.6.1, RFC 7493)', async () => {
  const bodies: (string | Uint8Array)[] = [
    '',
    '{',
    'null x',
    '{"using":[],"methodCalls":[],}',
    "{'using':[]}",
    '{"using":[],"using":[],"methodCalls":[]}',
    '{"using":[],"us\\u0069ng":[],"methodCalls":[]}',
    '{"using":[],"methodCalls":[],"x":"\\ud800"}',
    '{"using":[],"methodCalls":[],"\\udc00":1}',
    '{"using":["a"}',
    '[1}',
    '{"a" 1}',
    '["a":1]',
    '{"using":[],"methodCalls":[],"x":01}',
    '{"using":[],"methodCalls":[],"x":"a\nb"}',
    '{"using":[],"methodCalls":[],"x":"unended',
    '{"using":[],"methodCalls":[],"x":"\\x"}',
    '\ufeff{"using":[],"methodCalls":[]}',
    Buffer.from([0x22, 0xff, 0x22]),
    Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]),
  ]
  for (const body of bodies) assert.equal((await problem(body)).type, 'notJSON', String(body))
})

test('names that objects have anyway are names like others', async () => {
  const args = '{"__proto__":{"a":1},"constructor":2,"toString":[]}'
  const { json } = await client.post(`{"using":["${CORE}"],"methodCalls":[["Core/echo",${args},"c"]]}`)
  assert.equal(JSON.stringify(json.methodResponses[0][1]), args)
})

test('what is no Request is notRequest', async () => {
  const bodies = [
    'null',
    '[]',
    '"x"',
    '{}',
    '{"using":[]}',
    '{"using":"x","methodCalls":[]}',
    '{"using":[1],"methodCalls":[]}',
    request({}),
    request([1]),
    request([[]]),
    request([['Core/echo', {}]]),
    request([['Core/echo', {}, 1]]),
    request([['Core/echo', [], 'c']]),
    request([['Core/echo', {}, 'c', 1]]),
    request([[1, {}, 'c']]),
    request([], { createdIds: [] }),
    request([], { createdIds: { 'not an id!': 'x' } }),
    request([], { createdIds: { k: 1 } }),
  ]
  for (const body of bodies) assert.equal((await problem(body)).type, 'notRequest', body)
})

test('a capability that is not there is unknownCapability', async () => {
  const body = JSON.stringify({ using: [CORE, 'https://example.com/apis/foobar'], methodCalls: [] })
  assert.equal((await problem(body)).type, 'unknownCapability')
})

test('limits name themselves', async () => {
  const echo = ['Core/echo', {}, 'c']
  assert.equal((await problem(request(Array.from({ length: 65 }, () => echo)))).limit, 'maxCallsInRequest')
  assert.equal((await problem(Buffer.alloc(10_000_001, 0x20))).limit, 'maxSizeRequest')
  assert.equal((await problem(`${'['.repeat(70)}${']'.repeat(70)}`)).limit, 'maxSizeRequest')
  assert.equal((await problem(`[${'0,'.repeat(200_001)}0]`)).limit, 'maxSizeRequest')
})

test('more than eight requests at a time are refused', async () => {
  const body = request([['Core/echo', { x: 1 }, 'c']])
  const all = await Promise.all(Array.from({ length: 12 }, () => client.post(body)))
  assert.deepEqual(all.filter(({ status }) => status === 200).length, 8)
  assert.ok(all.slice(8).every(({ json }) => json.limit === 'maxConcurrentRequests'))
  assert.equal((await client.post(body)).status, 200)
})

test('unknown members of the Request are ignored (§3.3)', async () => {
  const { json } = await client.post(request([['Core/echo', { hello: true, high: 5 }, 'b3ff']], { future: 1 }))
  assert.deepEqual(json.methodResponses, [['Core/echo', { hello: true, high: 5 }, 'b3ff']])
  assert.equal(typeof json.sessionState, 'string')
  assert.ok(!('createdIds' in json))
})

test('a request without calls, and one that nothing was opted in to', async () => {
  assert.deepEqual((await client.post(request([]))).json.methodResponses, [])
  const { json } = await client.post(JSON.stringify({ using: [], methodCalls: [['Core/echo', {}, 'c']] }))
  assert.deepEqual(json.methodResponses, [['error', { type: 'unknownMethod' }, 'c']])
})

test('each call succeeds or fails by itself, in order (§3.6.2)', async () => {
  const { json } = await client.post(
    JSON.stringify({
      using: [CORE, MAIL],
      methodCalls: [
        ['Foo/get', {}, 'a'],
        ['Mailbox/get', { accountId: 'nobody' }, 'b'],
        ['Mailbox/get', {}, 'c'],
        ['Mailbox/get', { accountId: client.accountId, surprise: 1 }, 'd'],
        ['Mailbox/get', { accountId: client.accountId, ids: 'x' }, 'e'],
        ['Mailbox/get', { accountId: client.accountId, ids: ['not an id!'] }, 'f'],
        ['Identity/get', { accountId: client.accountId }, 'g'],
        ['Core/echo', { last: 1 }, 'h'],
      ],
    }),
  )
  const types = json.methodResponses.map(([name, args, id]: [string, { type?: string }, string]) => [
    name,
    args.type ?? null,
    id,
  ])
  assert.deepEqual(types, [
    ['error', 'unknownMethod', 'a'],
    ['error', 'accountNotFound', 'b'],
    ['error', 'invalidArguments', 'c'],
    ['error', 'invalidArguments', 'd'],
    ['error', 'invalidArguments', 'e'],
    ['error', 'invalidArguments', 'f'],
    ['error', 'unknownMethod', 'g'],
    ['Core/echo', null, 'h'],
  ])
  // Nothing of what was sent comes back.
  assert.ok(!JSON.stringify(json).includes('not an id!'))
})

test('a mistake of ours is serverFail, told to the host, and not the end of the request', async () => {
  const account = new MemoryAccount()
  const broken = new TestClient(account)
  account.mailboxes = () => {
    throw new TypeError('a secret')
  }
  const { json } = await broken.post(
    JSON.stringify({
      using: [CORE, MAIL],
      methodCalls: [
        ['Mailbox/query', { accountId: broken.accountId }, 'a'],
        ['Core/echo', {}, 'b'],
      ],
    }),
  )
  assert.equal(json.methodResponses[0][1].type, 'serverFail')
  assert.equal(json.methodResponses[1][0], 'Core/echo')
  assert.ok(!JSON.stringify(json).includes('secret'))
  assert.equal(broken.host.failures.length, 1)
})

test('creation ids go through the request, and come back if they were given (§3.3)', async () => {
  const account = new MemoryAccount()
  const creating = new TestClient(account)
  const { json } = await creating.post(
    JSON.stringify({
      using: [CORE, MAIL],
      createdIds: { before: 'm1' },
      methodCalls: [
        [
          'Mailbox/set',
          {
            accountId: creating.accountId,
            create: { inner: { name: 'Inner', parentId: '#outer' }, outer: { name: 'Outer', parentId: '#before' } },
          },
          'a',
        ],
        ['Mailbox/set', { accountId: creating.accountId, create: { last: { name: 'Last', parentId: '#inner' } } }, 'b'],
      ],
    }),
  )
  assert.deepEqual(json.createdIds, { before: 'm1', outer: 'm2', inner: 'm3', last: 'm4' })
  assert.equal(account.mailbox(4 as never)?.path, 'INBOX/Outer/Inner/Last')
})
