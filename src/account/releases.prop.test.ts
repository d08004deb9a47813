// What an account says to be released, joined into ranges: exactly the mail that stands for nothing, however it lies among other records, in as few ranges as may be.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { after, test } from 'node:test'
import fc from 'fast-check'
import type { AccountId, Seq } from '#base/ids.ts'
import { NumberRanges } from '#base/number-ranges.ts'
import { RootSecret } from '#keys/root.ts'
import { AccountIndex } from './account-index.ts'
import { CHAIN_START } from './journal.ts'
import { FIRST_OPERATION } from './operation-arbitrary.test-support.ts'
import { INBOX } from './state.ts'

const ACCOUNT = '0123456789abcdef0123456789abcdef' as AccountId
const GAP_MAX = 64

const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'mailkeep-releases-'))
after(() => fs.rmSync(directory, { recursive: true, force: true }))

/** Of each record of the log: mail that goes, mail that stays, or no mail. */
const kinds = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(['gone'], ['stays'], ['other']) },
    // Runs of all lengths around the largest gap.
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.constantFrom('gone', 'stays', 'other'), fc.integer({ min: 2, max: GAP_MAX + 3 }))
        .map(([kind, count]) => Array<string>(count).fill(kind)),
    },
  ),
  { minLength: 1, maxLength: 30 },
)

test('what is said covers the mail that has gone and no other, in ranges that cannot be joined', () => {
  let run = 0
  fc.assert(
    fc.property(kinds, (pieces) => {
      const records = pieces.flat()
      const file = path.join(directory, `${++run}.index`)
      using root = RootSecret.generate()
      using index = AccountIndex.open(file, root, ACCOUNT)
      const mail = [...records.keys()].filter((record) => records[record] !== 'other')
      const gone = mail.filter((record) => records[record] === 'gone')
      fileAll(index, mail)
      const uids = gone.map((record) => mail.indexOf(record) + 1)
      const set = uids.map((uid) => [uid, uid] as const)
      const seq = records.length + 1
      if (set.length > 0) index.apply(seq, 0, CHAIN_START, [{ kind: 'remove', mailbox: INBOX, set }])

      const release = index.releases.next({ named: [], unnamed: [] })
      if (gone.length === 0) return assert.equal(release, null)
      assert(release !== null)
      const said = new NumberRanges(release.released)
      assert.deepEqual(
        mail.filter((record) => said.has(record)),
        gone,
      )
      for (const [at, [first]] of release.released.entries()) {
        const before: number | undefined = release.released[at - 1]?.[1]
        if (before === undefined) continue
        const isMailBetween = mail.some((record) => record > before && record < first)
        assert.ok(isMailBetween || first - before > GAP_MAX, `${before} and ${first}`)
      }
      index.releases.appended(seq + 1, release)
      assert.equal(index.releases.isOwing, false)
      // What comes back after it was said is kept; what is said of it once more is not owed again.
      const back = gone[0] as number
      index.releases.changed({ named: [back], unnamed: [] })
      const keeping = index.releases.next({ named: [], unnamed: [] })
      assert.deepEqual(keeping, { released: [], kept: [[back, back]] })
    }),
    { numRuns: 40, seed: 20_261_128 },
  )
})

/** All of them in INBOX, in order. */
function fileAll(index: AccountIndex, mail: readonly number[]): void {
  const digest = Buffer.alloc(32)
  for (const record of mail) {
    const fields = { digestAlgorithm: 'sha256', time: 0, payloadLength: 1, account: ACCOUNT, digest } as const
    index.mails.add({
      header: { kind: 'mail', seq: record as Seq, ...fields },
      location: { segment: 0 as Seq, offset: record },
    })
  }
  const filing = { keywords: [], internalDate: 0, thread: null, source: 'delivered', mailboxes: [INBOX] } as const
  const files = mail.map((seq) => ({ kind: 'file', record: { seq: seq as Seq }, ...filing }) as const)
  index.apply((mail.at(-1) ?? 0) + 1, 0, CHAIN_START, [FIRST_OPERATION, ...files])
}
