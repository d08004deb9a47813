// A ManageSieve client (RFC 5804) for tests: over STARTTLS, one command at a time.

import net from 'node:net'
import tls from 'node:tls'

const WAIT_MS = 30_000

export class SieveConnection implements Disposable {
  #socket: net.Socket
  #received = ''
  #changed: () => void = () => undefined

  private constructor(socket: net.Socket) {
    this.#socket = socket
    this.#listen(socket)
  }

  /** Rejects with what the server said if it does not let us in. */
  static async login(port: number, user: string, password: string): Promise<SieveConnection> {
    const socket = net.connect({ host: '127.0.0.1', port })
    const client = new SieveConnection(socket)
    await client.#answer()
    await client.must('STARTTLS')
    socket.removeAllListeners('data')
    const secure = tls.connect({ socket, rejectUnauthorized: false })
    client.#socket = secure
    client.#listen(secure)
    const capabilities = await client.#answer()
    if (!/"SASL" "PLAIN"/.test(capabilities)) throw new Error(`no PLAIN in ${capabilities}`)
    const response = Buffer.from(`\0${user}\0${password}`).toString('base64')
    await client.must(`AUTHENTICATE "PLAIN" "${response}"`)
    return client
  }

  /** What came with the OK; rejects with what came with another response. */
  async must(command: string): Promise<string> {
    this.#socket.write(Buffer.from(`${command}\r\n`, 'utf8'))
    return this.#answer()
  }

  [Symbol.dispose](): void {
    this.#socket.destroy()
  }

  #listen(socket: net.Socket): void {
    socket.on('error', () => undefined)
    socket.on('data', (chunk: Buffer) => {
      this.#received += chunk.toString('utf8')
      this.#changed()
    })
  }

  async #answer(): Promise<string> {
    const deadline = Date.now() + WAIT_MS
    for (;;) {
      const end = /(?:^|\r\n)(OK|NO|BYE)\b[^]*\r\n$/.exec(this.#received)
      if (end !== null) {
        const text = this.#received
        this.#received = ''
        if (end[1] !== 'OK') throw new Error(text)
        return text
      }
      const left = deadline - Date.now()
      if (left <= 0) throw new Error(`no answer but ${JSON.stringify(this.#received)}`)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left)
        this.#changed = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
  }
}
