// The vectors in docs/formats/vectors/queue/ are read as they say.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { openQueue } from '#delivery/queue-open.ts'
import { SimulatedClock } from './clock.ts'
import { SimulatedDisk } from './disk.ts'
import { DIRECTORY, LIMITS, VECTORS, type Vectors } from './queue-vectors.ts'
import { Random } from './random.ts'

test('a queue of the first version', async () => {
  const vectors = JSON.parse(fs.readFileSync(VECTORS, 'utf8')) as Vectors
  const disk = new SimulatedDisk(new Random(1))
  for (const [name, hex] of Object.entries(vectors.files)) {
    const full = `${DIRECTORY}/${name}`
    disk.makeDirectory(path.dirname(full))
    const file = disk.openWrite(full)
    file.write(Buffer.from(hex, 'hex'), 0)
    if (name.startsWith('log/')) file.truncate(vectors.fileBytes)
  }
  const key = Buffer.from(vectors.key, 'hex')
  const queue = await openQueue({ disk, clock: new SimulatedClock(), directory: DIRECTORY, key, limits: LIMITS })
  const messages = [...queue.messages()].map((message) => ({
    message,
    content: Buffer.concat([...queue.content(message.id)]).toString('utf8'),
  }))
  assert.deepEqual(messages.length, 2)
  assert.deepEqual(messages, vectors.messages)
  await queue.close()
})
