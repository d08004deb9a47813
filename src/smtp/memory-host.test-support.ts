// A host in memory: what a client is told, and which messages arrived.

import { SmtpEngine, type SmtpEngineOptions } from './engine.ts'
import type { Handover } from './handover.ts'
import type { MessageSink, PolicyEvent, SmtpHost } from './host.ts'
import type { MailAddress } from './mail-address.ts'
import type { MailParameters } from './mail-parameters.ts'
import type { Peer, Transaction } from './transaction.ts'
import type { MessageVerdict, RecipientVerdict, Refusal, SenderVerdict } from './verdict.ts'

export interface Arrived {
  readonly transaction: Transaction<string>
  readonly content: Buffer
}

export class MemoryHost implements SmtpHost<string> {
  readonly arrived: Arrived[] = []
  readonly events: PolicyEvent[] = []
  readonly failures: unknown[] = []
  readonly delays: number[] = []
  /** Pieces that were sent, each by one call. */
  readonly sent: string[] = []
  senders: MailParameters[] = []
  aborted = 0
  hasEnded = false
  wantsTls = false
  clock = 0
  senderVerdict: SenderVerdict = { kind: 'accepted' }
  verdict: MessageVerdict | null = null
  opening: Refusal | null = null
  /** Wait before each answer, and after each write. */
  isSlow = false

  send(bytes: Buffer): null {
    this.sent.push(bytes.toString('latin1'))
    return null
  }

  end(): void {
    this.hasEnded = true
  }

  fail(error: unknown): void {
    this.failures.push(error)
  }

  pause(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve))
  }

  now(): number {
    return this.clock
  }

  monotonic(): number {
    return this.clock
  }

  async delay(ms: number): Promise<void> {
    this.delays.push(ms)
  }

  startTls(): void {
    this.wantsTls = true
  }

  note(event: PolicyEvent): void {
    this.events.push(event)
  }

  checkSender(
    _sender: MailAddress | null,
    parameters: MailParameters,
    _peer: Peer,
  ): Promise<SenderVerdict> | SenderVerdict {
    this.senders.push(parameters)
    return this.#answer(this.senderVerdict)
  }

  checkRecipient(
    { localPart, domain, text }: MailAddress,
    _transaction: Transaction<string>,
  ): Promise<RecipientVerdict<string>> | RecipientVerdict<string> {
    return this.#answer(recipientVerdict(localPart, domain, text))
  }

  openMessage(transaction: Transaction<string>): Promise<MessageSink | Refusal> | MessageSink | Refusal {
    if (this.opening !== null) return this.#answer(this.opening)
    const pieces: Buffer[] = []
    let isOver = false
    const once = (): void => {
      if (isOver) this.failures.push(new Error('commit and abort, or one of them twice'))
      isOver = true
    }
    return this.#answer({
      write: (content) => {
        if (isOver) this.failures.push(new Error('written after its end'))
        pieces.push(Buffer.from(content))
        return this.isSlow ? this.pause() : null
      },
      commit: () => {
        once()
        if (this.verdict?.kind === 'refused') return this.#answer<MessageVerdict>(this.verdict)
        this.arrived.push({ transaction, content: Buffer.concat(pieces) })
        return this.#answer<MessageVerdict>({ kind: 'accepted', id: `m${this.arrived.length}` })
      },
      abort: () => {
        once()
        this.aborted++
      },
    })
  }

  #answer<T>(value: T): T | Promise<T> {
    return this.isSlow ? this.pause().then(() => value) : value
  }
}

function recipientVerdict(localPart: string, domain: string, text: string): RecipientVerdict<string> {
  if (domain !== '' && domain !== 'example.org') return { kind: 'relayDenied' }
  switch (localPart) {
    case 'nobody':
      return { kind: 'unknown' }
    case 'full':
      return { kind: 'overQuota' }
    case 'locked':
      return { kind: 'unavailable' }
    case 'grey':
      return { kind: 'refused', code: 450, enhanced: '4.7.1', text: 'Come again\nin a minute\r\n250 not a reply' }
    default:
      return { kind: 'accepted', target: `target of ${text}` }
  }
}

const REMOTE: SmtpEngineOptions = {
  hostname: 'mx.example.org',
  peerAddress: '192.0.2.7',
  tls: null,
  offersStartTls: true,
}

export class TestClient {
  readonly host = new MemoryHost()
  readonly engine: SmtpEngine<string>

  constructor(
    options: Partial<SmtpEngineOptions> & { readonly handover?: Handover } = {},
    state: 'greeted' | 'ungreeted' = 'greeted',
  ) {
    const { handover, ...rest } = options
    const all = { ...REMOTE, ...rest }
    if (handover !== undefined) this.engine = SmtpEngine.afterLogin(this.host, handover, all)
    else {
      this.engine = new SmtpEngine(this.host, all)
      if (state === 'greeted') this.engine.greeting()
      this.take()
    }
  }

  /** What was sent since the last call. */
  take(): string {
    return this.host.sent.splice(0).join('')
  }

  /** Sends `input` in one chunk, or cut at `cuts`; what was replied. */
  async say(input: string | Buffer, cuts: readonly number[] = []): Promise<string> {
    const bytes = typeof input === 'string' ? Buffer.from(input, 'utf8') : input
    const ends = [...cuts].filter((cut) => cut < bytes.length).sort((left, right) => left - right)
    for (const [index, start] of [0, ...ends].entries()) {
      // A copy: the engine overwrites it.
      const chunk = Buffer.from(bytes.subarray(start, ends[index] ?? bytes.length))
      if (chunk.length > 0) await this.engine.receive(chunk)
    }
    return this.take()
  }

  /** The codes of the replies, one for each. */
  async codes(input: string | Buffer): Promise<string[]> {
    return [...(await this.say(input)).matchAll(/^([0-9]{3}) /gm)].map((match) => match[1] as string)
  }
}

export const ENVELOPE = 'EHLO client.example.net\r\nMAIL FROM:<a@example.net>\r\nRCPT TO:<ann@example.org>\r\n'
