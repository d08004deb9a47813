// Filters over a real account and a real log: what a script asks for is what the owner finds, and nothing is lost.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { test, type TestContext } from 'node:test'
import { type Fixture, makeFixture } from '#account/account-fixture.ts'
import type { OpenAccount } from '#account/open-account.ts'
import { systemClock } from '#platform/clock.ts'
import { Filters } from './filters.ts'
import { ScriptStore } from './script-store.ts'
import type { SendOutcome } from './sender.ts'

interface Sent {
  readonly sender: string
  readonly to: string
  readonly text: string
}

class Owner {
  readonly fixture: Fixture
  readonly sent: Sent[] = []
  readonly faults: unknown[] = []
  answer: (to: string) => SendOutcome = () => ({ kind: 'sent' })
  #account: OpenAccount | null = null

  constructor(fixture: Fixture) {
    this.fixture = fixture
  }

  get account(): OpenAccount {
    return this.#account as OpenAccount
  }

  async open(): Promise<void> {
    this.#account = await this.fixture.open({
      attendant: (account) =>
        new Filters(
          {
            clock: systemClock,
            hostname: 'mail.example.test',
            failed: (error) => this.faults.push(error),
            send: async ({ sender, to, bytes }) => {
              // A queue reads the bytes later.
              await new Promise((resolve) => setImmediate(resolve))
              const outcome = this.answer(to)
              if (outcome.kind === 'sent') this.sent.push({ sender, to, text: Buffer.from(bytes).toString('latin1') })
              return outcome
            },
          },
          account,
        ),
    })
  }

  async close(): Promise<void> {
    await this.#account?.close()
    this.#account = null
  }

  async script(text: string, name = 'main'): Promise<void> {
    const store = new ScriptStore(this.account)
    assert.equal(await store.put(name, Buffer.from(text)), null)
    if (name === 'main') await store.setActive(name)
  }

  /** With the fields that this server writes. */
  async deliver(text: string, from = 'bob@example.net', to = 'ada@example.test'): Promise<void> {
    await this.fixture.deliver(letter(text, from, to))
    await this.settled()
  }

  async settled(): Promise<void> {
    await this.account.filed()
    // What is done when the filing is durable.
    for (let round = 0; round < 8; round++) await new Promise((resolve) => setTimeout(resolve, 2))
    await this.account.commit([])
  }

  /** Subjects with keywords, by mailbox. */
  found(mailbox = 'INBOX'): string[] {
    const { account } = this
    const id = account.mailboxByPath(mailbox)?.id
    const view = id === undefined ? null : account.view(id)
    if (view === null) return []
    return Array.from({ length: view.count }, (_, at) => {
      const email = view.emails[at] as never
      const { keywords, deleted } = account.flagSet(view.flags[at] as number)
      const flags = [...keywords, ...(deleted ? ['\\Deleted'] : [])]
      return `${account.summary(email)?.subject ?? ''}${flags.length === 0 ? '' : ` [${flags.join(' ')}]`}`
    })
  }
}

function letter(text: string, from = 'bob@example.net', to = 'ada@example.test'): Buffer {
  const trace = `Return-Path: <${from}>\r\nDelivered-To: ${to}\r\nReceived: from x ([192.0.2.7]) by y; Tue, 1 Apr 1997 17:07:00 +0000\r\n`
  return Buffer.from(`${trace}From: <bob@example.net>\r\nTo: <ada@example.test>\r\n${text}`)
}

async function owner(t: TestContext): Promise<Owner> {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'mailkeep-filters-'))
  const fixture = await makeFixture(directory, { quick: true })
  const made = new Owner(fixture)
  t.after(async () => {
    await made.close()
    await fixture.close()
    fs.rmSync(directory, { recursive: true })
  })
  await made.open()
  return made
}

test('without a script mail goes to INBOX', async (t) => {
  const ada = await owner(t)
  await ada.deliver('Subject: plain\r\n\r\nx')
  assert.deepEqual(ada.found(), ['plain'])
})

test('messages go where the script says, with flags, in several mailboxes', async (t) => {
  const ada = await owner(t)
  await ada.script(`require ["fileinto", "imap4flags", "mailbox", "envelope", "copy"];
if envelope :is "from" "lists@example.org" { fileinto :create "Lists/One"; stop; }
if header :contains "subject" "both" { addflag "\\\\Seen"; fileinto :copy "Archive"; }
if header :contains "subject" "marked" { keep :flags ["\\\\Deleted", "$Label1"]; fileinto "Archive"; }
`)
  await ada.deliver('Subject: a list\r\n\r\nx', 'lists@example.org')
  await ada.deliver('Subject: both\r\n\r\nx')
  await ada.deliver('Subject: marked\r\n\r\nx')
  assert.deepEqual(ada.found('Lists/One'), ['a list'])
  assert.deepEqual(ada.found(), ['both [$seen]', 'marked [$label1 \\Deleted]'])
  assert.deepEqual(ada.found('Archive'), ['both [$seen]', 'marked'])
  // One message in two mailboxes; where keywords differ, two of one record.
  const both = ada.account.view(ada.account.mailboxByPath('Archive')?.id as never)?.emails[0] as never
  assert.equal(ada.account.email(both)?.mailboxes.length, 2)
  assert.deepEqual(ada.faults, [])
})

test('what came while the account was locked is filed by the script, too', async (t) => {
  const ada = await owner(t)
  await ada.script('require "fileinto"; if header :contains "subject" "late" { fileinto "Archive"; }')
  await ada.close()
  await ada.fixture.deliver(letter('Subject: late one\r\n\r\nx'), letter('Subject: other\r\n\r\nx'))
  await ada.open()
  await ada.settled()
  assert.deepEqual([ada.found('Archive'), ada.found()], [['late one'], ['other']])
})

test('a script that fails leaves the message in INBOX, remembers why, and says so once a day', async (t) => {
  const ada = await owner(t)
  await ada.script('require "fileinto";\nif header :contains "subject" "x" {\n  fileinto "Gone";\n}')
  await ada.deliver('Subject: x one\r\n\r\nx')
  await ada.deliver('Subject: x two\r\n\r\nx')
  assert.deepEqual(ada.found().sort(), ['A filter failed', 'x one', 'x two'])
  const told = new ScriptStore(ada.account).lastFailure() ?? ''
  assert.match(
    told,
    /^The script failed for a message of .* UTC, which is in INBOX: "main", line 3, column 3: there is no mailbox "Gone"$/,
  )
})

test('what is discarded is nowhere, and can be restored like what was removed', async (t) => {
  const ada = await owner(t)
  await ada.script('if header :contains "subject" "spam" { discard; }')
  await ada.deliver('Subject: spam\r\n\r\nx')
  await ada.deliver('Subject: ham\r\n\r\nx')
  assert.deepEqual([ada.found(), ada.found('Trash')], [['ham'], []])
  const { points } = await ada.account.timeTravel.points('change', 0)
  assert.equal(
    points.reduce((sum, { counts }) => sum + counts.removed, 0),
    1,
  )
})

test('what is sent on goes out as it came, from the owner, and stays only if the script says so', async (t) => {
  const ada = await owner(t)
  await ada.script(
    'require "copy"; if header :contains "subject" "copy" { redirect :copy "cleo@example.org"; } else { redirect "cleo@example.org"; }',
  )
  await ada.deliver('Subject: copy\r\n\r\nbody\r\n')
  await ada.deliver('Subject: away\r\n\r\nbody\r\n')
  await ada.deliver('Subject: copy of a bounce\r\n\r\nbody\r\n', '')
  assert.deepEqual(ada.sent.map(({ sender, to }) => [sender, to]), [
    ['ada@example.test', 'cleo@example.org'],
    ['ada@example.test', 'cleo@example.org'],
    ['', 'cleo@example.org'],
  ]) // prettier-ignore
  assert.match(
    ada.sent[0]?.text ?? '',
    /^Delivered-To: ada@example\.test\r\nReceived: [^]*\r\nSubject: copy\r\n\r\nbody\r\n$/,
  )
  assert.deepEqual([ada.found(), ada.found('Trash')], [['copy', 'copy of a bounce'], []])
})

test('headers that a script changes are sent on and answered, over a lock; the message is stored as it came', async (t) => {
  const ada = await owner(t)
  await ada.script(
    'require ["editheader", "copy", "vacation"]; deleteheader "X-Secret"; addheader "X-Sorted" "gr\u00fcn"; addheader :last "X-End" "1"; redirect :copy "cleo@example.org"; deleteheader "Subject"; addheader "Subject" "Other"; vacation "Away";',
  )
  ada.answer = () => ({ kind: 'later' })
  await ada.deliver('X-Secret: s\r\nSubject: mine\r\n\r\nbody\r\n')
  await ada.close()
  ada.answer = () => ({ kind: 'sent' })
  await ada.open()
  await ada.settled()
  const [redirected, answer] = ada.sent
  assert.match(
    redirected?.text ?? '',
    /^X-Sorted: =\?utf-8\?Q\?gr=C3=BCn\?=\r\nDelivered-To: ada@example\.test\r\nReceived: [^]*\r\nTo: <ada@example\.test>\r\nSubject: mine\r\nX-End: 1\r\n\r\nbody\r\n$/,
  )
  assert.match(answer?.text ?? '', /\r\nSubject: Auto: Other\r\n/)
  const view = ada.account.view(ada.account.mailboxByPath('INBOX')?.id as never)
  using stored = await ada.account.open(view?.emails[0] as never)
  const bytes = Buffer.from(stored.bytes).toString('latin1')
  assert.match(bytes, /\r\nX-Secret: s\r\nSubject: mine\r\n\r\nbody\r\n$/)
  assert.doesNotMatch(bytes, /X-Sorted|X-End/)
  assert.deepEqual(ada.found(), ['mine'])
  assert.deepEqual(ada.faults, [])
})

test('annotations that IMAP has set are asked by scripts', async (t) => {
  const ada = await owner(t)
  const inbox = String(ada.account.mailboxByPath('INBOX')?.id)
  const bytes = (text: string) => Uint8Array.from(Buffer.from(text))
  const value = { [inbox]: { '/private/vendor/x/away': bytes('on') }, 0: { '/shared/comment': bytes('Mine') } }
  await ada.account.commit([{ kind: 'set', key: 'imap/metadata', value }])
  await ada.script(
    'require ["mboxmetadata", "servermetadata", "imap4flags"]; if allof (metadata "inbox" "/private/vendor/x/away" "on", servermetadata "/shared/comment" "mine", not metadataexists "Archive" "/private/vendor/x/away") { addflag "away"; }',
  )
  await ada.deliver('Subject: hello\r\n\r\nx')
  assert.deepEqual(ada.found(), ['hello [away]'])
})

test('what goes in circles is kept', async (t) => {
  const ada = await owner(t)
  await ada.script('redirect "cleo@example.org";')
  await ada.deliver('Delivered-To: ada@example.test\r\nSubject: again\r\n\r\nx')
  await ada.deliver(`${'Received: from a by b\r\n'.repeat(91)}Subject: far\r\n\r\nx`)
  assert.deepEqual(ada.sent, [])
  assert.ok(ada.found().includes('again') && ada.found().includes('far'))
  assert.match(new ScriptStore(ada.account).lastFailure() ?? '', /has been sent on from here before/)
})

test('what the queue cannot take waits, also while the account is locked; what it never takes is kept', async (t) => {
  const ada = await owner(t)
  await ada.script('redirect "cleo@example.org";')
  ada.answer = () => ({ kind: 'later' })
  await ada.deliver('Subject: waits\r\n\r\nx')
  assert.deepEqual([ada.sent.length, ada.found(), ada.found('Trash')], [0, [], ['waits [$seen]']])
  await ada.close()
  ada.answer = () => ({ kind: 'sent' })
  await ada.open()
  await ada.settled()
  assert.deepEqual([ada.sent.length, ada.found(), ada.found('Trash')], [1, [], []])
  ada.answer = () => ({ kind: 'never', why: 'there is no such address' })
  await ada.deliver('Subject: kept\r\n\r\nx')
  assert.deepEqual([ada.found().includes('kept'), ada.found('Trash')], [true, []])
  assert.match(
    new ScriptStore(ada.account).lastFailure() ?? '',
    /could not be sent on to cleo@example\.org: there is no such address/,
  )
})

test('vacation answers each sender once, over a lock, and neither lists nor programs', async (t) => {
  const ada = await owner(t)
  await ada.script('require "vacation"; vacation :days 7 :subject "Gone \u00fc" "I am away.";')
  await ada.deliver('Subject: hello\r\nMessage-ID: <a@example.net>\r\n\r\nx')
  await ada.deliver('Subject: again\r\n\r\nx')
  await ada.deliver('Subject: list\r\nList-Id: <l.example.net>\r\n\r\nx', 'carol@example.net')
  await ada.deliver('Subject: auto\r\nAuto-Submitted: auto-replied\r\n\r\nx', 'dave@example.net')
  await ada.deliver('Subject: daemon\r\n\r\nx', 'MAILER-DAEMON@example.net')
  await ada.deliver('Subject: bounce\r\n\r\nx', '')
  await ada.deliver('Subject: myself\r\n\r\nx', 'ada@example.test')
  await ada.fixture.deliver(
    Buffer.from(
      'Return-Path: <eve@example.net>\r\nDelivered-To: ada@example.test\r\nTo: others@example.net\r\nSubject: bcc\r\n\r\nx',
    ),
  )
  await ada.settled()
  assert.equal(ada.sent.length, 1)
  const [reply] = ada.sent
  assert.deepEqual([reply?.sender, reply?.to], ['', 'bob@example.net'])
  assert.match(
    reply?.text ?? '',
    /^From: <?ada@example\.test>?\r\nTo: <?bob@example\.net>?\r\nSubject: Gone =\?utf-8\?/im,
  )
  assert.match(
    reply?.text ?? '',
    /\r\nAuto-Submitted: auto-replied\r\nIn-Reply-To: <a@example\.net>\r\nReferences: <a@example\.net>\r\n/,
  )
  assert.match(reply?.text ?? '', /\r\n\r\nI am away\.\r\n$/)
  assert.equal(ada.found().length, 8)
  await ada.close()
  await ada.open()
  await ada.deliver('Subject: third\r\n\r\nx')
  assert.equal(ada.sent.length, 1)
  await ada.script('require "vacation"; vacation :days 7 "Another text.";')
  await ada.deliver('Subject: fourth\r\n\r\nx')
  assert.equal(ada.sent.length, 2)
})

test('vacation with a MIME entity', async (t) => {
  const ada = await owner(t)
  await ada.script(
    'require "vacation"; vacation :mime text:\nContent-Type: text/html; charset=utf-8\nX-Evil: no\n\n<p>Away</p>\n.\n;',
  )
  await ada.deliver('Subject: hello\r\n\r\nx')
  const text = ada.sent[0]?.text ?? ''
  assert.match(text, /\r\nMIME-Version: 1\.0\r\nContent-Type: text\/html; charset=utf-8\r\n\r\n<p>Away<\/p>\r\n$/)
  assert.doesNotMatch(text, /X-Evil|text\/plain/)
})

test('duplicates are known from one message to the next, in one batch and over a lock', async (t) => {
  const ada = await owner(t)
  await ada.script('require ["duplicate", "fileinto"]; if duplicate { fileinto "Archive"; }')
  const twin = (n: number): Buffer => letter(`Message-ID: <same@example.net>\r\nSubject: ${n}\r\n\r\nx`)
  await ada.fixture.deliver(twin(1), twin(2))
  await ada.settled()
  await ada.close()
  await ada.fixture.deliver(twin(3))
  await ada.open()
  await ada.settled()
  assert.equal(ada.found().length, 1)
  assert.equal(ada.found('Archive').length, 2)
})

test('scripts are restored with the account; what filters remember is not', async (t) => {
  const ada = await owner(t)
  await ada.script('keep;')
  const then = systemClock.now()
  await new Promise((resolve) => setTimeout(resolve, 5))
  await ada.script('require "vacation"; vacation "x";')
  await ada.deliver('Subject: hello\r\n\r\nx')
  assert.equal(ada.sent.length, 1)
  const answered = ada.account.settingKeys('sieve/state/answered/')
  assert.equal(answered.length, 1)
  assert.deepEqual(ada.account.settingKeys('sieve/state/outgoing/'), [])
  const { timeTravel } = ada.account
  const past = await timeTravel.at({ time: then })
  assert.ok(past !== null)
  await timeTravel.restore(past, {
    scope: { kind: 'everything' },
    kinds: new Set(['settings'] as const),
    conflict: 'rename',
    messagesMax: 1,
  })
  assert.equal(Buffer.from(new ScriptStore(ada.account).get('main') ?? []).toString(), 'keep;')
  assert.deepEqual(ada.account.settingKeys('sieve/state/answered/'), answered)
})
