// RFC 8621 §4.4 and §4.5, RFC 8620 §5.5 and §5.6. What results are, and stay, sync.prop.test.ts compares with the plain truth; here is what it leaves out.

import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import type { MailboxId } from '#base/ids.ts'
import { MemoryAccount } from '#imap/memory-account.test-support.ts'
import { type Any, TestClient, message } from './test-client.test-support.ts'

const account = new MemoryAccount()
const client = new TestClient(account)

before(async () => {
  await account.commit([
    { kind: 'createMailbox', parent: null, name: 'Work', role: null, uidValidity: 1, subscribed: true },
  ])
  const deliver = (day: number, mailbox: number, ...lines: string[]): void => {
    account.deliver(message(...lines), mailbox as MailboxId, [], Date.UTC(2026, 10, day))
  }
  deliver(
    1,
    1,
    'From: "Zoë Zimmer" <zoe@example.net>',
    'To: Bob <bob@example.org>',
    'Cc: carol@example.com',
    'Subject: Re: the quick brown fox',
    'Date: Mon, 2 Nov 2026 10:00:00 +0000',
    'X-Mark: blue green',
    '',
    'It jumps over the lazy dog. Naïve café.',
  )
  deliver(
    2,
    1,
    'From: adam@example.net',
    'To: "Anna" <anna@example.org>',
    'Bcc: dave@example.com',
    'Subject: [list] Ärger',
    'Date: Sun, 1 Nov 2026 10:00:00 +0000',
    '',
    'A quick note. It is not a fox.',
  )
  deliver(
    3,
    2,
    'From: bea@example.net',
    'To: ',
    'Subject: zebra',
    'X-Mark: red',
    'Content-Type: multipart/mixed; boundary=b',
    '',
    '--b',
    'Content-Type: text/html',
    '',
    '<style>dog{color:quick}</style><p title="elephant">one <b>brown</b> bear</p>',
    '--b',
    'Content-Type: application/pdf; name=invoice.pdf',
    '',
    'pdf',
    '--b--',
  )
  deliver(4, 2, 'Subject: 日本語の件名', '', '東京都の天気')
})

async function find(filter: object | null, args: object = {}): Promise<string> {
  const { ids } = await client.call('Email/query', { filter, ...args })
  return ids.map((id: string) => id.slice(1)).join('')
}

test('text (§4.4.1): words, all of them, without regard to case and diacritics, in phrases', async () => {
  for (const [filter, expected] of [
    [{ text: 'quick' }, '21'],
    [{ text: 'QUICK brown' }, '1'],
    [{ text: '"quick brown"' }, '1'],
    [{ text: "'quick brown' lazy" }, '1'],
    [{ text: '"brown quick"' }, ''],
    [{ text: 'naive cafe' }, '1'],
    [{ text: 'uick' }, ''],
    [{ text: "it's" }, ''],
    [{ text: '"quick note' }, '2'],
    [{ text: '"the \\"quick\\" brown"' }, '1'],
    [{ text: '' }, '4321'],
    [{ text: '東京' }, '4'],
    [{ from: 'zoe' }, '1'],
    [{ from: 'zoe@example.net' }, '1'],
    [{ to: 'anna' }, '2'],
    [{ cc: 'carol' }, '1'],
    [{ bcc: 'dave' }, '2'],
    [{ subject: 'arger' }, '2'],
    [{ subject: '日本' }, '4'],
    [{ body: 'fox' }, '2'],
    [{ body: 'brown bear' }, '3'],
    [{ body: 'color' }, ''],
    [{ text: 'fox', inMailbox: 'm1', after: '2026-11-02T00:00:00Z' }, '2'],
    [{ text: 'quick', from: 'adam' }, '2'],
    [{ operator: 'OR', conditions: [{ subject: 'zebra' }, { body: 'lazy' }] }, '31'],
    [{ operator: 'NOT', conditions: [{ text: 'quick' }, { subject: 'zebra' }] }, '4'],
  ] as const) {
    assert.equal(await find(filter), expected, JSON.stringify(filter))
  }
})

test('other conditions (§4.4.1)', async () => {
  const size = account.email(1 as never)?.sizeBytes ?? 0
  for (const [filter, expected] of [
    [{ header: ['X-Mark'] }, '31'],
    [{ header: ['x-mark', 'GREEN'] }, '1'],
    [{ header: ['X-Mark', 'red'], inMailbox: 'm2' }, '3'],
    [{ operator: 'NOT', conditions: [{ header: ['X-Mark'] }] }, '42'],
    [{ hasAttachment: true }, '3'],
    [{ hasAttachment: false }, '421'],
    [{ minSize: size, maxSize: size + 1 }, '1'],
    [{ before: '2026-11-02T00:00:00Z' }, '1'],
    [{ after: '2026-11-02T00:00:00Z', before: '2026-11-04T00:00:00Z' }, '32'],
    [{ inMailbox: 'm9' }, ''],
    [{ inMailbox: 'nonsense' }, ''],
    [{ inMailboxOtherThan: ['m1', 'm9'] }, '43'],
    [{ inMailboxOtherThan: [] }, '4321'],
    [{}, '4321'],
    [{ operator: 'AND', conditions: [] }, '4321'],
    [{ operator: 'OR', conditions: [] }, ''],
    [{ operator: 'NOT', conditions: [] }, '4321'],
    [{ operator: 'NOT', conditions: [{}] }, ''],
  ] as const) {
    assert.equal(await find(filter), expected, JSON.stringify(filter))
  }
})

test('sorts (§4.4.2)', async () => {
  const sorted = async (property: string, isAscending?: boolean, others: object = {}): Promise<string> =>
    find(null, { sort: [{ property, ...(isAscending === undefined ? {} : { isAscending }), ...others }] })
  assert.equal(await sorted('receivedAt'), '1234')
  assert.equal(await sorted('receivedAt', false), '4321')
  assert.equal(await sorted('sentAt'), '4321')
  assert.equal(await sorted('sentAt', false), '1243')
  // By name, else by address; the base subject, without Re: and [list].
  assert.equal(await sorted('from'), '4231')
  assert.equal(await sorted('to'), '4321')
  assert.equal(await sorted('subject'), '2134')
  assert.equal(await sorted('subject', true, { collation: 'i;unicode-casemap' }), await sorted('subject'))
  assert.equal(await find(null, { sort: [] }), '4321')
  assert.equal(await find(null, { sort: null }), '4321')
})

async function refusal(args: object): Promise<string> {
  return (await client.error('Email/query', args)).type
}

test('filters and sorts that are refused', async () => {
  for (const filter of [
    { surprise: 1 },
    { inMailbox: 5 },
    { inMailbox: null },
    { before: '2026-11-02' },
    { before: '2026-11-02T00:00:00+01:00' },
    { minSize: -1 },
    { hasKeyword: 'a b' },
    { header: [] },
    { header: ['a', 'b', 'c'] },
    { operator: 'XOR', conditions: [] },
    { operator: 'AND' },
    { operator: 'AND', conditions: [], text: 'x' },
    { operator: 'AND', conditions: [null] },
    [],
    'x',
  ]) {
    assert.equal(await refusal({ filter }), 'invalidArguments', JSON.stringify(filter))
  }
  let deep: object = { text: 'x' }
  for (let level = 0; level < 20; level++) deep = { operator: 'NOT', conditions: [deep] }
  assert.equal(await refusal({ filter: deep }), 'unsupportedFilter')
  const wide = { operator: 'OR', conditions: Array.from({ length: 300 }, () => ({ text: 'x' })) }
  assert.equal(await refusal({ filter: wide }), 'unsupportedFilter')
  assert.equal(await refusal({ sort: [{ property: 'nothing' }] }), 'unsupportedSort')
  assert.equal(await refusal({ sort: [{ property: 'subject', collation: 'i;nothing' }] }), 'unsupportedSort')
  assert.equal(await refusal({ sort: [{ property: 'hasKeyword' }] }), 'invalidArguments')
  assert.equal(await refusal({ sort: [{ property: 'size', keyword: 'x' }] }), 'invalidArguments')
  assert.equal(await refusal({ sort: [{ property: 'size', surprise: 1 }] }), 'invalidArguments')
  assert.equal(await refusal({ sort: {} }), 'invalidArguments')
})

test('windows (RFC 8620 §5.5)', async () => {
  const window = async (args: object): Promise<Any> => {
    const { position, ids, total, limit } = await client.call('Email/query', args)
    return [position, ids.join(' '), total, limit]
  }
  assert.deepEqual(await window({ calculateTotal: true }), [0, 'e4 e3 e2 e1', 4, 25000])
  assert.deepEqual(await window({ limit: 2 }), [0, 'e4 e3', undefined, undefined])
  assert.deepEqual(await window({ limit: 0 }), [0, '', undefined, undefined])
  assert.deepEqual(await window({ position: 1, limit: 2 }), [1, 'e3 e2', undefined, undefined])
  assert.deepEqual(await window({ position: -1, limit: 2 }), [3, 'e1', undefined, undefined])
  assert.deepEqual(await window({ position: -9, limit: 2 }), [0, 'e4 e3', undefined, undefined])
  assert.deepEqual(await window({ position: 9, limit: 2 }), [9, '', undefined, undefined])
  assert.deepEqual(await window({ position: 9, anchor: 'e2', limit: 1 }), [2, 'e2', undefined, undefined])
  assert.deepEqual(await window({ anchor: 'e2', anchorOffset: -1, limit: 2 }), [1, 'e3 e2', undefined, undefined])
  assert.deepEqual(await window({ anchor: 'e2', anchorOffset: -9, limit: 1 }), [0, 'e4', undefined, undefined])
  assert.deepEqual(await window({ anchor: 'e2', anchorOffset: 9, limit: 1 }), [11, '', undefined, undefined])
  assert.deepEqual(await window({ anchorOffset: 2, limit: 1 }), [0, 'e4', undefined, undefined])
  assert.deepEqual(await window({ limit: 100_000 }), [0, 'e4 e3 e2 e1', undefined, 25000])
  const inWork = { filter: { inMailbox: 'm2' } }
  assert.equal((await client.error('Email/query', { ...inWork, anchor: 'e1' })).type, 'anchorNotFound')
  assert.equal((await client.error('Email/query', { anchor: 'm1' })).type, 'anchorNotFound')
  assert.equal((await client.error('Email/query', { limit: -1 })).type, 'invalidArguments')
  assert.equal((await client.error('Email/query', { position: 1.5 })).type, 'invalidArguments')
})

test('an anchor far down a result that is found, not kept in order', async () => {
  const args = { filter: { text: 'quick' }, sort: [{ property: 'size' }], anchor: 'e2', anchorOffset: 0 }
  const { position, ids } = await client.call('Email/query', args)
  assert.deepEqual(ids, ['e2', 'e1'].slice(position))
})

test('changes of queries that are refused (RFC 8620 §5.6)', async () => {
  const { queryState } = await client.call('Email/query', { filter: { text: 'fox' } })
  const changes = { filter: { text: 'fox' }, sinceQueryState: queryState }
  assert.deepEqual((await client.call('Email/queryChanges', changes)).added, [])
  for (const sinceQueryState of ['', 'x', 's1', `s1-1`, 'g99999999', 'g-1', 'gx']) {
    const error = await client.error('Email/queryChanges', { ...changes, sinceQueryState })
    assert.equal(error.type, 'cannotCalculateChanges', sinceQueryState)
  }
  const error = await client.error('Email/queryChanges', { ...changes, sinceQueryState: 'g1', maxChanges: 0 })
  assert.equal(error.type, 'tooManyChanges')
})

test('what comes behind the last known one is left out, where nothing can move (RFC 8620 §5.6)', async () => {
  const own = new MemoryAccount()
  const reader = new TestClient(own)
  const deliver = (day: number): number => own.deliver(message('Subject: x', '', 'x'), 1 as MailboxId, [], day)
  for (const day of [5, 4, 3]) deliver(day)
  const query = { sort: [{ property: 'receivedAt', isAscending: false }] }
  const { queryState } = await reader.call('Email/query', query)
  deliver(1)
  deliver(6)
  const added = async (args: object): Promise<Any> =>
    (await reader.call('Email/queryChanges', { ...query, sinceQueryState: queryState, ...args })).added
  const first = { id: 'e5', index: 0 }
  assert.deepEqual(await added({}), [first, { id: 'e4', index: 4 }])
  assert.deepEqual(await added({ upToId: 'e2' }), [first])
  assert.deepEqual(await added({ upToId: 'e9' }), [first, { id: 'e4', index: 4 }])
  assert.deepEqual(await added({ collapseThreads: true, upToId: 'e2' }), [first, { id: 'e4', index: 4 }])
})

test('marking as read changes nothing about a mailbox\u2019s order', async () => {
  const own = new MemoryAccount()
  const reader = new TestClient(own)
  own.deliver(message('Subject: x', '', 'x'))
  for (const collapseThreads of [false, true]) {
    const query = {
      filter: { inMailbox: 'm1' },
      sort: [{ property: 'receivedAt', isAscending: false }],
      collapseThreads,
    }
    const { queryState } = await reader.call('Email/query', query)
    await reader.call('Email/set', {
      update: { e1: { 'keywords/$seen': collapseThreads ? true : null, 'keywords/x': true } },
    })
    const { removed, added } = await reader.call('Email/queryChanges', { ...query, sinceQueryState: queryState })
    assert.deepEqual([removed, added], [[], []])
  }
})
