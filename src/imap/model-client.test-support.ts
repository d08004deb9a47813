// A client that knows what RFC 3501 lets it know, from the replies alone; what does not make sense to it fails the test.

import assert from 'node:assert/strict'
import type { MailboxView } from '#account/account.ts'
import type { FlagSet } from '#account/account.ts'
import { flagOf } from './flag-names.ts'
import { TestClient } from './test-client.test-support.ts'

interface Known {
  uid: number | null
  flags: Set<string> | null
}

/** What a client can know, from the replies alone. */
export class ModelClient {
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

  /** Once it is quiet, what the client knows is what is there. */
  compare(view: MailboxView, flagSet: (id: number) => FlagSet): void {
    assert.equal(this.messages.length, view.count)
    for (const [at, { uid, flags }] of this.messages.entries()) {
      if (uid !== null) assert.equal(uid, view.uids[at])
      if (flags === null) continue
      const { keywords, deleted } = flagSet(view.flags[at] as number)
      const expected = [...keywords.map(flagOf), ...(deleted ? ['\\Deleted'] : [])]
      assert.deepEqual([...flags].sort(), expected.sort())
    }
  }
}

/** All clients at once, each line after line. */
export async function runTogether(
  models: readonly ModelClient[],
  scripts: readonly (readonly string[])[],
): Promise<void> {
  await Promise.all(
    models.map(async (model, index) => {
      for (const line of scripts[index] ?? []) {
        await model.say(line)
        if (line !== 'IDLE') continue
        await model.client.pause()
        model.hear(model.client.take(), false)
        model.hear(await model.client.command('DONE'), false)
      }
    }),
  )
  for (const model of models) await model.say('NOOP')
}
