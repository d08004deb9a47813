// A courier in a process of its own, to be killed: a queue directory, and one relay. It is told what to send, and tells what it has taken.
// Arguments: the queue's directory, the relay's port.

import { MemoryStore } from '#delivery/memory-store.test-support.ts'
import { Courier, DEFAULT_COURIER_LIMITS } from '#delivery/courier-loop.ts'
import { openQueue } from '#delivery/queue-open.ts'
import { RecipientKeys } from '#delivery/recipient-keys.ts'
import { systemClock } from '#platform/clock.ts'
import { systemDisk } from '#platform/disk.ts'
import { systemResolver } from '#platform/dns.ts'
import { smtpClient } from '#platform/nodemailer-client.ts'

const [directory = '', port = ''] = process.argv.slice(2)

const queue = await openQueue({ disk: systemDisk, clock: systemClock, directory, key: Buffer.alloc(32, 3) })
const relay = { host: '127.0.0.1', port: Number(port), tls: 'never', credentials: null } as const
const courier = new Courier({
  queue,
  clock: systemClock,
  client: smtpClient({ name: 'courier.test' }),
  resolver: systemResolver(),
  routing: { relay, direct: false, ownNames: [] },
  store: new MemoryStore(),
  keys: new RecipientKeys(),
  hostName: 'mail.example.org',
  schedule: { firstDelayMs: 10, longestDelayMs: 50, tellDelayAfterMs: 3_600_000 },
  limits: DEFAULT_COURIER_LIMITS,
  random: Math.random,
  resolveLocal: (addresses) => Promise.resolve(addresses.map(() => ({ kind: 'remote' as const }))),
  attempted: () => undefined,
  report: () => undefined,
})
// A relay that hung up is not left alone for minutes.
const waking = setInterval(() => courier.wakeDestinations(), 20)

async function submit(text: string, recipients: readonly string[]): Promise<void> {
  using writer = queue.begin({ sender: 'ada@example.org', recipients, submitter: null, smtpUtf8: false })
  await writer.write(Buffer.from(text))
  await writer.commit()
  process.send?.({ taken: text.slice(0, 40) })
}

process.on(
  'message',
  (message: { readonly text: string; readonly recipients: readonly string[] } | 'count' | 'stop') => {
    if (message === 'count') process.send?.({ count: queue.count })
    else if (message === 'stop') {
      clearInterval(waking)
      void courier
        .stop(1000)
        .then(() => queue.close())
        .then(() => process.disconnect?.())
    } else void submit(message.text, message.recipients)
  },
)
process.send?.({ ready: true })
