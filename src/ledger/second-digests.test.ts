import assert from 'node:assert/strict'
import { test } from 'node:test'
import { randomBytes } from '#crypto/random.ts'
import { sha512 } from '#crypto/hash.ts'
import { type HashElsewhere, SecondDigests, sha512OfEach } from './second-digests.ts'

const MIB = 1024 * 1024
const payloads = [0, 1, 500, 400_000, 700_000, 3, MIB, MIB + 1, 12].map((length) => randomBytes(length))

/** What is told of each payload: those with these numbers have a digest that is another's. */
async function toldOf(elsewhere: HashElsewhere | null, wrong: readonly number[]): Promise<boolean[]> {
  const second = new SecondDigests(elsewhere)
  const told: boolean[] = []
  for (const [at, payload] of payloads.entries()) {
    const copy = Buffer.from(payload)
    second.check(copy, sha512(wrong.includes(at) ? randomBytes(8) : payload), (isRight) => (told[at] = isRight))
    // Whoever reads a log reads the next into the same memory.
    copy.fill(0)
    await second.room()
  }
  await second.settled()
  return told
}

test('each payload is told of, whether it has its digest, by whomever that is computed', async () => {
  let asked = 0
  const later: HashElsewhere = async (bytes, lengths) => {
    asked++
    const given = Buffer.from(bytes)
    await new Promise((resolve) => setImmediate(resolve))
    return sha512OfEach(given, lengths)
  }
  const failing: HashElsewhere = () => Promise.reject(new Error('the thread has ended'))
  const lying: HashElsewhere = () => Promise.resolve(Buffer.alloc(63))
  for (const elsewhere of [null, later, failing, lying]) {
    for (const wrong of [[], [0], [3, 6, 7], payloads.map((_, at) => at)]) {
      assert.deepEqual(
        await toldOf(elsewhere, wrong),
        payloads.map((_, at) => !wrong.includes(at)),
      )
    }
  }
  assert.ok(asked >= 4 * 2 && asked < 4 * payloads.length, 'many at once')
})

test('no more is held than some batches', async () => {
  const open: (() => void)[] = []
  const second = new SecondDigests(async (bytes, lengths) => {
    await new Promise<void>((resolve) => open.push(resolve))
    return sha512OfEach(bytes, lengths)
  })
  let taken = 0
  let told = 0
  const payload = randomBytes(MIB)
  const give = async (): Promise<void> => {
    for (; taken < 20; taken++) {
      await second.room()
      second.check(payload, sha512(payload), () => told++)
    }
    await second.settled()
  }
  const given = give()
  for (let turns = 0; turns < 50; turns++) await new Promise((resolve) => setImmediate(resolve))
  assert.ok(taken <= 5, String(taken))
  while (told < 20) {
    open.shift()?.()
    await new Promise((resolve) => setImmediate(resolve))
  }
  await given
})
