// Many messages over some connections by SMTP (RFC 5321) or LMTP (RFC 2033), the next one only when the last one's final reply is there, one
// command at a time. What is counted as accepted is what the server has said 250 to; anything else is an error that ends the load.

import net from 'node:net'

const WAIT_MS = 120_000
const FROM = 'sender@example.net'

export interface SmtpTarget {
  readonly port: number
  readonly isLmtp: boolean
}

export interface SmtpLoad {
  /** With CRLF at line ends and at the end, dots stuffed (`dotStuffed`). */
  readonly messages: readonly Buffer[]
  readonly connections: number
  /** Message n goes to recipient n modulo their number. */
  readonly recipients: readonly string[]
}

/** As RFC 5321 §4.5.2 wants it, with the final dot. */
export function dotStuffed(message: Buffer): Buffer {
  return Buffer.from(`${message.toString('latin1').replaceAll(/(^|\n)\./g, '$1..')}.\r\n`, 'latin1')
}

/** Milliseconds from the first envelope to the last reply: connecting and greeting are not in it. */
export async function sendAll(target: SmtpTarget, { messages, connections, recipients }: SmtpLoad): Promise<number> {
  const sessions = await Promise.all(Array.from({ length: connections }, () => SmtpSession.open(target)))
  try {
    let next = 0
    const started = performance.now()
    await Promise.all(
      sessions.map(async (session) => {
        while (next < messages.length) {
          const index = next++
          await session.send(recipients[index % recipients.length] as string, messages[index] as Buffer)
        }
      }),
    )
    const ms = performance.now() - started
    await Promise.all(sessions.map((session) => session.command('QUIT\r\n', 221)))
    return ms
  } finally {
    for (const session of sessions) session[Symbol.dispose]()
  }
}

export class SmtpSession implements Disposable {
  readonly #socket: net.Socket
  #text = ''
  #answer: ((reply: string | null) => void) | null = null
  #hasEnded = false

  private constructor(port: number) {
    this.#socket = net.connect({ port, host: '127.0.0.1', noDelay: true })
    this.#socket.setTimeout(WAIT_MS, () => this.#socket.destroy())
    this.#socket.on('data', (chunk: Buffer) => {
      this.#text += chunk.toString('latin1')
      this.#deliver()
    })
    for (const event of ['error', 'close'] as const) {
      this.#socket.on(event, () => {
        this.#hasEnded = true
        this.#deliver()
      })
    }
  }

  static async open({ port, isLmtp }: SmtpTarget): Promise<SmtpSession> {
    const session = new SmtpSession(port)
    await session.command('', 220)
    await session.command(`${isLmtp ? 'LHLO' : 'EHLO'} client.example.net\r\n`, 250)
    return session
  }

  async send(recipient: string, message: Buffer): Promise<void> {
    await this.command(`MAIL FROM:<${FROM}>\r\n`, 250)
    await this.command(`RCPT TO:<${recipient}>\r\n`, 250)
    await this.command('DATA\r\n', 354)
    // By LMTP there is one reply for each recipient: one.
    await this.command(message, 250)
  }

  async command(bytes: string | Buffer, code: number): Promise<void> {
    if (bytes.length > 0) this.#socket.write(bytes)
    const reply = await new Promise<string | null>((resolve) => {
      this.#answer = resolve
      this.#deliver()
    })
    if (reply === null || !reply.startsWith(String(code)))
      throw new Error(`${reply ?? 'the connection ended'}: expected ${code} to ${bytes.toString('latin1', 0, 60)}`)
  }

  [Symbol.dispose](): void {
    this.#socket.destroy()
  }

  /** Gives the last line of a whole reply to who waits for it. */
  #deliver(): void {
    if (this.#answer === null) return
    let from = 0
    for (;;) {
      const end = this.#text.indexOf('\n', from)
      if (end < 0) break
      if (this.#text[from + 3] === '-') {
        from = end + 1
        continue
      }
      const line = this.#text.slice(from, end).trimEnd()
      this.#text = this.#text.slice(end + 1)
      this.#settle(line)
      return
    }
    if (this.#hasEnded) this.#settle(null)
  }

  #settle(reply: string | null): void {
    const answer = this.#answer
    this.#answer = null
    answer?.(reply)
  }
}
