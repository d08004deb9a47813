// Push over an event source (RFC 8620 §7.3): a StateChange whenever something changed, several changes in one, and pings.
//
// A client that reconnects has its last states in `Last-Event-ID`, and is told at once of what changed meanwhile.

import type { Change } from '#account/account.ts'
import type { Shared } from './context.ts'
import type { JmapTimer } from './host.ts'
import { PING_SECONDS_MAX, PING_SECONDS_MIN, PUSH_DELAY_MS } from './limits.ts'
import { emailDeliveryState, emailState, mailboxState, threadState } from './state-strings.ts'

const TYPES = ['Email', 'EmailDelivery', 'EmailSubmission', 'Identity', 'Mailbox', 'Thread'] as const
type TypeName = (typeof TYPES)[number]
type States = Readonly<Record<TypeName, string>>

export interface EventOptions {
  /** As in the URL: `*`, or names of types with commas between. Types that are not known are never told of. */
  readonly types: string
  /** As in the URL: `state` to end after the first change, else `no`. */
  readonly closeAfter: string
  /** As in the URL: seconds; 0 for none. */
  readonly ping: string
  /** The client's `Last-Event-ID`, or null. */
  readonly lastEventId: string | null
}

export class EventStream implements Disposable {
  readonly #shared: Shared
  readonly #types: readonly TypeName[]
  readonly #closesAfterState: boolean
  readonly #pingMs: number
  readonly #subscription: Disposable
  #told: Partial<States>
  #timer: JmapTimer | null = null
  #ping: JmapTimer | null = null
  #isPingDue = false
  #isChangeDue = false
  #isOver = false
  #wake: (() => void) | null = null

  constructor(shared: Shared, options: EventOptions) {
    const names = options.types.split(',')
    this.#shared = shared
    this.#types = TYPES.filter((type) => options.types === '*' || names.includes(type))
    this.#closesAfterState = options.closeAfter === 'state'
    this.#pingMs = pingSeconds(options.ping) * 1000
    this.#told = parseEventId(options.lastEventId) ?? this.#states()
    this.#subscription = shared.account.subscribe((change) => this.#note(change))
    if (options.lastEventId !== null) this.#isChangeDue = true
  }

  get isOver(): boolean {
    return this.#isOver
  }

  /** Text to be sent, until the stream is closed or ends by itself. Ask for the next piece when the client can take it. */
  async *chunks(): AsyncGenerator<string, void, undefined> {
    try {
      // The client knows that it is connected.
      yield ': connected\n\n'
      this.#schedulePing()
      while (!this.#isOver) {
        const text = this.#next()
        if (text === null) {
          await new Promise<void>((resolve) => (this.#wake = resolve))
          continue
        }
        yield text
        this.#schedulePing()
      }
    } finally {
      this[Symbol.dispose]()
    }
  }

  /** What there is to tell; null for nothing. */
  #next(): string | null {
    if (this.#isChangeDue) {
      this.#isChangeDue = false
      const text = this.#stateChange()
      if (text !== null) {
        this.#isOver ||= this.#closesAfterState
        return text
      }
    }
    if (!this.#isPingDue) return null
    this.#isPingDue = false
    return `event: ping\ndata: {"interval":${this.#pingMs / 1000}}\n\n`
  }

  #stateChange(): string | null {
    const states = this.#states()
    const changed = this.#types.filter((type) => states[type] !== this.#told[type])
    this.#told = states
    if (changed.length === 0) return null
    const typeState = Object.fromEntries(changed.map((type) => [type, states[type]]))
    const data = { '@type': 'StateChange', changed: { [this.#shared.accountId]: typeState } }
    return `event: state\nid: ${formatEventId(states)}\ndata: ${JSON.stringify(data)}\n\n`
  }

  #states(): States {
    const { account, identities, submissions } = this.#shared
    return {
      Email: emailState(account),
      EmailDelivery: emailDeliveryState(account),
      EmailSubmission: String(submissions.state),
      Identity: identities.state,
      Mailbox: mailboxState(account),
      Thread: threadState(account),
    }
  }

  #note({ emails, mailboxList, settings }: Change): void {
    const concerns = emails.length > 0 || mailboxList || settings.some((key) => key.startsWith('jmap/'))
    if (!concerns || this.#timer !== null || this.#isOver) return
    this.#timer = this.#shared.host.after(PUSH_DELAY_MS, () => {
      this.#timer = null
      this.#isChangeDue = true
      this.#wakeUp()
    })
  }

  /** Since the last event, whatever it was. */
  #schedulePing(): void {
    this.#ping?.cancel()
    if (this.#pingMs === 0 || this.#isOver) return
    this.#ping = this.#shared.host.after(this.#pingMs, () => {
      this.#isPingDue = true
      this.#wakeUp()
    })
  }

  #wakeUp(): void {
    const wake = this.#wake
    this.#wake = null
    wake?.()
  }

  /** The client has gone, or the account is locked. */
  [Symbol.dispose](): void {
    this.#isOver = true
    this.#subscription[Symbol.dispose]()
    this.#timer?.cancel()
    this.#ping?.cancel()
    this.#wakeUp()
  }
}

/** §7.3: a server may bound the interval. */
function pingSeconds(text: string): number {
  const seconds = /^\d{1,9}$/.test(text) ? Number(text) : 0
  return seconds === 0 ? 0 : Math.min(Math.max(seconds, PING_SECONDS_MIN), PING_SECONDS_MAX)
}

function formatEventId(states: States): string {
  return TYPES.map((type) => states[type]).join('/')
}

/** Null if it is none of ours. */
function parseEventId(id: string | null): Partial<States> | null {
  const parts = id?.split('/')
  if (parts?.length !== TYPES.length) return null
  return Object.fromEntries(TYPES.map((type, at) => [type, parts[at] as string]))
}
