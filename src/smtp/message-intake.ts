// A message on its way in: counts it, looks at its header, and gives it to the sink, until something is wrong with it. From then on its
// bytes go nowhere, and the client is told why at the message's end.
//
// What is told depends on the message alone, not on how it was divided into chunks: every fault is noted to the end, and the first of a
// fixed order is named.

import { HeaderWatch } from './header-watch.ts'
import type { MessageSink } from './host.ts'
import type { SmtpLimits } from './limits.ts'
import { type MessageVerdict, type Refusal, refused } from './verdict.ts'

const BARE_LINE_END = refused(
  550,
  '5.6.0',
  'Lines end in CRLF: a CR or LF on its own is not allowed (RFC 5321 section 2.3.8)',
)
const NUL = refused(550, '5.6.0', 'The message holds a NUL, which no text may (RFC 5322 section 4)')
const LOOP = refused(554, '5.4.6', 'The message has gone through too many hops: a mail loop')

export class MessageIntake {
  readonly #limits: SmtpLimits
  readonly #header = new HeaderWatch()
  #sink: MessageSink | null
  #bytes = 0
  hasNul = false
  hasBareLineEnd = false

  constructor(sink: MessageSink, limits: SmtpLimits) {
    this.#sink = sink
    this.#limits = limits
  }

  /** Null as long as nothing is wrong. */
  get refusal(): Refusal | null {
    const { headerBytesMax } = this.#limits
    if (this.hasBareLineEnd) return BARE_LINE_END
    if (this.#bytes > this.#limits.messageBytesMax) return tooBig(this.#limits)
    if (this.#header.headerBytes > headerBytesMax) {
      return refused(552, '5.3.4', `The header is longer than ${headerBytesMax} bytes`)
    }
    if (this.isLoop) return LOOP
    return this.hasNul ? NUL : null
  }

  /** More of a refused message has come than is worth waiting for its end. */
  get isFlood(): boolean {
    return this.#bytes > Math.max(this.#limits.messageBytesMax, this.#limits.discardedBytesMax)
  }

  get isLoop(): boolean {
    return this.#header.receivedFields > this.#limits.receivedFieldsMax
  }

  /** `content` is free again when this returns (null) or resolves. Note faults of the content itself before. */
  write(content: Buffer): Promise<void> | null {
    this.#bytes += content.length
    this.#header.push(content)
    if (this.#sink === null || content.length === 0) return null
    if (this.refusal === null) return this.#sink.write(content)
    this.abort()
    return null
  }

  /** The message is complete. */
  async commit(): Promise<MessageVerdict> {
    const { refusal } = this
    if (refusal !== null) this.abort()
    const sink = this.#sink
    this.#sink = null
    return refusal ?? (await sink?.commit()) ?? refused(451, '4.3.0', 'The message was given up')
  }

  /** The message will not be completed. */
  abort(): void {
    const sink = this.#sink
    this.#sink = null
    sink?.abort()
  }
}

/** RFC 1870 §6.1 */
export function tooBig(limits: SmtpLimits): Refusal {
  return refused(552, '5.3.4', `The message is longer than ${limits.messageBytesMax} bytes`)
}
