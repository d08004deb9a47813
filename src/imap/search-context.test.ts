// Searches that go on (RFC 5267 §4.3), played with other sessions that change things.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import fc from 'fast-check'
import { makeFixture } from '#account/account-fixture.ts'
import type { Account } from '#account/account.ts'
import type { MailboxId } from '#base/ids.ts'
import { MemoryAccount } from './memory-account.test-support.ts'
import { Cursor } from './cursor.ts'
import { SearchContexts } from './search-contexts.ts'
import { parseKeys } from './search-keys.ts'
import { SearchRows } from './search-rows.ts'
import { SelectedMailbox } from './selected-mailbox.ts'
import { rangesOf } from './sequence-set.ts'
import { Session } from './session.ts'
import { shareAccount } from './shared-account.ts'
import { TestClient, play } from './test-client.test-support.ts'
import { UidSet } from './uid-set.ts'

async function realAccount(t: TestContext): Promise<Account> {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'mailkeep-imap-'))
  const fixture = await makeFixture(directory, { quick: true })
  const account = await fixture.open()
  t.after(async () => {
    await account.close()
    await fixture.close()
    fs.rmSync(directory, { recursive: true })
  })
  return account
}

async function append(client: TestClient, subject: string, flags = '()'): Promise<void> {
  const message = `Subject: ${subject}\r\n\r\nHello\r\n`
  assert.match(await client.say(`x APPEND INBOX ${flags} {${message.length}+}\r\n${message}\r\n`), /^x OK/m)
}

async function sessions(account: Account): Promise<{ watcher: TestClient; other: TestClient }> {
  const shared = shareAccount(account)
  const other = new TestClient(shared)
  await other.command('a SELECT INBOX')
  for (const subject of ['d', 'b', 'f']) await append(other, subject)
  const watcher = new TestClient(shared)
  await watcher.command('a SELECT INBOX')
  return { watcher, other }
}

for (const kind of ['in memory', 'on disk'] as const) {
  const open = (t: TestContext): Promise<Account> =>
    kind === 'in memory' ? Promise.resolve(new MemoryAccount()) : realAccount(t)

  test(`RFC 5267 §4.3: what comes into the result of a search, and goes (account ${kind})`, async (t) => {
    const { watcher, other } = await sessions(await open(t))
    assert.equal(
      await watcher.say(
        'b UID SEARCH RETURN (UPDATE COUNT) UNSEEN UNDELETED\r\nc SEARCH RETURN (CONTEXT UPDATE) SUBJECT b\r\n',
      ),
      '* ESEARCH (TAG "b") UID COUNT 3\r\nb OK That is all\r\n* ESEARCH (TAG "c")\r\nc OK That is all\r\n',
    )
    await other.command('d STORE 2 +FLAGS (\\Seen)')
    assert.equal(
      await watcher.command('e NOOP'),
      '* 2 FETCH (UID 2 FLAGS (\\Seen))\r\n* ESEARCH (TAG "b") UID REMOVEFROM (0 2)\r\ne OK Done\r\n',
    )
    await other.command('f STORE 2 -FLAGS (\\Seen)')
    await append(other, 'bb')
    await append(other, 'seen', '(\\Seen)')
    assert.equal(
      await watcher.command('g NOOP'),
      '* 5 EXISTS\r\n* 0 RECENT\r\n* 2 FETCH (UID 2 FLAGS ())\r\n* ESEARCH (TAG "b") UID ADDTO (0 2,4)\r\n* ESEARCH (TAG "c") ADDTO (0 4)\r\ng OK Done\r\n',
    )
    await other.command('h STORE 1:2 +FLAGS.SILENT (\\Deleted)')
    await other.command('i EXPUNGE')
    assert.equal(
      await watcher.command('j NOOP'),
      '* ESEARCH (TAG "b") UID REMOVEFROM (0 1:2)\r\n* ESEARCH (TAG "c") REMOVEFROM (0 2)\r\n* 2 EXPUNGE\r\n* 1 EXPUNGE\r\nj OK Done\r\n',
    )
    // What the session itself does, too.
    assert.equal(
      await watcher.command('k STORE 1 +FLAGS (\\Seen)'),
      '* 1 FETCH (UID 3 FLAGS (\\Seen))\r\n* ESEARCH (TAG "b") UID REMOVEFROM (0 3)\r\nk OK Stored\r\n',
    )
    assert.equal(await watcher.command('l CANCELUPDATE "b" "c"'), 'l OK No further updates\r\n')
    await other.command('m STORE 1 -FLAGS (\\Seen)')
    assert.equal(await watcher.command('n NOOP'), '* 1 FETCH (UID 3 FLAGS ())\r\nn OK Done\r\n')
    assert.match(await watcher.command('o CANCELUPDATE "b"'), /^o NO /)
  })

  test(`RFC 5267 §4.3.3, §4.3.4: places in a sorted result (account ${kind})`, async (t) => {
    const { watcher, other } = await sessions(await open(t))
    await watcher.command('b ENABLE QRESYNC')
    assert.equal(
      await watcher.say(
        'c UID SORT RETURN (UPDATE ALL) (SUBJECT) UTF-8 UNSEEN\r\nd SORT RETURN (UPDATE ALL) (REVERSE SUBJECT) UTF-8 ALL\r\n',
      ),
      '* ESEARCH (TAG "c") UID ALL 2,1,3\r\nc OK That is all\r\n* ESEARCH (TAG "d") ALL 3,1:2\r\nd OK That is all\r\n',
    )
    for (const subject of ['e', 'a', 'c']) await append(other, subject)
    assert.match(
      await watcher.command('e NOOP'),
      /^\* ESEARCH \(TAG "c"\) UID ADDTO \(3 4 1 5 3 6\)\r\n\* ESEARCH \(TAG "d"\) ADDTO \(2 4 5 5 4 6\)\r$/m,
    )
    // c: 5,2,6,1,4,3. d: 3,4,1,6,2,5
    assert.match(await watcher.command('f UID SORT (SUBJECT) UTF-8 ALL'), /^\* SORT 5 2 6 1 4 3\r$/m)
    await other.command('g STORE 1,4,6 +FLAGS (\\Seen)')
    assert.match(await watcher.command('h NOOP'), /^\* ESEARCH \(TAG "c"\) UID REMOVEFROM \(3 6,1,4\)\r$/m)
    await other.command('i STORE 2 +FLAGS (\\Deleted)')
    await other.command('j EXPUNGE')
    assert.match(
      await watcher.command('k NOOP'),
      /^\* ESEARCH \(TAG "c"\) UID REMOVEFROM \(2 2\)\r\n\* ESEARCH \(TAG "d"\) REMOVEFROM \(5 2\)\r\n\* VANISHED 2\r$/m,
    )
    await other.command('l STORE 1 -FLAGS (\\Seen)')
    assert.match(await watcher.command('m NOOP'), /^\* ESEARCH \(TAG "c"\) UID ADDTO \(2 1\)\r$/m)
  })

  test(`RFC 5465 §7: items of new messages in the result, at once with NOTIFY (account ${kind})`, async (t) => {
    const { watcher, other } = await sessions(await open(t))
    await watcher.command('b UID SEARCH RETURN (UPDATE (UID BODY.PEEK[HEADER.FIELDS (Subject)])) SUBJECT boss')
    await watcher.command('c NOTIFY SET (selected (MessageNew (UID) MessageExpunge FlagChange))')
    await append(other, 'boss')
    await append(other, 'x')
    await watcher.pause()
    await watcher.pause()
    const text = watcher.take()
    assert.match(
      text,
      /\* 4 FETCH \(UID 4 BODY\[HEADER.FIELDS \(Subject\)\] \{17\}\r\nSubject: boss\r\n\r\n\)\r\n(\* 5 FETCH \(UID 5\)\r\n)?\* ESEARCH \(TAG "b"\) UID ADDTO \(0 4\)\r\n/,
    )
    assert.match(text, /^\* 5 FETCH \(UID 5\)\r$/m)
  })
}

test('RFC 5267 §4.3, §4.3.1: what is refused', async () => {
  const { watcher } = await sessions(new MemoryAccount())
  await play(
    watcher,
    `
    C: a SEARCH RETURN (UPDATE COUNT) ALL
    S: * ESEARCH (TAG "a") COUNT 3
    S: a OK That is all
    C: a SEARCH RETURN (UPDATE COUNT) SEEN
    S: a BAD A search with that tag is kept up to date already
    C: b SEARCH RETURN (UPDATE COUNT) YOUNGER 60
    S: * ESEARCH (TAG "b") COUNT 3
    S: * NO [NOUPDATE "b"] The result changes by more than changes of messages: it will not be updated
    S: b OK That is all
    C: c UID SEARCH RETURN (UPDATE COUNT) UID 9:*
    S: * ESEARCH (TAG "c") UID COUNT 1
    S: * NO [NOUPDATE "c"] The result changes by more than changes of messages: it will not be updated
    S: c OK That is all
    C: d CANCELUPDATE a
    S: d BAD Malformed command: a string expected at character 16
    C: e CLOSE
    S: e OK Closed
    C: f CANCELUPDATE "a"
    S: f BAD Select a mailbox first
    C: g ESEARCH IN (mailboxes INBOX) RETURN (UPDATE) ALL
    S: g BAD Select a mailbox first
    `,
  )
  await watcher.command('h SELECT INBOX')
  await watcher.command('h CREATE elsewhere')
  assert.equal(
    await watcher.command('i ESEARCH IN (mailboxes elsewhere) RETURN (UPDATE) ALL'),
    '* NO [NOUPDATE "i"] The selected mailbox was not searched: it will not be updated\r\ni OK That is all\r\n',
  )
  for (let index = 0; index < 16; index++)
    assert.doesNotMatch(await watcher.command(`s${index} SEARCH RETURN (UPDATE) ALL`), /NOUPDATE/)
  assert.match(
    await watcher.command('t SEARCH RETURN (UPDATE) ALL'),
    /^\* NO \[NOUPDATE "t"\] There are too many searches/m,
  )
})

test('sequence numbers are those of the search; UIDs without an end go on', async () => {
  const { watcher, other } = await sessions(new MemoryAccount())
  await watcher.command('b UID SEARCH RETURN (UPDATE COUNT) 1:*')
  await watcher.command('c UID SEARCH RETURN (UPDATE COUNT) UID 2:*')
  await watcher.command('d ESEARCH IN (personal) RETURN (UPDATE COUNT) UID 2:*')
  await append(other, 'new')
  const reply = await watcher.command('e NOOP')
  assert.doesNotMatch(reply, /TAG "b"/)
  assert.match(reply, /^\* ESEARCH \(TAG "c"\) UID ADDTO \(0 4\)\r$/m)
  assert.match(reply, /^\* ESEARCH \(TAG "d" MAILBOX INBOX UIDVALIDITY \d+\) UID ADDTO \(0 4\)\r$/m)
})

/** A client's copy of a result. */
class Result {
  list: number[]
  readonly isSorted: boolean

  constructor(list: number[], isSorted: boolean) {
    this.list = list
    this.isSorted = isSorted
  }

  hear(data: string): void {
    for (const [, name, pairs = ''] of data.matchAll(/ (ADDTO|REMOVEFROM) \(([^)]*)\)/g)) {
      const words = pairs.split(' ')
      for (let at = 0; at < words.length; at += 2) {
        const position = Number(words[at])
        const uids = numbersOf(words[at + 1] as string)
        if (name === 'REMOVEFROM' && position > 0) assert.deepEqual(this.list.splice(position - 1, uids.length), uids)
        else if (name === 'REMOVEFROM') {
          for (const uid of uids) assert(this.list.includes(uid))
          this.list = this.list.filter((uid) => !uids.includes(uid))
        } else {
          for (const uid of uids) assert(!this.list.includes(uid))
          if (position > 0) this.list.splice(position - 1, 0, ...uids)
          else this.list = [...this.list, ...uids].sort((left, right) => left - right)
        }
      }
    }
  }
}

function numbersOf(set: string): number[] {
  return set.split(',').flatMap((range) => {
    const [first = 0, last = first] = range.split(':').map(Number)
    return Array.from({ length: last - first + 1 }, (_, index) => first + index)
  })
}

test('whatever happens, the client has what a search anew would find, in its order', async () => {
  const set = fc.integer({ min: 1, max: 9 })
  const step = fc.oneof(
    fc
      .tuple(set, fc.constantFrom('+', '-'), fc.constantFrom('\\Seen', '\\Deleted'))
      .map(([uid, sign, flag]) => `UID STORE ${uid} ${sign}FLAGS (${flag})`),
    fc.constantFrom('EXPUNGE', 'append', 'look', 'UID COPY 1:3 INBOX'),
  )
  const queries = [
    'SEARCH ~ UNSEEN',
    'SEARCH ~ OR SUBJECT b DELETED',
    'SORT ~ (SUBJECT) UTF-8 UNSEEN',
    'SORT ~ (REVERSE SIZE ARRIVAL) UTF-8 UNDELETED',
  ]
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      const { watcher, other } = await sessions(new MemoryAccount())
      const results = new Map<string, Result>()
      for (const [index, query] of queries.entries()) {
        const reply = await watcher.command(`q${index} UID ${query.replace('~', 'RETURN (UPDATE ALL)')}`)
        const all = / ALL (\S+)/.exec(reply)?.[1]
        results.set(`q${index}`, new Result(all === undefined ? [] : numbersOf(all), query.startsWith('SORT')))
      }
      for (const line of [...steps, 'look']) {
        if (line === 'append') await append(other, 'cab'[steps.length % 3] ?? 'x')
        else if (line !== 'look') await other.command(`x ${line}`)
        else {
          const reply = await watcher.command('n NOOP')
          for (const [, tag = '', data = ''] of reply.matchAll(/^\* ESEARCH \(TAG "([^"]*)"\) UID(.*)\r$/gm))
            results.get(tag)?.hear(data)
          for (const [index, query] of queries.entries()) {
            const anew = / ALL (\S+)/.exec(await watcher.command(`x UID ${query.replace('~', 'RETURN (ALL)')}`))?.[1]
            assert.deepEqual(results.get(`q${index}`)?.list, anew === undefined ? [] : numbersOf(anew), query)
          }
        }
      }
    }),
    { numRuns: 60 },
  )
})

test('results that are too large are not kept, and let go when they become so', async () => {
  const account = new MemoryAccount()
  const client = new TestClient(shareAccount(account))
  const session = new Session(shareAccount(account), client, { messageBytesMax: 1_000 })
  const deliver = (): number => account.deliver(Buffer.from('Subject: x\r\n\r\n'))
  for (let index = 0; index < 5; index++) deliver()
  const view = account.view(1 as MailboxId)
  assert(view !== null)
  const selected = new SelectedMailbox(account, view, 1, false, [])
  const some = new SearchContexts(8)
  const keep = (tag: string, criteria: 'sorted' | null, contexts = some): void => {
    const rows = new SearchRows(session, selected)
    const common = {
      tag,
      isUid: true,
      namesMailbox: false,
      items: [],
      node: parseKeys(new Cursor(Buffer.from('ALL')), () => assert.fail()),
    }
    const order = criteria === null ? null : [{ name: 'ARRIVAL', isReverse: false } as const]
    contexts.keep(session, rows, [0, 1, 2, 3, 4], { ...common, criteria: order })
    session.out.flush()
  }
  keep('range', null)
  assert.equal(client.take(), '')
  keep('five', 'sorted')
  assert.equal(client.take(), '')
  keep('more', 'sorted')
  assert.equal(client.take(), '* NO [NOUPDATE "more"] The results are too large: it will not be updated\r\n')
  // RFC 5267 §4.3.1: one there must be.
  keep('alone', 'sorted', new SearchContexts(1))
  assert.equal(client.take(), '')
  deliver()
  deliver()
  selected.adopt(account.view(1 as MailboxId))
  await some.write(session, selected, await some.look(session, selected, 5))
  session.out.flush()
  assert.equal(
    client.take(),
    '* ESEARCH (TAG "range") UID ADDTO (0 6:7)\r\n* ESEARCH (TAG "five") UID ADDTO (6 6:7)\r\n* NO [NOUPDATE "five"] The result has become too large: it will not be updated\r\n',
  )
})

test('a set of UIDs is what a set is', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 24 })), { maxLength: 60 }), (steps) => {
      const model = new Set<number>([3, 4, 5, 9])
      const set = new UidSet(rangesOf(model))
      for (const [isAdded, uid] of steps) {
        if (isAdded) model.add(uid)
        else model.delete(uid)
        if (isAdded) set.add(uid)
        else set.delete(uid)
        for (let one = 0; one < 26; one++) assert.equal(set.has(one), model.has(one))
      }
      assert.equal(set.rangeCount, rangesOf([...model].sort((left, right) => left - right)).length)
    }),
  )
})
