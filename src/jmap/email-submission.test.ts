// RFC 8621 §7.

import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import type { MailboxId } from '#base/ids.ts'
import { MemoryAccount } from '#imap/memory-account.test-support.ts'
import { type Any, TestClient, message } from './test-client.test-support.ts'

let account: MemoryAccount
let client: TestClient
let identityId: string

beforeEach(async () => {
  account = new MemoryAccount()
  client = new TestClient(account)
  const shared = { kind: 'createMailbox', parent: null, uidValidity: 1, subscribed: true } as const
  await account.commit([
    { ...shared, name: 'Drafts', role: 'drafts' },
    { ...shared, name: 'Sent', role: 'sent' },
  ])
  identityId = (await client.call('Identity/get')).list[0].id
})

function draft(...lines: string[]): string {
  const header = ['Date: Fri, 27 Nov 2026 12:00:00 +0000', 'From: Owner <owner@example.org>']
  const fields = lines.some((line) => line.startsWith('From:')) ? header.slice(0, 1) : header
  account.deliver(message(...fields, ...lines, '', 'text'), 2 as MailboxId, ['$draft'])
  return `e${account.nextEmail - 1}`
}

async function submit(object: object): Promise<Any> {
  const { created, notCreated } = await client.call('EmailSubmission/set', { create: { k: { identityId, ...object } } })
  return created?.k ?? notCreated.k
}

function address(email: string): object {
  return { email, parameters: null }
}

/** Who sends a message with these header fields. */
async function sender(...lines: string[]): Promise<string | undefined> {
  await submit({ emailId: draft('To: x@example.com', ...lines) })
  return client.host.sent.at(-1)?.mailFrom
}

/** Why it is not sent. */
async function refusal(object: object): Promise<Any> {
  const { type, ...others } = await submit(object)
  return [type, others]
}

function invalid(...properties: string[]): Any {
  return ['invalidProperties', { properties }]
}

function envelope(mailFrom: string, ...rcptTo: string[]): object {
  return {
    emailId: 'e1',
    envelope: { mailFrom: { email: mailFrom }, rcptTo: rcptTo.map((email) => ({ email })) },
  }
}

test('sending: to all recipients once, without Bcc; and the example of the RFC', async () => {
  const emailId = draft(
    'To: Jane <jane@example.com>, "J" <jane@EXAMPLE.com>',
    'Cc: team: a@example.com, b@example.com;',
    'Bcc: secret@example.com,',
    ' other@example.com',
    'Subject: x',
  )
  const responses = await client.calls([
    [
      'EmailSubmission/set',
      {
        create: { k1490: { identityId, emailId } },
        onSuccessUpdateEmail: {
          '#k1490': { 'mailboxIds/m2': null, 'mailboxIds/m3': true, 'keywords/$draft': null },
        },
      },
    ],
  ])
  assert.deepEqual(
    responses.map(([name]) => name),
    ['EmailSubmission/set', 'Email/set'],
  )
  const made = responses[0]?.[1].created.k1490
  const recipients = ['jane@example.com', 'a@example.com', 'b@example.com', 'secret@example.com', 'other@example.com']
  assert.deepEqual(made, {
    id: 's1',
    threadId: 't1',
    envelope: { mailFrom: address('owner@example.org'), rcptTo: recipients.map(address) },
    sendAt: made.sendAt,
    undoStatus: 'final',
    deliveryStatus: null,
    dsnBlobIds: [],
    mdnBlobIds: [],
  })
  assert.deepEqual(responses[1]?.[1].updated, { e1: null })
  const [email] = (await client.call('Email/get', { ids: ['e1'], properties: ['mailboxIds', 'keywords', 'bcc'] })).list
  assert.deepEqual([email.mailboxIds, email.keywords], [{ m3: true }, {}])
  // The owner's copy says to whom.
  assert.equal(email.bcc.length, 2)
  const [sent] = client.host.sent
  assert.deepEqual([sent?.mailFrom, sent?.rcptTo], ['owner@example.org', recipients])
  assert.ok(!sent?.message.includes('secret') && !sent?.message.includes('other@'))
  assert.match(sent?.message ?? '', /^Date: .*\r\nFrom: .*\r\nTo: .*\r\nCc: .*\r\nSubject: x\r\n\r\ntext\r\n$/)
  const [kept] = (await client.call('EmailSubmission/get')).list
  assert.deepEqual(kept, { ...made, identityId, emailId })
})

test('an envelope that is given counts', async () => {
  const emailId = draft('To: nobody@example.com')
  const envelope = {
    mailFrom: { email: 'any@wild.example', parameters: null },
    rcptTo: [{ email: 'x@example.com' }, { email: 'X@example.com', parameters: {} }, { email: 'x@EXAMPLE.com' }],
  }
  const made = await submit({ emailId, envelope })
  assert.ok(!('envelope' in made))
  assert.deepEqual(client.host.sent[0]?.mailFrom, 'any@wild.example')
  assert.deepEqual(client.host.sent[0]?.rcptTo, ['x@EXAMPLE.com', 'X@example.com'])
})

test('the sender, if there is one, and the identity\u2019s address where that does not allow it (§7)', async () => {
  assert.equal(await sender('Sender: owner@example.org'), 'owner@example.org')
  assert.equal(await sender('From: other@example.org'), 'owner@example.org')
  assert.equal(await sender('From: OWNER@example.org'), 'OWNER@example.org')
})

test('what is not sent, and why', async () => {
  const to = 'To: x@example.com'
  assert.deepEqual(await refusal({}), invalid('emailId'))
  assert.deepEqual(await refusal({ emailId: 'e99' }), invalid('emailId'))
  assert.deepEqual(await refusal({ emailId: draft(to), identityId: 'x' }), invalid('identityId'))
  assert.deepEqual(
    await refusal({ emailId: 'e1', sendAt: 'x', undoStatus: 'pending' }),
    invalid('sendAt', 'undoStatus'),
  )
  for (const envelope of [
    5,
    {},
    { mailFrom: { email: 'owner@example.org' } },
    { mailFrom: { email: 'owner@example.org' }, rcptTo: [{ email: 5 }] },
    { mailFrom: { email: 'owner@example.org', parameters: { HOLDFOR: '5' } }, rcptTo: [] },
    { mailFrom: { email: 'owner@example.org' }, rcptTo: [], surprise: 1 },
  ]) {
    assert.deepEqual(await refusal({ emailId: 'e1', envelope }), invalid('envelope'))
  }
  assert.deepEqual(await refusal(envelope('owner@example.org')), ['noRecipients', {}])
  assert.deepEqual(await refusal(envelope('evil@example.net', 'x@example.com')), ['forbiddenMailFrom', {}])
  assert.deepEqual(await refusal(envelope('', 'x@example.com')), ['forbiddenMailFrom', {}])
  const wrong = [
    'x',
    'x@',
    '@x',
    'a b@x.example',
    'a@b@c',
    'a@x..y',
    `${'a'.repeat(65)}@x.example`,
    'a\r\nb@x.example',
    '<a@x.example>',
    'a@-x.example',
  ]
  assert.deepEqual(await refusal(envelope('owner@example.org', 'x@example.com', ...wrong)), [
    'invalidRecipients',
    { invalidRecipients: wrong },
  ])
  const many = Array.from({ length: 1001 }, (_, at) => `u${at}@example.com`)
  assert.deepEqual(await refusal(envelope('owner@example.org', ...many)), [
    'tooManyRecipients',
    { maxRecipients: 1000 },
  ])
  for (const [lines, expected] of [
    [['Subject: x'], ['noRecipients', {}]],
    [['To: undisclosed-recipients:;'], ['noRecipients', {}]],
    [['To: bob'], ['invalidRecipients', { invalidRecipients: ['bob'] }]],
    [
      ['From: evil@example.net', to],
      ['forbiddenFrom', {}],
    ],
    [
      ['From: owner@example.org, evil@example.net', 'Sender: owner@example.org', to],
      ['forbiddenFrom', {}],
    ],
    [
      ['From: owner@example.org, other@example.org', to],
      ['invalidEmail', { properties: ['sender'] }],
    ],
    [
      ['From: nobody', to],
      ['invalidEmail', { properties: ['from'] }],
    ],
    [
      ['From:', to],
      ['invalidEmail', { properties: ['from'] }],
    ],
    [
      [to, 'To: y@example.com', 'Subject: 1', 'Subject: 2'],
      ['invalidEmail', { properties: ['to', 'subject'] }],
    ],
    [
      ['Sender: a@example.org, owner@example.org', to],
      ['invalidEmail', { properties: ['sender'] }],
    ],
    [
      ['Date: never', to],
      ['invalidEmail', { properties: ['sentAt'] }],
    ],
  ] as const) {
    assert.deepEqual(await refusal({ emailId: draft(...lines) }), expected, lines.join('|'))
  }
  assert.deepEqual(client.host.sent, [])
  assert.deepEqual((await client.call('EmailSubmission/get')).list, [])
})

test('what the queue refuses', async () => {
  const emailId = draft('To: x@example.com')
  for (const [outcome, expected] of [
    [
      { kind: 'invalidRecipients', recipients: ['x@example.com'] },
      { type: 'invalidRecipients', invalidRecipients: ['x@example.com'] },
    ],
    [
      { kind: 'tooManyRecipients', recipientsMax: 5 },
      { type: 'tooManyRecipients', maxRecipients: 5 },
    ],
    [
      { kind: 'tooLarge', sizeBytesMax: 5 },
      { type: 'tooLarge', maxSize: 5 },
    ],
    [{ kind: 'forbiddenMailFrom' }, { type: 'forbiddenMailFrom' }],
    [{ kind: 'forbiddenFrom' }, { type: 'forbiddenFrom' }],
    [
      { kind: 'forbiddenToSend', text: 'Not now' },
      { type: 'forbiddenToSend', description: 'Not now' },
    ],
  ] as const) {
    client.host.outcome = outcome
    assert.deepEqual(await submit({ emailId }), expected)
  }
  client.host.outcome = { kind: 'unavailable' }
  assert.equal((await submit({ emailId })).type, 'serverUnavailable')
})

test('a draft that is created and sent in one request, and destroyed when it was', async () => {
  const responses = await client.calls([
    [
      'Email/set',
      {
        create: {
          d: { mailboxIds: { m2: true }, from: [{ email: 'owner@example.org' }], to: [{ email: 'x@example.com' }] },
        },
      },
    ],
    [
      'EmailSubmission/set',
      {
        create: { s: { identityId, emailId: '#d' }, t: { identityId, emailId: '#nothing' } },
        onSuccessDestroyEmail: ['#s', '#t'],
        onSuccessUpdateEmail: { '#t': { 'keywords/x': true } },
      },
    ],
  ])
  const [, submission, implicit] = responses.map(([, args]) => args)
  assert.equal(submission.notCreated.t.type, 'invalidProperties')
  assert.deepEqual([implicit.destroyed, implicit.updated], [['e1'], null])
  assert.equal(client.host.sent.length, 1)
  assert.deepEqual((await client.call('Email/get', { ids: ['e1'] })).notFound, ['e1'])
  // The record of it stays (§7.5).
  assert.equal((await client.call('EmailSubmission/get')).list[0].emailId, 'e1')
})

test('it cannot be called back; destroying forgets it, and may change the e-mail (§7.5)', async () => {
  const emailId = draft('To: x@example.com')
  const { id } = await submit({ emailId })
  const set = (args: object): Promise<Any> => client.call('EmailSubmission/set', args)
  const whole = (await client.call('EmailSubmission/get')).list[0]
  assert.deepEqual((await set({ update: { [id]: whole } })).updated, { [id]: null })
  assert.equal((await set({ update: { [id]: { undoStatus: 'canceled' } } })).notUpdated[id].type, 'cannotUnsend')
  assert.deepEqual((await set({ update: { [id]: { emailId: 'e2' } } })).notUpdated[id].properties, ['emailId'])
  assert.equal((await set({ update: { s9: {} } })).notUpdated.s9.type, 'notFound')
  const responses = await client.calls([
    ['EmailSubmission/set', { destroy: [id, 's9'], onSuccessUpdateEmail: { [id]: { 'keywords/gone': true } } }],
  ])
  assert.deepEqual(responses[0]?.[1].destroyed, [id])
  assert.equal(responses[0]?.[1].notDestroyed.s9.type, 'notFound')
  assert.deepEqual(responses[1]?.[1].updated, { e1: null })
})

test('changes and queries (§7.2 to §7.4)', async () => {
  const { state } = await client.call('EmailSubmission/get')
  for (const at of [0, 1, 2]) {
    client.host.advance(60_000)
    await submit({ emailId: draft('To: x@example.com', `Subject: ${at}`) })
  }
  const ids = async (args: object): Promise<string[]> => (await client.call('EmailSubmission/query', args)).ids
  assert.deepEqual(await ids({}), ['s1', 's2', 's3'])
  assert.deepEqual(await ids({ sort: [{ property: 'sentAt', isAscending: false }] }), ['s3', 's2', 's1'])
  assert.deepEqual(await ids({ sort: [{ property: 'emailId' }], position: 1, limit: 1 }), ['s2'])
  assert.deepEqual(await ids({ filter: { emailIds: ['e2', 'e3'] } }), ['s2', 's3'])
  assert.deepEqual(await ids({ filter: { identityIds: ['x'] } }), [])
  assert.deepEqual(await ids({ filter: { threadIds: ['t1'], undoStatus: 'final' } }), ['s1'])
  assert.deepEqual(await ids({ filter: { undoStatus: 'pending' } }), [])
  const { sendAt } = (await client.call('EmailSubmission/get', { ids: ['s2'] })).list[0]
  assert.deepEqual(await ids({ filter: { before: sendAt } }), ['s1'])
  assert.deepEqual(await ids({ filter: { after: sendAt } }), ['s2', 's3'])
  assert.deepEqual(await ids({ filter: { operator: 'NOT', conditions: [{ after: sendAt }] } }), ['s1'])
  assert.equal((await client.error('EmailSubmission/query', { sort: [{ property: 'x' }] })).type, 'unsupportedSort')
  assert.equal((await client.error('EmailSubmission/query', { filter: { x: 1 } })).type, 'invalidArguments')
  const { queryState } = await client.call('EmailSubmission/query')
  await client.call('EmailSubmission/set', { destroy: ['s2'] })
  await submit({ emailId: draft('To: x@example.com') })
  const changes = await client.call('EmailSubmission/changes', { sinceState: state })
  assert.deepEqual([changes.created, changes.updated, changes.destroyed], [['s1', 's3', 's5'], [], []])
  const query = await client.call('EmailSubmission/queryChanges', { sinceQueryState: queryState, calculateTotal: true })
  assert.deepEqual([query.removed, query.added, query.total], [['s2'], [{ id: 's5', index: 2 }], 3])
})

test('the oldest are forgotten when there are many', async () => {
  const emailId = draft('To: x@example.com')
  const { state } = await client.call('EmailSubmission/get')
  for (let at = 0; at < 256; at++) await submit({ emailId })
  const full = (await client.call('EmailSubmission/get', { ids: [] })).state
  await submit({ emailId })
  const { list } = await client.call('EmailSubmission/get', { ids: null, properties: ['id'] })
  assert.equal(list.length, 256)
  assert.deepEqual([list[0].id, list.at(-1).id], ['s2', 's257'])
  const changes = await client.call('EmailSubmission/changes', { sinceState: full })
  assert.deepEqual([changes.created, changes.destroyed], [['s257'], ['s1']])
  const all = await client.call('EmailSubmission/changes', { sinceState: state })
  assert.equal(all.created.length, 256)
})

test('a message that was taken counts as sent, also if that cannot be written down', async () => {
  const emailId = draft('To: x@example.com')
  account.refusal = 'noSpace'
  const made = await submit({ emailId })
  assert.match(made.id, /^sx[0-9a-f]+$/)
  assert.equal(client.host.sent.length, 1)
})
