// A bare IMAP connection for tests that look at the protocol itself: what the server says, byte for byte, and when it says it.

import fs from 'node:fs'
import net from 'node:net'
import tls from 'node:tls'
import type { Mailkeep } from './harness.ts'

const ANSWER_MS = 60_000

export interface Answer {
  /** `OK …`, `NO …`, `BAD …` or `+ …`: without the tag. */
  readonly status: string
  /** Untagged responses without `* `, as latin1, with literals in place after their `{n}` and CRLF. */
  readonly untagged: readonly string[]
}

/** The certificate that the running system shows, to trust it and no other. */
export function certificateOf({ directory }: Mailkeep): string {
  return fs.readFileSync(`${directory}/tls/certificate.pem`, 'latin1')
}

export class ImapConnection implements Disposable {
  #socket: net.Socket
  #input: Buffer[] = []
  #inputBytes = 0
  /** So much has to be there before looking again is worth it. */
  #wantedBytes = 0
  #waiting: (() => void) | null = null
  #ended = false
  #tag = 0

  private constructor(socket: net.Socket) {
    this.#socket = socket
    this.#attach()
  }

  /** In the clear; `ca`: by TLS from the first byte, to a server with exactly this certificate. */
  static async open(port: number, { ca }: { readonly ca?: string } = {}): Promise<ImapConnection> {
    const socket =
      ca === undefined
        ? net.connect(port, '127.0.0.1')
        : tls.connect({ port, host: '127.0.0.1', servername: 'localhost', ca })
    const connection = new ImapConnection(socket)
    const greeting = await connection.response()
    if (!greeting.startsWith('* OK ')) throw new Error(`greeted with ${greeting}`)
    return connection
  }

  static async login(
    port: number,
    user: string,
    password: string,
    options: { readonly ca?: string } = {},
  ): Promise<ImapConnection> {
    const connection = await ImapConnection.open(port, options)
    await connection.must(`LOGIN "${user}" "${password}"`)
    return connection
  }

  async startTls(ca: string): Promise<void> {
    await this.must('STARTTLS')
    this.#socket.removeAllListeners('data')
    this.#socket = tls.connect({ socket: this.#socket, servername: 'localhost', ca })
    this.#attach()
  }

  /** Sends bytes as they are. */
  send(data: string | Uint8Array): void {
    this.#socket.write(data)
  }

  /**
   * One command to its tagged response, or to the first continuation that nothing is left for. Each of `literals` is sent when the server asks
   * for it; the line ends after the last one.
   */
  async command(text: string, ...literals: readonly (Uint8Array | string)[]): Promise<Answer> {
    const tag = `a${++this.#tag}`
    this.send(`${tag} ${text}\r\n`)
    const untagged: string[] = []
    let sent = 0
    for (;;) {
      const response = await this.response()
      if (response.startsWith('* ')) untagged.push(response.slice(2))
      else if (response.startsWith('+ ')) {
        const literal = literals[sent++]
        if (literal === undefined) return { status: response, untagged }
        this.send(literal)
        if (sent === literals.length) this.send('\r\n')
      } else if (response.startsWith(`${tag} `)) return { status: response.slice(tag.length + 1), untagged }
      else throw new Error(`not a response: ${response}`)
    }
  }

  /** As `command`, but anything other than OK is an error; its untagged responses. */
  async must(text: string, ...literals: readonly (Uint8Array | string)[]): Promise<readonly string[]> {
    const { status, untagged } = await this.command(text, ...literals)
    if (!status.startsWith('OK ')) throw new Error(`${text.split(' ')[0]}: ${status}`)
    return untagged
  }

  /** One message, with flags if there are any. Its UID as APPENDUID tells it. */
  async append(mailbox: string, message: string | Uint8Array, flags = ''): Promise<number> {
    const bytes = Buffer.from(message)
    const { status } = await this.command(`APPEND ${mailbox} (${flags}) {${bytes.length}}`, bytes)
    const uid = /^OK \[APPENDUID \d+ (\d+)\]/.exec(status)?.[1]
    if (uid === undefined) throw new Error(`APPEND: ${status}`)
    return Number(uid)
  }

  /** The next response line with its literals, without the last CRLF. An error if the server ends first, or says nothing for a minute. */
  async response(): Promise<string> {
    const deadline = Date.now() + ANSWER_MS
    for (;;) {
      const found = this.#take()
      if (found !== null) return found
      if (this.#ended) throw new Error('the server has ended the connection')
      const left = deadline - Date.now()
      if (left <= 0) throw new Error('no response')
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left)
        this.#waiting = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
  }

  async logout(): Promise<void> {
    await this.must('LOGOUT')
    this.#socket.end()
  }

  [Symbol.dispose](): void {
    this.#socket.destroy()
  }

  #attach(): void {
    const wake = (): void => {
      const waiting = this.#waiting
      this.#waiting = null
      waiting?.()
    }
    this.#socket.on('data', (chunk: Buffer) => {
      this.#input.push(chunk)
      this.#inputBytes += chunk.length
      if (this.#inputBytes >= this.#wantedBytes) wake()
    })
    for (const event of ['error', 'close'] as const) {
      this.#socket.on(event, () => {
        this.#ended = true
        wake()
      })
    }
  }

  #take(): string | null {
    if (this.#inputBytes < this.#wantedBytes || this.#inputBytes === 0) return null
    if (this.#input.length > 1) this.#input = [Buffer.concat(this.#input)]
    const input = this.#input[0] as Buffer
    let at = 0
    for (;;) {
      const end = input.indexOf('\r\n', at)
      if (end < 0) {
        this.#wantedBytes = input.length + 1
        return null
      }
      const literal = /\{(\d+)\}$/.exec(input.toString('latin1', Math.max(at, end - 20), end))?.[1]
      if (literal === undefined) {
        this.#input = [input.subarray(end + 2)]
        this.#inputBytes = input.length - end - 2
        this.#wantedBytes = 0
        return input.toString('latin1', 0, end)
      }
      at = end + 2 + Number(literal)
      if (at > input.length) {
        this.#wantedBytes = at + 2
        return null
      }
    }
  }
}

/** The literal or quoted string that follows `item` in a FETCH response. */
export function fetchedString(response: string, item: string): string {
  const at = response.indexOf(`${item} `)
  if (at < 0) throw new Error(`there is no ${item} in ${response.slice(0, 200)}`)
  const rest = response.slice(at + item.length + 1)
  const literal = /^\{(\d+)\}\r\n/.exec(rest)
  if (literal !== null) return rest.slice(literal[0].length, literal[0].length + Number(literal[1]))
  const quoted = /^"((?:[^"\\]|\\.)*)"/.exec(rest)
  if (quoted !== null) return (quoted[1] as string).replaceAll(/\\(.)/g, '$1')
  throw new Error(`no string after ${item}`)
}
