// Hostile frames at every boundary between processes (docs/formats/frames.md): whatever comes, and however it is divided, only messages of the
// boundary's schema are handled, the first other one ends the connection, and no more is kept than one frame. MAILKEEP_FUZZ_RUNS makes it long.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decode, encode } from '#base/codec.ts'
import { serveCalls } from './call-server.ts'
import { Channel } from './channel.ts'
import { FrameReader, ProtocolError } from './frame.ts'
import {
  type Random,
  frameOf,
  hearings,
  hostileFrame,
  inventMessage,
  seeded,
  understood,
} from './hostile-frames.test-support.ts'
import { ledgerSchema } from './ledger.ts'
import { TestConnection } from './test-connection.test-support.ts'

const runs = Number(process.env['MAILKEEP_FUZZ_RUNS'] ?? 300)

async function inPieces(connection: TestConnection, bytes: Buffer, random: Random): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    const end = at + 1 + random(random(2) === 0 ? 3 : bytes.length)
    await connection.receive(Buffer.from(bytes.subarray(at, end)))
    at = end
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

for (const [name, hearing] of Object.entries(hearings)) {
  const { codec, bytesMax } = hearing

  test(`${name}: a message has one form, and nothing shorter or longer is one`, () => {
    const random = seeded(1)
    for (let run = 0; run < runs; run++) {
      const message = inventMessage(hearing, random)
      const decoded = decode(codec, message)
      assert(decoded.ok)
      assert.deepEqual(encode(codec, decoded.value), message)
      for (let length = 0; length < message.length; length++) assert(!decode(codec, message.subarray(0, length)).ok)
      assert(!decode(codec, Buffer.concat([message, Buffer.alloc(1)])).ok)
    }
  })

  test(`${name}: what is handled is what was understood, up to the first frame that is not`, async () => {
    for (let seed = 1; seed <= runs; seed++) {
      const random = seeded(seed)
      const frames = Array.from({ length: 1 + random(6) }, () => hostileFrame(hearing, random))
      const bytes = Buffer.concat(frames)
      const { messages: wanted, isBroken } = understood(hearing, bytes)
      const messages = wanted.map((message) => message.toString('hex'))
      const connection = new TestConnection()
      const handled: string[] = []
      let closed = 0
      new Channel<unknown, unknown>(connection, {
        incoming: codec,
        outgoing: codec,
        incomingBytesMax: bytesMax,
        outgoingBytesMax: bytesMax,
      }).open({
        message(message, release) {
          handled.push(encode(codec, message).toString('hex'))
          release()
        },
        close: () => void closed++,
      })
      await inPieces(connection, bytes, random)
      assert.deepEqual({ messages: handled, isBroken: connection.isDestroyed }, { messages, isBroken }, `seed ${seed}`)
      connection.destroy()
      assert.equal(closed, 1)
    }
  })

  test(`${name}: a length out of bounds is refused before anything of the frame has come`, () => {
    for (const length of [0, bytesMax + 1, 0xffff_ffff]) {
      const reader = new FrameReader(codec, bytesMax)
      const head = Buffer.alloc(4)
      head.writeUInt32BE(length)
      reader.push(head)
      assert.throws(() => reader.next(), ProtocolError)
    }
  })
}

test('a client that goes on asking without reading its answers is not read any further', async () => {
  const connection = new TestConnection()
  const answers: (() => void)[] = []
  const failures: unknown[] = []
  serveCalls(
    connection,
    ledgerSchema,
    () => ({ request: () => new Promise((resolve) => answers.push(() => resolve({ kind: 'done' }))) }),
    (error) => failures.push(error),
  )
  const random = seeded(7)
  let taken = 0
  for (let count = 0; count < 256; count++) {
    void connection.receive(frameOf(inventMessage(hearings.ledger, random))).then(() => taken++)
    await turn()
  }
  assert.deepEqual([answers.length, taken], [256, 255])
  for (const answer of answers) answer()
  await turn()
  assert.equal(taken, 256)
  assert.deepEqual(failures, [])
})

test('a request that breaks the rules of its role ends the connection, and is told of', async () => {
  const connection = new TestConnection()
  const failures: unknown[] = []
  serveCalls(
    connection,
    ledgerSchema,
    () => ({ request: () => Promise.reject(new ProtocolError('not of this role')) }),
    (error) => failures.push(error),
  )
  await connection.receive(frameOf(inventMessage(hearings.ledger, seeded(3))))
  await new Promise((resolve) => setImmediate(resolve))
  assert(connection.isDestroyed)
  assert.equal(failures.length, 1)
})
