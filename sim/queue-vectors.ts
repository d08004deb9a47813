// The test vectors of docs/formats/queue.md. `sh tools/run sim/queue-vectors.ts` writes them to docs/formats/vectors/queue/. Nonces are random, so
// that they are not the same twice; the test beside this file reads what is there.

import fs from 'node:fs'
import path from 'node:path'
import type { AccountId } from '#base/ids.ts'
import type { QueueLimits } from '#delivery/queue-limits.ts'
import type { QueuedMessage } from '#delivery/queue-message.ts'
import { openQueue } from '#delivery/queue-open.ts'
import type { Queue } from '#delivery/queue.ts'
import type { Submission } from '#delivery/queue-writer.ts'
import { SimulatedClock } from './clock.ts'
import { SimulatedDisk } from './disk.ts'
import { Random } from './random.ts'

export const VECTORS = path.join(path.dirname(import.meta.dirname), 'docs/formats/vectors/queue/vectors.json')
export const DIRECTORY = '/mailkeep/queue'

/** Small, so that the vectors are. */
export const LIMITS: Partial<QueueLimits> = { inlineBytes: 500, fileBytes: 32 * 1024, groupBytes: 8 * 1024 }

export interface Vectors {
  readonly about: string
  readonly key: string
  /** Hexadecimal, by name below the queue's directory; zeros at the end of files of the log are left out. */
  readonly files: Readonly<Record<string, string>>
  readonly fileBytes: number
  readonly messages: readonly { readonly message: QueuedMessage; readonly content: string }[]
}

const SUBMITTER = '00112233445566778899aabbccddeeff' as AccountId
const SUBMISSION: Submission = {
  sender: 'ada@example.org',
  recipients: ['ben@example.net', 'δοκιμή@example.com'],
  submitter: SUBMITTER,
  smtpUtf8: true,
}

async function submit(queue: Queue, submission: Submission, content: string): Promise<QueuedMessage> {
  using writer = queue.begin(submission)
  await writer.write(Buffer.from(content, 'utf8'))
  const message = queue.get(await writer.commit())
  if (message === null) throw new Error('a message that was accepted is there')
  return message
}

async function makeVectors(): Promise<Vectors> {
  const random = new Random(27)
  const disk = new SimulatedDisk(random)
  const clock = new SimulatedClock(1_790_000_000_000)
  const key = random.bytes(32)
  const options = {
    disk,
    clock,
    directory: DIRECTORY,
    key,
    limits: LIMITS,
    random: (bytes: number) => random.bytes(bytes),
  }
  const queue = await openQueue(options)
  const short = await submit(queue, SUBMISSION, 'Subject: Grüße\r\n\r\nshort\r\n')
  await submit(queue, { ...SUBMISSION, sender: '', submitter: null }, `Subject: large\r\n\r\n${'line\r\n'.repeat(200)}`)
  const cancelled = await submit(queue, SUBMISSION, 'Subject: cancelled\r\n\r\n')
  clock.advance(60_000)
  const lastReply = { code: 451, status: '4.7.1', text: 'greylisted', host: 'mx.example.net' }
  const waiting = {
    state: 'waiting',
    attempts: 1,
    nextAttempt: clock.now() + 900_000,
    lastAttempt: clock.now(),
  } as const
  const delivered = {
    state: 'delivered',
    attempts: 1,
    nextAttempt: 0,
    lastAttempt: clock.now(),
    lastReply: null,
  } as const
  const recipients = [
    { index: 0, ...waiting, lastReply },
    { index: 1, ...delivered },
  ]
  await queue.change(short.id, { held: true, delayTold: null, recipients })
  await queue.cancel(cancelled.id)
  const messages = [...queue.messages()].map((message) => ({
    message,
    content: Buffer.concat([...queue.content(message.id)]).toString('utf8'),
  }))
  await queue.close()
  const names = disk.files().filter((name) => !name.endsWith('/spare'))
  const files = names.map((name) => {
    const file = disk.file(name)
    const content = Buffer.alloc(file.size)
    file.read(content, 0)
    const hex = content.toString('hex')
    return [name.slice(DIRECTORY.length + 1), name.includes('/log/') ? hex.replace(/(?:00)+$/, '') : hex] as const
  })
  const about = 'An outgoing queue (docs/formats/queue.md): its key, its files, and the messages in it.'
  const fileBytes = LIMITS.fileBytes ?? 0
  return { about, key: key.toString('hex'), files: Object.fromEntries(files), fileBytes, messages }
}

if (import.meta.main) {
  fs.mkdirSync(path.dirname(VECTORS), { recursive: true })
  fs.writeFileSync(VECTORS, `${JSON.stringify(await makeVectors(), null, 2)}\n`)
}
