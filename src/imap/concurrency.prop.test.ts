// Several sessions on one account, doing what they like at the same time. Each client keeps what RFC 3501 lets it know; whatever
// the server says must make sense to it, and once it is quiet it must know what is there.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { MailboxId } from '#base/ids.ts'
import { flagOf } from './flag-names.ts'
import { MemoryAccount } from './memory-account.test-support.ts'
import { shareAccount } from './shared-account.ts'
import { TestClient } from './test-client.test-support.ts'
import { PLAIN } from './test-messages.test-support.ts'

const INBOX = 1 as MailboxId

interface Known {
  uid: number | null
  flags: Set<string> | null
}

/** What a client can know, from the replies alone. */
class ModelClient {
  readonly client: TestClient
  messages: Known[] = []

  constructor(client: TestClient) {
    this.client = client
  }

  async say(command: string): Promise<void> {
    const isNumbered = /^(FETCH|STORE|SEARCH)/.test(command)
    const reply = await this.client.command(`t ${command}`)
    if (!/^t BAD/m.test(reply)) this.#applySilently(command)
    this.hear(reply, isNumbered)
    assert.match(
      reply,
      command === 'IDLE' ? /^\+ idling/ : /^t (OK|NO \[EXPUNGEISSUED\]|BAD There is no message)/m,
      `${command}: ${reply}`,
    )
  }

  hear(reply: string, isNumbered: boolean): void {
    for (const line of reply.split('\r\n')) {
      const [, number = '', what = '', rest = ''] = /^\* (\d+) (EXISTS|EXPUNGE|FETCH)(.*)$/.exec(line) ?? []
      const n = Number(number)
      if (what === 'EXISTS') {
        assert(n >= this.messages.length, 'EXISTS never takes messages away')
        while (this.messages.length < n) this.messages.push({ uid: null, flags: null })
      } else if (what === 'EXPUNGE') {
        assert(!isNumbered, 'no EXPUNGE within FETCH, STORE or SEARCH')
        assert(n >= 1 && n <= this.messages.length, 'EXPUNGE of a message that is known')
        this.messages.splice(n - 1, 1)
      } else if (what === 'FETCH') {
        const known = this.messages[n - 1]
        assert(known !== undefined, 'FETCH of a message that is known')
        const uid = Number(/UID (\d+)/.exec(rest)?.[1])
        assert(known.uid === null || known.uid === uid, 'a number means the same message to both sides')
        known.uid = uid
        known.flags = new Set(
          (/FLAGS \(([^)]*)\)/.exec(rest)?.[1] ?? '').split(' ').filter((flag) => flag !== '' && flag !== '\\Recent'),
        )
      } else if (isNumbered && line.startsWith('* SEARCH')) {
        for (const found of line.slice(9).split(' ').filter(Boolean)) assert(Number(found) <= this.messages.length)
      }
    }
  }

  /** With .SILENT the client must work out itself what its own command did. */
  #applySilently(command: string): void {
    const match = /^(UID )?STORE (\d+):(\d+) ([+-])FLAGS.SILENT \((\S+)\)/.exec(command)
    if (match === null) return
    const [, isUid, first, last, sign, flag = ''] = match
    for (const [index, { uid, flags }] of this.messages.entries()) {
      const number = isUid === undefined ? index + 1 : (uid ?? 0)
      if (number < Number(first) || number > Number(last)) continue
      if (sign === '+') flags?.add(flag)
      else flags?.delete(flag)
    }
  }
}

const flag = fc.constantFrom('\\Seen', '\\Flagged', '\\Deleted', 'kw')
const range = fc.tuple(fc.integer({ min: 1, max: 6 }), fc.nat(3)).map(([first, more]) => `${first}:${first + more}`)
const uid = fc.constantFrom('', 'UID ')
const command = fc.oneof(
  {
    weight: 5,
    arbitrary: fc
      .tuple(uid, range, fc.constantFrom('+', '-'), fc.constantFrom('FLAGS', 'FLAGS.SILENT'), flag)
      .map(([uid, set, sign, item, flag]) => `${uid}STORE ${set} ${sign}${item} (${flag})`),
  },
  { weight: 2, arbitrary: fc.tuple(uid, range).map(([uid, set]) => `${uid}FETCH ${set} (UID FLAGS)`) },
  { weight: 1, arbitrary: fc.tuple(uid, range).map(([uid, set]) => `${uid}FETCH ${set} (UID BODY[TEXT]<0.1> FLAGS)`) },
  { weight: 1, arbitrary: range.map((set) => `UID MOVE ${set} other`) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(uid, range, fc.constantFrom('INBOX', 'other'))
      .map(([uid, set, to]) => `${uid}COPY ${set} ${to}`),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom('EXPUNGE', 'NOOP', 'SEARCH UNSEEN', 'UID SEARCH DELETED', 'UID EXPUNGE 1:5', 'IDLE'),
  },
)
const script = fc.array(command, { maxLength: 12 })

async function finish(model: ModelClient): Promise<void> {
  // The first may still hold updates back until it is over.
  await model.say('NOOP')
}

test('what each client knows is right at every moment, and complete when it is quiet', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(script, { minLength: 2, maxLength: 4 }),
      fc.array(fc.nat(4), { minLength: 1, maxLength: 20 }),
      fc.nat(6),
      async (scripts, delays, initial) => {
        const account = new MemoryAccount()
        await account.commit([
          { kind: 'createMailbox', parent: null, name: 'other', role: null, uidValidity: 2, subscribed: false },
        ])
        for (let index = 0; index < initial; index++) account.deliver(PLAIN)
        const shared = shareAccount(account)
        const models = scripts.map(() => new ModelClient(new TestClient(shared)))
        for (const model of models) {
          await model.say('SELECT INBOX')
          await model.say('FETCH 1:* (UID FLAGS)')
        }
        let turn = 0
        account.beforeCommit = async () => {
          const wait = delays[turn++ % delays.length] as number
          for (let index = 0; index < wait; index++) await new Promise((resolve) => setImmediate(resolve))
          if (wait === 4) account.deliver(PLAIN)
        }
        await Promise.all(
          models.map(async (model, index) => {
            for (const line of scripts[index] as string[]) {
              await model.say(line)
              if (line !== 'IDLE') continue
              await model.client.pause()
              model.hear(model.client.take(), false)
              model.hear(await model.client.command('DONE'), false)
            }
          }),
        )
        for (const model of models) await finish(model)
        const view = account.view(INBOX)
        assert(view !== null)
        for (const model of models) {
          assert.equal(model.messages.length, view.count)
          for (const [at, { uid, flags }] of model.messages.entries()) {
            if (uid !== null) assert.equal(uid, view.uids[at])
            if (flags === null) continue
            const { keywords, deleted } = account.flagSet(view.flags[at] as number)
            const expected = [...keywords.map(flagOf), ...(deleted ? ['\\Deleted'] : [])]
            assert.deepEqual([...flags].sort(), expected.sort())
          }
        }
      },
    ),
    { numRuns: 300 },
  )
})
