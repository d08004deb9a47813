// An IMAP client for measuring (RFC 3501): it counts bytes and looks for the tagged line alone, so that little of the time measured is its own. What
// it is told it keeps only when asked to.

import net from 'node:net'
import tls from 'node:tls'

const WAIT_MS = 600_000
/** The last line of an answer is shorter: what is further back is not looked at. */
const TAIL_BYTES = 2048
/** So many APPENDs are on their way at once when a mailbox is filled. */
const FILL_AT_ONCE = 50

export interface ImapTarget {
  readonly port: number
  readonly user: string
  readonly password: string
  /** By TLS from the first byte. The certificate is not looked at: it is a server of our own, on loopback. */
  readonly isTls?: boolean
}

export interface ImapMessage {
  readonly bytes: Buffer
  readonly date?: Date
  readonly isSeen?: boolean
}

export class ImapLoad implements Disposable {
  readonly #socket: net.Socket
  #bytes = 0
  #tail = ''
  #kept: Buffer[] | null = null
  #waiting: { readonly start: string; readonly resolve: (line: string) => void; reject(error: Error): void } | null =
    null
  #tag = 0

  private constructor({ port, isTls = false }: ImapTarget) {
    const to = { port, host: '127.0.0.1' }
    this.#socket = isTls ? tls.connect({ ...to, rejectUnauthorized: false }) : net.connect(to)
    this.#socket.setNoDelay(true)
    this.#socket.on('data', (chunk: Buffer) => {
      this.#bytes += chunk.length
      this.#kept?.push(chunk)
      this.#tail = `${this.#tail}${chunk.toString('latin1', Math.max(0, chunk.length - TAIL_BYTES))}`.slice(-TAIL_BYTES)
      this.#look()
    })
    let cause = new Error('the server has ended the connection')
    this.#socket.on('error', (error) => (cause = error))
    this.#socket.on('close', () => this.#waiting?.reject(cause))
    this.#socket.setTimeout(WAIT_MS, () => this.#socket.destroy(new Error('no answer')))
  }

  /** Connected and greeted, not logged in. */
  static async connect(target: ImapTarget): Promise<ImapLoad> {
    const connection = new ImapLoad(target)
    await connection.#line('* ')
    return connection
  }

  static async login(target: ImapTarget): Promise<ImapLoad> {
    const connection = await ImapLoad.connect(target)
    await connection.command(`LOGIN "${target.user}" "${target.password}"`)
    return connection
  }

  /** Received so far. */
  get bytes(): number {
    return this.#bytes
  }

  /** Resolves at the tagged OK; anything else is an error. */
  async command(text: string): Promise<void> {
    const tag = this.#nextTag()
    this.#socket.write(`${tag} ${text}\r\n`)
    ok(text, await this.#line(`${tag} `), tag)
  }

  /** As `command`; all that the server said, as latin1. */
  async ask(text: string): Promise<string> {
    const kept: Buffer[] = []
    this.#kept = kept
    try {
      await this.command(text)
    } finally {
      this.#kept = null
    }
    return Buffer.concat(kept).toString('latin1')
  }

  /** The message goes when the server has asked for it. */
  async append(mailbox: string, message: Buffer): Promise<void> {
    const tag = this.#nextTag()
    this.#socket.write(`${tag} APPEND ${mailbox} {${message.length}}\r\n`)
    await this.#line('+')
    this.#socket.cork()
    this.#socket.write(message)
    this.#socket.write('\r\n')
    this.#socket.uncork()
    ok('APPEND', await this.#line(`${tag} `), tag)
  }

  /** Many messages into one mailbox, as fast as they can go (RFC 7888). */
  async fill(mailbox: string, messages: Iterable<ImapMessage>): Promise<void> {
    let batch: Buffer[] = []
    const flush = async (): Promise<void> => {
      const tag = this.#nextTag()
      this.#socket.write(Buffer.concat([...batch, Buffer.from(`${tag} NOOP\r\n`)]))
      batch = []
      ok('APPEND', await this.#line(`${tag} `), tag)
    }
    for (const { bytes, date, isSeen = false } of messages) {
      const when = date === undefined ? '' : `"${internalDate(date)}" `
      batch.push(
        Buffer.from(`${this.#nextTag()} APPEND ${mailbox} (${isSeen ? '\\Seen' : ''}) ${when}{${bytes.length}+}\r\n`),
        bytes,
        Buffer.from('\r\n'),
      )
      if (batch.length >= 3 * FILL_AT_ONCE) await flush()
    }
    if (batch.length > 0) await flush()
  }

  /** Messages in a mailbox, as STATUS says. */
  async count(mailbox: string): Promise<number> {
    return Number(/MESSAGES (\d+)/.exec(await this.ask(`STATUS ${mailbox} (MESSAGES)`))?.[1])
  }

  /** Hits of SEARCH. */
  async hits(criteria: string): Promise<number> {
    return numbers(/^\* SEARCH([ \d]*)/m.exec(await this.ask(`SEARCH ${criteria}`))?.[1] ?? '')
  }

  /** Returns when the server idles (RFC 2177). The connection is good for nothing else then. */
  async idle(): Promise<void> {
    this.#socket.setTimeout(0)
    this.#socket.write(`${this.#nextTag()} IDLE\r\n`)
    await this.#line('+')
  }

  /** In IDLE: resolves when the server has told something. */
  async told(): Promise<void> {
    await this.#line('* ')
  }

  /** Sends a command and reads nothing of the answer. The connection is good for nothing else then. */
  ignore(text: string): void {
    this.#socket.pause()
    this.#socket.write(`${this.#nextTag()} ${text}\r\n`)
  }

  async logout(): Promise<void> {
    await this.command('LOGOUT')
  }

  [Symbol.dispose](): void {
    this.#waiting = null
    this.#socket.destroy()
  }

  #nextTag(): string {
    return `b${++this.#tag}x`
  }

  #line(start: string): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#waiting = { start, resolve, reject }
      if (this.#socket.destroyed) reject(new Error('the connection has ended'))
      else this.#look()
    })
  }

  #look(): void {
    if (this.#waiting === null || !this.#tail.endsWith('\r\n')) return
    const line = this.#tail.slice(this.#tail.lastIndexOf('\n', this.#tail.length - 2) + 1, -2)
    // A server may end a command while literals of the next one are still asked for.
    if (!line.startsWith(this.#waiting.start) && !/^b\d+x (?:NO|BAD) /.test(line)) return
    const { resolve } = this.#waiting
    this.#waiting = null
    this.#tail = ''
    resolve(line)
  }
}

export function numbers(text: string): number {
  return text.split(' ').filter((part) => part !== '').length
}

function ok(command: string, line: string, tag: string): void {
  if (!line.startsWith(`${tag} OK`)) throw new Error(`${command.slice(0, 60)}: ${line}`)
}

/** RFC 3501 §9, date-time. */
function internalDate(date: Date): string {
  const [, day, month, year, time] = date.toUTCString().replace(',', '').split(' ')
  return `${day}-${month}-${year} ${time} +0000`
}
