// Real mail (or generated, where there is none): everything of every message can be had, what one property says the others do, and what is
// comparable is what postal-mime says. Contents of mail are in no message of a failure.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import PostalMime from 'postal-mime'
import { MemoryAccount } from '#imap/memory-account.test-support.ts'
import { type Any, TestClient } from '#jmap/test-client.test-support.ts'
import { asSmtp, corpusMessages } from './corpora.ts'

const messages = corpusMessages(400)

const PROPERTIES = [
  'id', 'blobId', 'threadId', 'mailboxIds', 'keywords', 'size', 'receivedAt', 'messageId', 'inReplyTo', 'references', 'sender', 'from', 'to', 'cc', 'bcc',
  'replyTo', 'subject', 'sentAt', 'hasAttachment', 'preview', 'headers', 'bodyStructure', 'bodyValues', 'textBody', 'htmlBody', 'attachments',
  'header:From:asGroupedAddresses', 'header:Received:all', 'header:Subject:asText:all', 'header:List-Unsubscribe:asURLs', 'header:X-Mailer:asText',
] // prettier-ignore

const BODY = [
  'partId',
  'blobId',
  'size',
  'name',
  'type',
  'charset',
  'disposition',
  'cid',
  'language',
  'location',
  'headers',
  'subParts',
]

function leaves(part: Any): Any[] {
  return part.subParts === null || part.subParts === undefined ? [part] : part.subParts.flatMap(leaves)
}

function checkConsistent(email: Any): void {
  const parts = leaves(email.bodyStructure).filter(({ type }) => !type.startsWith('multipart/'))
  const byId = new Map(parts.map((part) => [part.partId, part]))
  assert.equal(byId.size, parts.length)
  for (const part of [...email.textBody, ...email.htmlBody, ...email.attachments]) {
    assert.deepEqual(part, byId.get(part.partId))
  }
  // RFC 8621 §4.1.4: what is in none of the two bodies is attached.
  const shown = new Set([...email.textBody, ...email.htmlBody].map(({ partId }) => partId))
  const attached = new Set(email.attachments.map(({ partId }: Any) => partId))
  for (const { partId } of parts) assert.ok(shown.has(partId) || attached.has(partId))
  const texts = parts.filter(({ type }) => type.startsWith('text/')).map(({ partId }) => partId)
  assert.deepEqual(new Set(Object.keys(email.bodyValues)), new Set(texts))
  assert.ok(email.preview.length <= 256)
  for (const { value } of Object.values<Any>(email.bodyValues))
    assert.ok(value.isWellFormed() && !value.includes('\r\n'))
  const subjects = email['header:Subject:asText:all']
  assert.equal(email.subject, subjects.at(-1) ?? null)
  const grouped = (email['header:From:asGroupedAddresses'] ?? []).flatMap(({ addresses }: Any) => addresses)
  assert.deepEqual(email.from ?? [], grouped)
  const received = email.headers.filter(({ name }: Any) => name.toLowerCase() === 'received')
  assert.deepEqual(
    email['header:Received:all'],
    received.map(({ value }: Any) => value),
  )
}

test('everything of every message can be had, and agrees with itself', async () => {
  const account = new MemoryAccount()
  const client = new TestClient(account)
  const ids: string[] = []
  for (const [at, bytes] of messages.entries()) {
    account.deliver(at % 2 === 0 ? bytes : asSmtp(bytes))
    ids.push(`e${at + 1}`)
  }
  for (let start = 0; start < ids.length; start += 50) {
    const { list, notFound } = await client.call('Email/get', {
      ids: ids.slice(start, start + 50),
      properties: PROPERTIES,
      bodyProperties: BODY,
      fetchAllBodyValues: true,
    })
    assert.deepEqual(notFound, [])
    for (const email of list) {
      checkConsistent(email)
      for (const { blobId, size } of leaves(email.bodyStructure)) {
        if (blobId !== null) assert.equal((await client.download(blobId)).length, size)
      }
    }
  }
})

test('attached messages can be parsed', async () => {
  const account = new MemoryAccount()
  const client = new TestClient(account)
  let parsed = 0
  for (const bytes of messages) account.deliver(bytes)
  for (let id = 1; id < account.nextEmail; id++) {
    const [email] = (await client.call('Email/get', { ids: [`e${id}`], properties: ['attachments'] })).list
    const inner = email.attachments.filter(({ type }: Any) => type === 'message/rfc822')
    if (inner.length === 0) continue
    const blobIds = inner.map(({ blobId }: Any) => blobId)
    const result = await client.call('Email/parse', {
      blobIds,
      properties: PROPERTIES,
      bodyProperties: BODY,
      fetchAllBodyValues: true,
    })
    for (const one of Object.values(result.parsed ?? {})) {
      checkConsistent(one)
      parsed++
    }
  }
  assert.ok(parsed >= 0)
})

function words(text: string): string {
  return text.replaceAll(/[\s\u00a0]+/g, ' ').trim()
}

test('what postal-mime says', async () => {
  const account = new MemoryAccount()
  const client = new TestClient(account)
  const different: string[] = []
  const properties = ['subject', 'messageId', 'sentAt', 'attachments', 'textBody', 'htmlBody']
  for (const [at, original] of messages.entries()) {
    const bytes = asSmtp(original)
    account.deliver(bytes)
    const [email] = (
      await client.call('Email/get', { ids: [`e${at + 1}`], properties, bodyProperties: ['name', 'size', 'type'] })
    ).list
    const theirs = await PostalMime.parse(bytes, { rfc822Attachments: true })
    // Where it guesses another character set than we do.
    if (!(theirs.subject ?? '').includes('\ufffd') && words(email.subject ?? '') !== words(theirs.subject ?? '')) {
      different.push(`${at}: subject`)
    }
    const id = theirs.messageId?.replaceAll(/^<|>$/g, '')
    if (id !== undefined && /^[^\s<>]+@[^\s<>]+$/.test(id) && email.messageId?.[0] !== id)
      different.push(`${at}: messageId`)
    const date = Date.parse(theirs.date ?? '')
    if (theirs.date?.endsWith('Z') === true && Date.parse(email.sentAt) !== date) different.push(`${at}: sentAt`)
    // It puts texts in no list of attachments but those that have a disposition.
    const files = email.attachments.filter(({ type }: Any) => !type.startsWith('text/'))
    const theirFiles = theirs.attachments.filter(({ mimeType }) => !mimeType.startsWith('text/'))
    if (
      files.length !== theirFiles.length &&
      [...email.textBody, ...email.htmlBody].every(({ type }) => type.startsWith('text/'))
    ) {
      different.push(`${at}: attachments`)
    }
  }
  assert.ok(different.length <= messages.length / 100, `${different.length}: ${different.slice(0, 20).join('; ')}`)
})
