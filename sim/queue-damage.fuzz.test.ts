// A queue directory that something has written into: it is opened all the same, what it then holds is what was put in, and nothing of that is
// anywhere on the disk in clear.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { QueueId } from '#delivery/queue-message.ts'
import { openQueue } from '#delivery/queue-open.ts'
import { ContentDamagedError } from '#delivery/queue-errors.ts'
import { SimulatedClock } from './clock.ts'
import { SimulatedDisk } from './disk.ts'
import { DIRECTORY, KEY, LIMITS } from './queue-world.ts'
import { Random } from './random.ts'

const RUNS = 60

async function filled(disk: SimulatedDisk, random: Random): Promise<Map<QueueId, Buffer>> {
  const queue = await openQueue({ disk, clock: new SimulatedClock(), directory: DIRECTORY, key: KEY, limits: LIMITS })
  const contents = new Map<QueueId, Buffer>()
  for (let count = 0; count < 12; count++) {
    const content = Buffer.concat([
      Buffer.from(`Subject: secret ${count}\r\n\r\n`),
      random.bytes(random.pick([50, 3000, 9000])),
    ])
    const submission = {
      sender: 'sender@example.org',
      recipients: ['reader@example.net'],
      submitter: null,
      smtpUtf8: false,
    }
    using writer = queue.begin(submission)
    await writer.write(content)
    contents.set(await writer.commit(), content)
  }
  await queue.close()
  return contents
}

/** Writes over a part of a file, cuts it, swaps it with another, or removes it. */
function harm(disk: SimulatedDisk, random: Random): void {
  const name = random.pick(disk.files())
  const file = disk.file(name)
  const at = random.below(Math.max(1, file.size))
  switch (random.below(6)) {
    case 0:
      disk.remove(name)
      return
    case 1:
      file.truncate(at)
      return
    case 2: {
      const other = random.pick(disk.files())
      disk.rename(name, `${name}.x`)
      if (other !== name) disk.rename(other, name)
      disk.rename(`${name}.x`, other)
      return
    }
    default: {
      const length = Math.min(random.pick([1, 1, 64, 5000]), file.size - at)
      if (length > 0) file.corrupt(at, random.bytes(length))
    }
  }
}

test('whatever is damaged, the queue opens, and what it holds is authentic', async () => {
  let kept = 0
  for (let seed = 1; seed <= RUNS; seed++) {
    const random = new Random(seed)
    const disk = new SimulatedDisk(random)
    const contents = await filled(disk, random)
    for (let count = random.below(3); count >= 0; count--) harm(disk, random)
    const options = { disk, clock: new SimulatedClock(), directory: DIRECTORY, key: KEY, limits: LIMITS }
    const queue = await openQueue(options)
    for (const message of queue.messages()) {
      const expected = contents.get(message.id)
      assert.ok(expected !== undefined, `seed ${seed}`)
      assert.deepEqual(
        [message.sender, message.recipients.map(({ address }) => address), message.sizeBytes],
        ['sender@example.org', ['reader@example.net'], expected.length],
      )
      try {
        assert.ok(Buffer.concat([...queue.content(message.id)]).equals(expected), `seed ${seed}`)
        kept++
      } catch (error) {
        assert.ok(error instanceof ContentDamagedError, `seed ${seed}: ${String(error)}`)
      }
    }
    using writer = queue.begin({ sender: '', recipients: ['x@example.net'], submitter: null, smtpUtf8: false })
    await writer.commit()
    await queue.close()
  }
  assert.ok(kept > RUNS * 6, `only ${kept} of ${RUNS * 12} messages were left`)
})

test('nothing is on the disk in clear', async () => {
  const random = new Random(1)
  const disk = new SimulatedDisk(random)
  await filled(disk, random)
  for (const name of disk.files()) {
    const file = disk.file(name)
    const bytes = Buffer.alloc(file.size)
    file.read(bytes, 0)
    for (const word of ['secret', 'Subject', 'example', 'sender', 'reader'])
      assert.ok(!bytes.includes(word), `${word} in ${name}`)
  }
})
