// RFC 8620 §3.7.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MemoryAccount } from '#imap/memory-account.test-support.ts'
import { CORE, TestClient } from './test-client.test-support.ts'

const client = new TestClient(new MemoryAccount())

const FIRST = {
  list: [
    { id: 'a', parts: ['p', 'q'], 'sl/ash': 1, 'til~de': 2 },
    { id: 'b', parts: [], 'sl/ash': 3, 'til~de': 4 },
    { id: 'c', parts: ['r'], 'sl/ash': 5, 'til~de': 6 },
  ],
  none: null,
  deep: [[1, 2], [[3]], 4],
}

async function follow(path: string, resultOf = 'x', name = 'Core/echo'): Promise<unknown> {
  const { json } = await client.post(
    JSON.stringify({
      using: [CORE],
      methodCalls: [
        ['Core/echo', FIRST, 'x'],
        ['Core/echo', { '#got': { resultOf, name, path }, kept: 1 }, 'y'],
      ],
    }),
  )
  const [, args] = json.methodResponses[1]
  if (args.type !== undefined) return args.type
  assert.equal(args.kept, 1)
  return args.got
}

test('pointers', async () => {
  assert.deepEqual(await follow('/list/*/id'), ['a', 'b', 'c'])
  assert.deepEqual(await follow('/list/*/parts'), ['p', 'q', 'r'])
  assert.deepEqual(await follow('/list/2/parts/0'), 'r')
  assert.deepEqual(await follow('/list/*/sl~1ash'), [1, 3, 5])
  assert.deepEqual(await follow('/list/*/til~0de'), [2, 4, 6])
  assert.deepEqual(await follow('/deep/*'), [1, 2, [3], 4])
  assert.deepEqual(await follow('/none'), null)
  assert.deepEqual(await follow(''), FIRST)
})

test('what does not resolve refuses the call', async () => {
  for (const path of [
    '/nothing',
    '/list/9',
    '/list/01',
    '/list/-',
    '/list/*/nothing',
    'list',
    '/none/x',
    '/list/*/id/*',
  ]) {
    assert.equal(await follow(path), 'invalidResultReference', path)
  }
  assert.equal(await follow('/list', 'nobody'), 'invalidResultReference')
  assert.equal(await follow('/list', 'x', 'Core/other'), 'invalidResultReference')
  assert.equal(await follow('/__proto__'), 'invalidResultReference')
  assert.equal(await follow('/constructor'), 'invalidResultReference')
})

test('a reference to an error, to a later call, and an argument that is there twice', async () => {
  const reference = { resultOf: 'a', name: 'Core/echo', path: '/x' }
  const { json } = await client.post(
    JSON.stringify({
      using: [CORE],
      methodCalls: [
        ['Core/wrong', { x: 1 }, 'a'],
        ['Core/echo', { '#x': reference }, 'b'],
        ['Core/echo', { '#x': { ...reference, resultOf: 'd' } }, 'c'],
        ['Core/echo', { x: 1 }, 'd'],
        ['Core/echo', { x: 1, '#x': { ...reference, resultOf: 'd' } }, 'e'],
        ['Core/echo', { '#x': { resultOf: 'd' } }, 'f'],
        ['Core/echo', { '#x': 'd' }, 'g'],
      ],
    }),
  )
  assert.deepEqual(
    json.methodResponses.map(([, { type, x }]: [string, { type?: string; x?: number }]) => type ?? x),
    [
      'unknownMethod',
      'invalidResultReference',
      'invalidResultReference',
      1,
      'invalidArguments',
      'invalidArguments',
      'invalidArguments',
    ],
  )
})

test('the first response with a call id counts', async () => {
  const { json } = await client.post(
    JSON.stringify({
      using: [CORE],
      methodCalls: [
        ['Core/echo', { x: 1 }, 'a'],
        ['Core/echo', { x: 2 }, 'a'],
        ['Core/echo', { '#y': { resultOf: 'a', name: 'Core/echo', path: '/x' } }, 'b'],
      ],
    }),
  )
  assert.deepEqual(json.methodResponses[2][1], { y: 1 })
})

test('a pointer that multiplies is cut off', async () => {
  const big = Array.from({ length: 1000 }, () => Array.from({ length: 100 }, () => 0))
  const { json } = await client.post(
    JSON.stringify({
      using: [CORE],
      methodCalls: [
        ['Core/echo', { big }, 'a'],
        ['Core/echo', { '#y': { resultOf: 'a', name: 'Core/echo', path: '/big/*/*' } }, 'b'],
      ],
    }),
  )
  assert.equal(json.methodResponses[1][1].type, 'invalidResultReference')
})
