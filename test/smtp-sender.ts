// Sends many messages over one SMTP connection as fast as replies come: the next envelope goes out together with the message before it
// (RFC 2920). Every reply must be the expected one.

import net from 'node:net'

const WAIT_MS = 120_000

export interface SenderOptions {
  readonly port: number
  readonly from: string
  readonly to: string
  /** By BDAT (RFC 3030) rather than by DATA. */
  readonly inChunks: boolean
}

/** Resolves when the last message is acknowledged. Messages have CRLF at their line ends, and one at the end. */
export async function sendAll(messages: readonly Buffer[], options: SenderOptions): Promise<void> {
  const { port, from, to, inChunks } = options
  const connection = new ReplyReader(net.connect(port, '127.0.0.1'))
  try {
    await connection.expect(220)
    connection.send('EHLO client.example.net\r\n')
    await connection.expect(250)
    const envelope = `MAIL FROM:<${from}> BODY=8BITMIME\r\nRCPT TO:<${to}>\r\n`
    for (const message of messages) {
      connection.send(envelope)
      if (inChunks) {
        const half = message.length >> 1
        connection.send(`BDAT ${half}\r\n`)
        connection.send(message.subarray(0, half))
        connection.send(`BDAT ${message.length - half} LAST\r\n`)
        connection.send(message.subarray(half))
        for (const _ of ['MAIL', 'RCPT', 'BDAT', 'BDAT LAST']) await connection.expect(250)
      } else {
        connection.send('DATA\r\n')
        for (const code of [250, 250, 354]) await connection.expect(code)
        connection.send(dotStuffed(message))
        await connection.expect(250)
      }
    }
    connection.send('QUIT\r\n')
    await connection.expect(221)
  } finally {
    connection.close()
  }
}

function dotStuffed(message: Buffer): Buffer {
  const text = message.toString('latin1').replaceAll(/(^|\r\n)\./g, '$1..')
  return Buffer.from(`${text}.\r\n`, 'latin1')
}

class ReplyReader {
  readonly #socket: net.Socket
  #text = ''
  #wake: (() => void) | null = null
  #ended = false

  constructor(socket: net.Socket) {
    this.#socket = socket
    socket.on('data', (chunk: Buffer) => {
      this.#text += chunk.toString('latin1')
      this.#wake?.()
    })
    for (const event of ['error', 'close'] as const) {
      socket.on(event, () => {
        this.#ended = true
        this.#wake?.()
      })
    }
  }

  send(data: string | Uint8Array): void {
    this.#socket.write(data)
  }

  async expect(code: number): Promise<void> {
    const deadline = setTimeout(() => this.#socket.destroy(), WAIT_MS)
    try {
      for (;;) {
        const reply = /^(?:\d{3}-.*\r\n)*(\d{3}) .*\r\n/.exec(this.#text)
        if (reply !== null) {
          this.#text = this.#text.slice(reply[0].length)
          if (Number(reply[1]) !== code) throw new Error(`expected ${code}: ${reply[0]}`)
          return
        }
        if (this.#ended) throw new Error(`the server has ended the connection: ${this.#text}`)
        await new Promise<void>((resolve) => (this.#wake = resolve))
      }
    } finally {
      clearTimeout(deadline)
    }
  }

  close(): void {
    this.#socket.destroy()
  }
}
