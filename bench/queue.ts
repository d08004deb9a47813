// Messages that the outgoing queue accepts durably per second on the real disk, by number of concurrent callers; and what is recorded of
// them per second when each has been delivered. Run: `sh tools/run bench/queue.ts [directory on the disk to measure] [seconds per measurement]`.

import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { randomBytes } from '#crypto/random.ts'
import { openQueue } from '#delivery/queue-open.ts'
import type { Queue } from '#delivery/queue.ts'
import { systemClock } from '#platform/clock.ts'
import { systemDisk } from '#platform/disk.ts'

interface Measurement {
  readonly callers: number
  readonly acceptedPerSecond: number
  readonly recordedPerSecond: number
  readonly cpuMicroseconds: number
  readonly medianMs: number
  readonly worstMs: number
}

const MESSAGE_BYTES = 10 * 1024

async function measure(root: string, callers: number, seconds: number): Promise<Measurement> {
  const directory = fs.mkdtempSync(path.join(root, 'queue-'))
  const queue = await openQueue({ disk: systemDisk, clock: systemClock, directory, key: randomBytes(32) })
  try {
    const message = Buffer.concat([Buffer.from('Subject: benchmark\r\n\r\n'), randomBytes(MESSAGE_BYTES)])
    const latencies: number[] = []
    const cpuBefore = process.cpuUsage()
    const accepted = await perSecond(callers, seconds, async () => {
      const started = performance.now()
      await accept(queue, message)
      latencies.push(performance.now() - started)
    })
    const cpu = process.cpuUsage(cpuBefore)
    const waiting = [...queue.messages()].values()
    const recorded = await perSecond(callers, seconds, async () => {
      const next = waiting.next()
      if (next.done === true) return false
      const recipient = { index: 0, attempts: 1, nextAttempt: 0, lastAttempt: 1, lastReply: null }
      const recipients = [{ ...recipient, state: 'delivered' as const }]
      await queue.change(next.value.id, { held: null, delayTold: null, recipients })
    })
    latencies.sort((a, b) => a - b)
    return {
      callers,
      acceptedPerSecond: accepted,
      recordedPerSecond: recorded,
      cpuMicroseconds: Math.round((cpu.user + cpu.system) / latencies.length),
      medianMs: latencies[latencies.length >> 1] ?? 0,
      worstMs: latencies.at(-1) ?? 0,
    }
  } finally {
    await queue.close()
    fs.rmSync(directory, { recursive: true })
  }
}

async function accept(queue: Queue, message: Buffer): Promise<void> {
  using writer = queue.begin({
    sender: 'a@example.org',
    recipients: ['b@example.net'],
    submitter: null,
    smtpUtf8: false,
  })
  await writer.write(message)
  await writer.commit()
}

/** `work` resolves with false when there is no more. */
async function perSecond(callers: number, seconds: number, work: () => Promise<boolean | void>): Promise<number> {
  const begin = performance.now()
  const end = begin + seconds * 1000
  let done = 0
  const caller = async (): Promise<void> => {
    while (performance.now() < end && (await work()) !== false) done++
  }
  await Promise.all(Array.from({ length: callers }, caller))
  return Math.round(done / ((performance.now() - begin) / 1000))
}

if (import.meta.main) {
  const [root, seconds] = process.argv.slice(2)
  for (const callers of [1, 8, 32]) {
    const result = await measure(root ?? os.tmpdir(), callers, Number(seconds ?? 2))
    console.log(
      `${callers} callers: ${result.acceptedPerSecond} messages/s of 10 KiB accepted, ${result.cpuMicroseconds} µs CPU each, ` +
        `median ${result.medianMs.toFixed(2)} ms, worst ${result.worstMs.toFixed(1)} ms; ${result.recordedPerSecond} deliveries/s recorded`,
    )
  }
}
