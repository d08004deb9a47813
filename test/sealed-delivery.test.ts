// Real mail on its way in: trace fields and message, sealed as mx does it, into a real ledger while the account is locked; then the account is
// opened, and has each message byte for byte behind its trace fields.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Fixture, makeFixture } from '#account/account-fixture.ts'
import type { OpenAccount } from '#account/open-account.ts'
import { INBOX } from '#account/state.ts'
import { formatRecipient } from '#crypto/age/recipient.ts'
import type { EmailId, Seq } from '#base/ids.ts'
import type { MailStore } from '#delivery/mail-store.ts'
import { RecipientKeys } from '#delivery/recipient-keys.ts'
import { SealingMessage } from '#delivery/seal.ts'
import { deliveryFields } from '#delivery/trace.ts'
import { StagedPayload } from '#ledger/staging.ts'
import { asSmtp, corpusMessages } from './corpora.ts'
import { temporaryDirectory } from './harness.ts'

const HOP = {
  from: { helo: 'client.example.net', address: '192.0.2.1', name: null },
  by: 'mail.example.org',
  protocol: 'ESMTP',
  tls: null,
  id: 'x',
  recipient: null,
  time: 0,
} as const

function storeOf({ ledger }: Fixture): MailStore {
  return {
    append(account, payload, quotaBytes) {
      assert.ok(payload instanceof Uint8Array || payload instanceof StagedPayload)
      return ledger.append(account, [{ kind: 'mail', payload }], quotaBytes === null ? {} : { quotaBytes })
    },
    stage: (account) => ledger.stage(account),
  }
}

async function deliver(
  fixture: Fixture,
  key: string,
  message: Buffer,
  quotaBytes: number | null = null,
): Promise<string> {
  const target = {
    account: fixture.id,
    key: new RecipientKeys().get(key),
    quotaBytes,
    head: () => deliveryFields(HOP, { sender: 'eve@example.net', recipient: 'ada@example.test' }),
  }
  using sealing = new SealingMessage(storeOf(fixture), [target], message.length)
  for (let at = 0; at < message.length; at += 20_000) await sealing.write(message.subarray(at, at + 20_000))
  const outcome = await sealing.commit()
  if (outcome.kind === 'stored') await fixture.log.settled((fixture.ledger.size(fixture.id) - 1) as Seq)
  return outcome.kind === 'stored' ? 'stored' : `${outcome.reply.code} ${outcome.reply.status}`
}

async function messagesOf(account: OpenAccount): Promise<Buffer[]> {
  await account.filed()
  const view = account.view(INBOX)
  assert.ok(view !== null)
  const messages: Buffer[] = []
  for (const id of view.emails.slice(0, view.count)) {
    using opened = await account.open(id as EmailId)
    messages.push(Buffer.from(opened.bytes))
  }
  return messages
}

test('what was delivered to a locked account is there when it is opened', async () => {
  using directory = temporaryDirectory()
  const fixture = await makeFixture(directory.path, { quick: true, identity: 'hybrid' })
  const key = formatRecipient(fixture.root.recipient('hybrid'))
  const large = Buffer.alloc(3_000_000, 'Subject: large\r\n\r\nline\r\n')
  const sent = [...corpusMessages(60).map(asSmtp), large, Buffer.alloc(150_000, 'middle\r\n'), Buffer.alloc(0)]
  for (const message of sent) assert.equal(await deliver(fixture, key, message), 'stored')
  assert.equal(await deliver(fixture, key, large, 3_000_000), '552 5.2.2')
  assert.equal(await deliver(fixture, key, Buffer.from('x'), 1000), '552 5.2.2')
  assert.equal(await deliver(fixture, 'age1nonsense', Buffer.from('x')), '451 4.3.5')
  const account = await fixture.open()
  const stored = await messagesOf(account)
  assert.equal(stored.length, sent.length)
  const tokens = new Set<string>()
  for (const [index, message] of stored.entries()) {
    const own = sent[index] ?? Buffer.alloc(0)
    const head = message.toString('latin1', 0, message.length - own.length)
    assert.match(
      head,
      /^Return-Path: <eve@example\.net>\r\nDelivered-To: ada@example\.test\r\nReceived: from client\.example\.net /,
    )
    assert.ok(message.subarray(message.length - own.length).equals(own), 'byte for byte')
    tokens.add(/\(([\w-]{22})\)/.exec(head)?.[1] ?? '')
  }
  assert.equal(tokens.size, sent.length, 'each has a token of its own')
  await account.close()
  await fixture.close()
})
