// A client of a protocol of lines, for tests that need to say exactly what they want, when they want.

import net from 'node:net'
import tls from 'node:tls'

const WAIT_MS = 30_000

export class LineClient implements Disposable {
  readonly #socket: net.Socket
  #received = ''
  #hasEnded = false
  #changed: () => void = () => undefined

  private constructor(socket: net.Socket) {
    this.#socket = socket
    socket.on('data', (chunk: Buffer) => {
      this.#received += chunk.toString('latin1')
      this.#changed()
    })
    // What was said last is there all the same.
    socket.on('error', () => undefined)
    socket.on('close', () => {
      this.#hasEnded = true
      this.#changed()
    })
  }

  static connect(
    port: number,
    options: { readonly isTls?: boolean; readonly localAddress?: string } = {},
  ): Promise<LineClient> {
    const { isTls = false, localAddress = '127.0.0.1' } = options
    return new Promise((resolve, reject) => {
      const to = { host: '127.0.0.1', port, localAddress }
      const socket = isTls ? tls.connect({ ...to, rejectUnauthorized: false }) : net.connect(to)
      socket.once('error', reject)
      socket.once(isTls ? 'secureConnect' : 'connect', () => {
        socket.off('error', reject)
        resolve(new LineClient(socket))
      })
    })
  }

  /** Everything that was received and not yet expected. */
  get received(): string {
    return this.#received
  }

  get hasEnded(): boolean {
    return this.#hasEnded
  }

  send(bytes: string | Uint8Array): void {
    this.#socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes)
  }

  /** Sends the line, and returns what came up to and with the line that matches. */
  say(line: string, answer: RegExp): Promise<string> {
    this.send(`${line}\r\n`)
    return this.expect(answer)
  }

  /** What came up to and with the first line that matches. Rejects if the connection ends before, or nothing comes for long. */
  async expect(answer: RegExp): Promise<string> {
    const deadline = Date.now() + WAIT_MS
    for (;;) {
      let end = 0
      for (const line of this.#received.split(/(?<=\r\n)/)) {
        end += line.length
        if (!line.endsWith('\r\n') || !answer.test(line)) continue
        const text = this.#received.slice(0, end)
        this.#received = this.#received.slice(end)
        return text
      }
      if (this.#hasEnded)
        throw new Error(`the connection ended before ${answer} after ${JSON.stringify(this.#received.slice(-500))}`)
      const waitMs = deadline - Date.now()
      if (waitMs <= 0) throw new Error(`no ${answer} came after ${JSON.stringify(this.#received.slice(-500))}`)
      await this.#change(waitMs)
    }
  }

  /** Resolves when the server has ended the connection. */
  async ended(): Promise<void> {
    const deadline = Date.now() + WAIT_MS
    while (!this.#hasEnded) {
      const waitMs = deadline - Date.now()
      if (waitMs <= 0) throw new Error('the connection does not end')
      await this.#change(waitMs)
    }
  }

  [Symbol.dispose](): void {
    this.#socket.destroy()
  }

  #change(waitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, waitMs)
      this.#changed = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}
