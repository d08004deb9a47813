// Hostile requests: bytes that are almost JSON, and calls whose arguments are of all types but the right one. Whatever comes, no promise is rejected,
// nothing is a mistake of ours, every response is of a form that the RFC knows, and the next honest request is answered. MAILKEEP_FUZZ_RUNS
// makes it long.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { MailboxId } from '#base/ids.ts'
import { MemoryAccount } from '#imap/memory-account.test-support.ts'
import { METHODS } from './methods.ts'
import { CORE, MAIL, SUBMISSION, TestClient, message } from './test-client.test-support.ts'

const runs = Number(process.env['MAILKEEP_FUZZ_RUNS'] ?? 400)

function newClient(): TestClient {
  const account = new MemoryAccount()
  for (const at of [0, 1, 2]) {
    account.deliver(
      message(
        'From: owner@example.org',
        'To: x@example.com',
        `Subject: ${at}`,
        'Date: Fri, 27 Nov 2026 12:00:00 +0000',
        '',
        'x',
      ),
      1 as MailboxId,
      ['$seen'],
    )
  }
  return new TestClient(account)
}

async function isAlive(client: TestClient): Promise<void> {
  const { status, json } = await client.post(
    JSON.stringify({ using: [CORE], methodCalls: [['Core/echo', { a: 1 }, 'x']] }),
  )
  assert.equal(status, 200)
  assert.deepEqual(json.methodResponses, [['Core/echo', { a: 1 }, 'x']])
}

const ERRORS = new Set([
  'serverUnavailable',
  'unknownMethod',
  'invalidArguments',
  'invalidResultReference',
  'forbidden',
  'accountNotFound',
  'requestTooLarge',
  'stateMismatch',
  'cannotCalculateChanges',
  'tooManyChanges',
  'anchorNotFound',
  'unsupportedSort',
  'unsupportedFilter',
  'fromAccountNotFound',
])

async function send(client: TestClient, body: string | Uint8Array): Promise<void> {
  const { status, type, json } = await client.post(body)
  assert.deepEqual(client.host.failures, [])
  if (status !== 200) {
    assert.equal(type, 'application/problem+json')
    assert.match(json.type, /^urn:ietf:params:jmap:error:(?:notJSON|notRequest|limit|unknownCapability)$/)
    return
  }
  for (const [name, args] of json.methodResponses) if (name === 'error') assert.ok(ERRORS.has(args.type), args.type)
}

test('bytes', async () => {
  const client = newClient()
  const honest = JSON.stringify({
    using: [CORE, MAIL],
    methodCalls: [
      ['Email/get', { accountId: client.accountId, ids: ['e1'], properties: ['subject', '\u00e9\n"'] }, 'c'],
    ],
  })
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.tuple(
          fc.nat(honest.length),
          fc.constantFrom('', '{', '}', '[', ']', '"', ',', ':', '\\', '\\u12', 'null', '1e9', '\0', '\xff'),
          fc.nat(6),
        ),
        {
          maxLength: 6,
        },
      ),
      async (edits) => {
        let text = honest
        for (const [at, insert, cut] of edits) text = text.slice(0, at) + insert + text.slice(at + cut)
        await send(client, Buffer.from(text, 'latin1'))
      },
    ),
    { numRuns: runs },
  )
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 60 }), (bytes) => send(client, bytes)),
    { numRuns: runs },
  )
  await isAlive(client)
})

const words = [
  'e1', 'e2', 'e9', 'm1', 'm2', 't1', 'b1', 'b1-1', 's1', 'i1', '#k', '#c0', 'k', 'x', '', '__proto__', 'constructor', 'a'.repeat(300), '\u0000', '\ud7ff',
  '$seen', '$draft', 'subject', 'from', 'header:From:asAddresses', 'header:X:all', 'bodyValues', 'bodyStructure', 'inbox', 'AND', 'NOT', 'receivedAt',
  '2026-11-27T12:00:00Z', 's1-1', 'g1', '1', '1-1', 'text/plain', 'multipart/mixed', 'owner@example.org', 'mailboxIds/m2', 'keywords/a', 'name/x', 'to/0',
] // prettier-ignore

const names = [
  'accountId', 'ids', 'properties', 'create', 'update', 'destroy', 'ifInState', 'filter', 'sort', 'position', 'anchor', 'anchorOffset', 'limit', 'calculateTotal',
  'sinceState', 'maxChanges', 'sinceQueryState', 'upToId', 'collapseThreads', 'emails', 'blobIds', 'emailIds', 'bodyProperties', 'maxBodyValueBytes',
  'fetchAllBodyValues', 'onSuccessUpdateEmail', 'onSuccessDestroyEmail', 'onDestroyRemoveEmails', 'fromAccountId', '#ids', '#properties', '#filter',
  'operator', 'conditions', 'inMailbox', 'text', 'header', 'hasKeyword', 'before', 'minSize', 'property', 'isAscending', 'keyword', 'name', 'parentId', 'role',
  'mailboxIds', 'keywords', 'to', 'subject', 'textBody', 'attachments', 'bodyStructure', 'bodyValues', 'subParts', 'partId', 'blobId', 'type', 'value', 'email',
  'identityId', 'emailId', 'envelope', 'mailFrom', 'rcptTo', 'resultOf', 'path', 'receivedAt', 'sentAt', 'k', 'e1', 'm1', '__proto__', 'keywords/a', 'mailboxIds/m2',
] // prettier-ignore

const anything = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constantFrom<unknown>(...words),
    fc.constantFrom<unknown>(null, true, false, 0, 1, -1, 2, 1.5, 2 ** 53, -0, 1e308),
    fc.string({ maxLength: 6 }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom(...names, ...words), tie('value'), { maxKeys: 5 }),
  ),
})).value

const call = fc.tuple(
  fc.constantFrom(...METHODS.keys(), 'Foo/get'),
  fc.dictionary(fc.constantFrom(...names), anything, { maxKeys: 6 }),
  fc.constantFrom('c0', 'c1', 'c2'),
)

test('calls with arguments of any type', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(call, { minLength: 1, maxLength: 4 }), fc.boolean(), async (calls, isOurs) => {
      const client = newClient()
      const methodCalls = calls.map(([name, args, id]) => [
        name,
        isOurs ? { accountId: client.accountId, ...args } : args,
        id,
      ])
      await send(client, JSON.stringify({ using: [CORE, MAIL, SUBMISSION], methodCalls }))
      await isAlive(client)
    }),
    { numRuns: runs },
  )
})

/** Honest arguments of each method, of which one is replaced. */
const HONEST: Readonly<Record<string, Record<string, unknown>>> = {
  'Mailbox/get': { ids: ['m1'], properties: ['name'] },
  'Mailbox/changes': { sinceState: '1-1', maxChanges: 5 },
  'Mailbox/query': { filter: { name: 'x' }, sort: [{ property: 'name' }], limit: 5, sortAsTree: true },
  'Mailbox/queryChanges': { filter: { name: 'x' }, sinceQueryState: '1-1' },
  'Mailbox/set': { create: { k: { name: 'x', parentId: 'm1' } }, update: { m1: { sortOrder: 1 } }, destroy: ['m2'] },
  'Thread/get': { ids: ['t1'] },
  'Thread/changes': { sinceState: '1' },
  'Email/get': { ids: ['e1'], properties: ['subject'], bodyProperties: ['type'], maxBodyValueBytes: 5 },
  'Email/changes': { sinceState: '1' },
  'Email/query': { filter: { inMailbox: 'm1' }, sort: [{ property: 'size' }], position: 0, limit: 5 },
  'Email/queryChanges': { filter: { inMailbox: 'm1' }, sinceQueryState: 's1-1' },
  'Email/set': {
    create: {
      k: {
        mailboxIds: { m1: true },
        from: [{ email: 'owner@example.org' }],
        textBody: [{ partId: '1', type: 'text/plain' }],
        bodyValues: { 1: { value: 'x' } },
        attachments: [{ blobId: 'b1', type: 'message/rfc822' }],
      },
    },
    update: { e1: { 'keywords/a': true, mailboxIds: { m1: true } } },
    destroy: ['e2'],
  },
  'Email/import': { emails: { k: { blobId: 'b1', mailboxIds: { m1: true } } } },
  'Email/parse': { blobIds: ['b1'], properties: ['subject'] },
  'SearchSnippet/get': { filter: { text: 'x' }, emailIds: ['e1'] },
  'Identity/get': { ids: ['i1'] },
  'Identity/set': { create: { k: { email: 'owner@example.org', name: 'x', bcc: [{ email: 'x@example.org' }] } } },
  'EmailSubmission/set': {
    create: {
      k: { identityId: 'i1', emailId: 'e1', envelope: { mailFrom: { email: 'x' }, rcptTo: [{ email: 'y' }] } },
    },
    onSuccessUpdateEmail: { '#k': { 'keywords/a': true } },
  },
  'EmailSubmission/query': { filter: { emailIds: ['e1'] }, sort: [{ property: 'emailId' }] },
}

/** Every place in a value, as a path. */
function placesOf(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  const inner = typeof value === 'object' && value !== null ? Object.entries(value) : []
  return [path, ...inner.flatMap(([name, member]) => placesOf(member, [...path, name]))]
}

function replaced(value: unknown, [name, ...rest]: readonly string[], by: unknown): unknown {
  if (name === undefined) return by
  if (Array.isArray(value)) return value.map((item, at) => (String(at) === name ? replaced(item, rest, by) : item))
  const object = value as Record<string, unknown>
  return { ...object, [name]: replaced(object[name], rest, by) }
}

test('honest calls with one thing wrong', async () => {
  const places = Object.entries(HONEST).flatMap(([name, args]) =>
    placesOf(args)
      .slice(1)
      .map((path) => [name, path] as const),
  )
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...places), anything, async ([name, path], by) => {
      const client = newClient()
      const args = { accountId: client.accountId, ...(replaced(HONEST[name], path, by) as object) }
      await send(client, JSON.stringify({ using: [CORE, MAIL, SUBMISSION], methodCalls: [[name, args, 'c']] }))
      await isAlive(client)
    }),
    { numRuns: 2 * runs },
  )
})
