// RFC 8621 §5.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MemoryAccount } from '#imap/memory-account.test-support.ts'
import { type Any, TestClient, message } from './test-client.test-support.ts'

const account = new MemoryAccount()
const client = new TestClient(account)
account.deliver(message('Subject: The <Foo>sball & foo', '', 'Nothing of that here.'))
account.deliver(
  message(
    'Subject: other',
    'Content-Type: text/html; charset=utf-8',
    '',
    `<p>${'word '.repeat(100)}a &lt; b, the <b>foo</b>-bar method &amp; Café ${'more '.repeat(200)}</p>`,
  ),
)
account.deliver(
  message('Subject: 東京の天気', 'Content-Type: text/plain; charset=utf-8', '', '今日の東京都は晴れです。'),
)

async function snippet(emailId: string, filter: object | null): Promise<[Any, Any]> {
  const { list } = await client.call('SearchSnippet/get', { filter, emailIds: [emailId] })
  return [list[0].subject, list[0].preview]
}

test('the subject with its marks, as HTML', async () => {
  assert.deepEqual(await snippet('e1', { text: 'foo' }), [
    'The &lt;<mark>Foo</mark>&gt;sball &amp; <mark>foo</mark>',
    null,
  ])
  assert.deepEqual(await snippet('e1', { subject: 'sball' }), ['The &lt;Foo&gt;<mark>sball</mark> &amp; foo', null])
  assert.deepEqual(await snippet('e1', { from: 'foo' }), [null, null])
  assert.deepEqual(await snippet('e1', null), [null, null])
})

test('what is around the first match in the body, of at most 255 bytes', async () => {
  const [subject, preview] = await snippet('e2', { body: 'foo' })
  assert.equal(subject, null)
  assert.match(preview, /a &lt; b, the <mark>foo<\/mark>-bar method &amp; Café/)
  assert.ok(Buffer.byteLength(preview) <= 255)
  assert.match((await snippet('e2', { text: '"foo bar"' }))[1], /<mark>foo-bar<\/mark>/)
  assert.match((await snippet('e2', { text: 'cafe' }))[1], /<mark>Café<\/mark>/)
  assert.deepEqual(await snippet('e2', { body: 'fo' }), [null, null])
})

test('scripts without spaces', async () => {
  const [subject, preview] = await snippet('e3', { text: '東京' })
  assert.equal(subject, '<mark>東京</mark>の天気')
  assert.match(preview, /^今日の<mark>東京<\/mark>都は/)
})

test('combined filters, and what is not looked for', async () => {
  const filter = {
    operator: 'AND',
    conditions: [
      { operator: 'NOT', conditions: [{ text: 'sball' }] },
      { operator: 'OR', conditions: [{ text: 'foo' }, { body: 'x' }] },
    ],
  }
  assert.equal((await snippet('e1', filter))[0], 'The &lt;<mark>Foo</mark>&gt;sball &amp; <mark>foo</mark>')
})

test('ids that are not there', async () => {
  const { notFound } = await client.call('SearchSnippet/get', { filter: { text: 'x' }, emailIds: ['e1', 'e9', 'x'] })
  assert.deepEqual(notFound, ['e9', 'x'])
  assert.equal((await client.call('SearchSnippet/get', { emailIds: ['e1'] })).notFound, null)
  const emailIds = Array.from({ length: 1001 }, (_, at) => `e${at + 1}`)
  assert.equal((await client.error('SearchSnippet/get', { emailIds })).type, 'requestTooLarge')
})

test('words that are patterns elsewhere', async () => {
  for (const text of ['.*', '[a-z]+', '(', 'a{1000000}', '\\', '$', '^foo', 'foo|bar']) {
    await snippet('e1', { text })
    await snippet('e2', { text })
  }
})
