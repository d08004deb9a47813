// Clients that come and go with QRESYNC while others change the mailbox. Each keeps what it was told and nothing else; when it is quiet and it
// has come back once more, it knows exactly what is there.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { MailboxId } from '#base/ids.ts'
import { flagOf } from './flag-names.ts'
import { MemoryAccount } from './memory-account.test-support.ts'
import { scripts } from './session-scripts.test-support.ts'
import { type SharedAccount, shareAccount } from './shared-account.ts'
import { TestClient } from './test-client.test-support.ts'
import { PLAIN } from './test-messages.test-support.ts'

/** A client as RFC 7162 §6 wants it. */
class Cache {
  readonly #shared: SharedAccount
  readonly flags = new Map<number, string>()
  modseq = 0
  #client: TestClient
  /** Numbers as the client knows them: UIDs in order, while it is connected. */
  #exists = 0

  constructor(shared: SharedAccount) {
    this.#shared = shared
    this.#client = new TestClient(shared)
  }

  async connect(withMatches: boolean): Promise<void> {
    this.#client.engine.close()
    this.#client = new TestClient(this.#shared)
    await this.#client.command('e ENABLE QRESYNC')
    const known = [...this.flags.keys()].sort((left, right) => left - right)
    const middle = known.length >>> 1
    const matches = withMatches && known.length > 0 ? ` (${middle + 1} ${known[middle] ?? 1})` : ''
    const parameter = this.modseq === 0 ? '' : ` (QRESYNC (1000 ${this.modseq}${matches}))`
    this.#exists = 0
    const reply = await this.#client.command(`s SELECT INBOX${parameter}`)
    this.#hear(reply)
    this.#learn(Number(/HIGHESTMODSEQ (\d+)/.exec(reply)?.[1]))
    if (this.modseq === 0 || parameter === '') await this.say('UID FETCH 1:* (FLAGS)')
    assert.equal(this.flags.size, this.#exists, 'after SELECT it knows every message')
  }

  /** New messages are fetched before anything of later is taken for known (RFC 7162 §6). */
  async say(command: string): Promise<void> {
    const reply = await this.#client.command(`t ${command}`)
    const seen = this.#hear(reply)
    if (this.flags.size < this.#exists) return this.say('UID FETCH 1:* (FLAGS)')
    const said = [...reply.matchAll(/^\S+ OK \[HIGHESTMODSEQ (\d+)\]/gm)].at(-1)?.[1]
    if (said !== undefined) this.#learn(Number(said))
    else if (seen > this.modseq) this.modseq = seen
  }

  #learn(modseq: number): void {
    this.modseq = modseq
  }

  #hear(reply: string): number {
    let seen = 0
    for (const line of reply.split('\r\n')) {
      const vanished = /^\* VANISHED (\(EARLIER\) )?(\S+)$/.exec(line)
      if (vanished !== null) for (const uid of uidsOf(vanished[2] ?? '')) this.#forget(uid, vanished[1] !== undefined)
      const exists = /^\* (\d+) EXISTS$/.exec(line)
      if (exists !== null) this.#exists = Number(exists[1])
      const fetched = /^\* \d+ FETCH \(UID (\d+) FLAGS \(([^)]*)\)(?: MODSEQ \((\d+)\))?/.exec(line)
      if (fetched !== null) {
        const flags = (fetched[2] ?? '').split(' ').filter((flag) => flag !== '' && flag !== '\\Recent')
        this.flags.set(Number(fetched[1]), flags.sort().join(' '))
        seen = Math.max(seen, Number(fetched[3] ?? 0))
      }
      assert(!/^\* \d+ EXPUNGE/.test(line), 'VANISHED in place of EXPUNGE')
    }
    return seen
  }

  #forget(uid: number, isEarlier: boolean): void {
    this.flags.delete(uid)
    if (!isEarlier) this.#exists--
  }
}

function uidsOf(set: string): number[] {
  return set.split(',').flatMap((range) => {
    const [first = 0, last = first] = range.split(':').map(Number)
    return Array.from({ length: last - first + 1 }, (_, index) => first + index)
  })
}

const step = fc.oneof(
  { weight: 3, arbitrary: fc.boolean().map((withMatches) => ({ kind: 'connect' as const, withMatches })) },
  {
    weight: 4,
    arbitrary: fc
      .constantFrom('NOOP', 'FETCH 1:* (UID FLAGS)', 'UID SEARCH ALL', 'SEARCH ALL')
      .map((command) => ({ kind: 'say' as const, command })),
  },
)

test('whoever comes back with QRESYNC knows what is there', async () => {
  await fc.assert(
    fc.asyncProperty(scripts, fc.array(step, { maxLength: 8 }), fc.nat(6), async (scripts, steps, initial) => {
      const account = new MemoryAccount()
      await account.commit([
        { kind: 'createMailbox', parent: null, name: 'other', role: null, uidValidity: 2, subscribed: false },
      ])
      for (let index = 0; index < initial; index++) account.deliver(PLAIN)
      const shared = shareAccount(account)
      const cache = new Cache(shared)
      const write = async (lines: readonly string[]): Promise<void> => {
        const writer = new TestClient(shared)
        await writer.command('s SELECT INBOX')
        for (const line of lines) {
          if (line === 'IDLE') account.deliver(PLAIN)
          else await writer.command(`w ${line}`)
          await new Promise((resolve) => setImmediate(resolve))
        }
      }
      const read = async (): Promise<void> => {
        for (const step of steps) {
          if (step.kind === 'connect') await cache.connect(step.withMatches)
          else if (cache.modseq > 0) await cache.say(step.command)
          await new Promise((resolve) => setImmediate(resolve))
        }
      }
      await Promise.all([...scripts.map(write), read()])
      await cache.connect(false)
      const view = account.view(1 as MailboxId)
      assert(view !== null)
      const there = Array.from(view.uids.subarray(0, view.count), (uid, at) => {
        const { keywords, deleted } = account.flagSet(view.flags[at] as number)
        return [uid, [...keywords.map(flagOf), ...(deleted ? ['\\Deleted'] : [])].sort().join(' ')] as const
      })
      assert.deepEqual(
        [...cache.flags].sort((left, right) => left[0] - right[0]),
        there,
      )
    }),
    { numRuns: 100 },
  )
})
