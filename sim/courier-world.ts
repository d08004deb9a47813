// One simulated machine with an outgoing queue and a courier, other mail servers that do as they are told, and accounts of its own.

import type { AttemptReport } from '#delivery/courier-loop.ts'
import type { AccountId } from '#base/ids.ts'
import { formatRecipient } from '#crypto/age/recipient.ts'
import type { Resolution } from '#delivery/attempt.ts'
import { Courier, type CourierLimits, DEFAULT_COURIER_LIMITS } from '#delivery/courier-loop.ts'
import { MemoryStore, accountNumber, keyOf } from '#delivery/memory-store.test-support.ts'
import type { QueueId } from '#delivery/queue-message.ts'
import { openQueue } from '#delivery/queue-open.ts'
import type { Submission } from '#delivery/queue-writer.ts'
import type { Queue } from '#delivery/queue.ts'
import { RecipientKeys } from '#delivery/recipient-keys.ts'
import { reply } from '#delivery/reply.ts'
import type { Routing } from '#delivery/route.ts'
import { DEFAULT_SCHEDULE } from '#delivery/schedule.ts'
import { TestResolver } from '#platform/dns.test-support.ts'
import type { SmtpClient, SmtpMessage, SmtpPeer, SmtpResult } from '#platform/smtp-client.ts'
import { SimulatedClock } from './clock.ts'
import { SimulatedDisk } from './disk.ts'
import { Random } from './random.ts'

export const ADA: AccountId = accountNumber(1)
export const BEN: AccountId = accountNumber(2)

const LOCAL: Readonly<Record<string, AccountId>> = { 'ada@example.org': ADA, 'ben@example.org': BEN }
const LIMITS = { fileBytes: 128 * 1024, inlineBytes: 8 * 1024, groupBytes: 16 * 1024 }

interface Sent {
  readonly host: string
  readonly sender: string
  readonly recipients: readonly string[]
  readonly content: string
  readonly at: number
}

type Answer = (peer: SmtpPeer, message: SmtpMessage, signal: AbortSignal) => SmtpResult | Promise<SmtpResult> | null

export function accepted({ recipients }: SmtpMessage): SmtpResult {
  const one = { kind: 'accepted', reply: { code: 250, text: '2.0.0 taken' } } as const
  return { kind: 'session', recipients: recipients.map(() => one), tls: { used: false, detail: '' } }
}

export function refused({ recipients }: SmtpMessage, code: number, text: string): SmtpResult {
  const one = { kind: 'refused', reply: { code, text } } as const
  return { kind: 'session', recipients: recipients.map(() => one), tls: { used: false, detail: '' } }
}

export const DOWN: SmtpResult = { kind: 'noSession', reason: 'refused', reply: null }

export class CourierWorld {
  readonly clock = new SimulatedClock()
  readonly resolver = new TestResolver()
  readonly store = new MemoryStore()
  readonly random: Random
  disk: SimulatedDisk
  queue!: Queue
  courier: Courier | null = null
  readonly sent: Sent[] = []
  readonly reports: AttemptReport[] = []
  readonly errors: unknown[] = []
  running = 0
  mostRunning = 0
  /** Another way to find out who is here. */
  resolve: ((address: string) => Resolution) | null = null
  /** How other servers answer; null to take the message. */
  answer: Answer = () => null
  limits: CourierLimits = DEFAULT_COURIER_LIMITS
  routing: Routing = { relay: null, direct: true, ownNames: ['mail.example.org'] }

  constructor(seed = 1) {
    this.random = new Random(seed)
    this.disk = new SimulatedDisk(this.random)
    for (const domain of ['example.net', 'example.com', 'slow.example']) this.addDomain(domain)
  }

  static async start(seed = 1): Promise<CourierWorld> {
    const world = new CourierWorld(seed)
    await world.open()
    world.begin()
    return world
  }

  addDomain(domain: string, ...hosts: readonly string[]): void {
    const names = hosts.length === 0 ? [`mx.${domain}`] : hosts
    this.resolver.exchangesOf.set(
      domain,
      names.map((host, index) => ({ preference: index, host })),
    )
    for (const host of names) this.resolver.addressesOf.set(host, ['192.0.2.1'])
  }

  async open(): Promise<void> {
    const { disk, clock, random } = this
    const key = Buffer.alloc(32, 0x51)
    const bytes = (length: number): Buffer => random.bytes(length)
    this.queue = await openQueue({ disk, clock, directory: '/queue', key, limits: LIMITS, random: bytes })
  }

  begin(): void {
    const { queue, clock, resolver, store, random, routing, limits } = this
    this.courier = new Courier({
      queue,
      clock,
      resolver,
      store,
      routing,
      limits,
      client: this.#client(),
      keys: new RecipientKeys(),
      hostName: 'mail.example.org',
      schedule: DEFAULT_SCHEDULE,
      random: () => random.fraction(),
      resolveLocal: async (addresses) => addresses.map(this.resolve ?? resolve),
      attempted: (report) => this.reports.push(report),
      report: (error) => this.errors.push(error),
    })
  }

  async submit(recipients: readonly string[], changes: Partial<Submission> = {}, text = 'hello'): Promise<QueueId> {
    const submission = { sender: 'ada@example.org', recipients, submitter: ADA, smtpUtf8: false, ...changes }
    using writer = this.queue.begin(submission)
    await writer.write(Buffer.from(`Subject: ${text}\r\n\r\n${text}\r\n`))
    return await writer.commit()
  }

  /** Lets everything happen that happens at this time. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 6; turn++) {
      for (let step = 0; step < 12; step++) await new Promise((resolve) => setImmediate(resolve))
      this.clock.advance(0)
    }
  }

  async pass(durationMs: number, stepMs = durationMs): Promise<void> {
    for (let passed = 0; passed < durationMs; passed += stepMs) {
      this.clock.advance(stepMs)
      await this.settle()
    }
  }

  #client(): SmtpClient {
    return {
      deliver: async (peer, message, signal) => {
        this.running++
        this.mostRunning = Math.max(this.mostRunning, this.running)
        const content = Buffer.concat([...message.content()]).toString('latin1')
        const { sender, recipients } = message
        this.sent.push({ host: peer.name, sender, recipients, content, at: this.clock.now() })
        try {
          return (await this.answer(peer, message, signal)) ?? accepted(message)
        } finally {
          this.running--
        }
      },
    }
  }
}

function resolve(address: string): Resolution {
  const account = LOCAL[address]
  if (account !== undefined) return { kind: 'account', account, key: formatRecipient(keyOf(account)), quotaBytes: null }
  return address.endsWith('@example.org')
    ? { kind: 'refused', reply: reply(550, '5.1.1', 'no such user') }
    : { kind: 'remote' }
}
