// A server that takes mail, for tests: as strict as the standard allows, and as broken as a test tells it to be.

import assert from 'node:assert/strict'
import net from 'node:net'
import tls from 'node:tls'
import { type Certificate, selfSignedCertificate } from '#crypto/tls-certificate.ts'

export interface SinkMessage {
  readonly sender: string
  /** Behind MAIL FROM. */
  readonly parameters: string
  readonly recipients: readonly string[]
  /** Without the doubled dots. */
  readonly data: Buffer
  readonly tls: boolean
  readonly user: string | null
}

/**
 * What to do instead of the usual: a reply, nothing at all if it is empty, `close` to cut the connection; null for the usual. `DATA` is the
 * command, `.` the end of the data.
 */
type Misbehaviour = (command: string, argument: string) => string | null

export interface SinkOptions {
  readonly extensions?: readonly string[]
  readonly implicitTls?: boolean
  /** A name that the certificate is for. */
  readonly name?: string
  readonly misbehave?: Misbehaviour
}

const EXTENSIONS = ['PIPELINING', '8BITMIME', 'SMTPUTF8', 'SIZE 10000000', 'STARTTLS', 'AUTH PLAIN']

const certificates = new Map<string, Promise<Certificate>>()

export function sinkCertificate(name: string): Promise<Certificate> {
  const known = certificates.get(name)
  if (known !== undefined) return known
  const made = selfSignedCertificate({ names: [name, '127.0.0.1'], days: 1, now: Date.now() })
  certificates.set(name, made)
  return made
}

export class SmtpSink {
  readonly messages: SinkMessage[] = []
  readonly commands: string[] = []
  connections = 0
  /** Counted by the test. */
  failures = 0
  misbehave: Misbehaviour
  readonly #extensions: readonly string[]
  readonly #implicitTls: boolean
  readonly #certificate: Certificate
  readonly #server: net.Server
  readonly #sockets = new Set<net.Socket>()

  private constructor(options: SinkOptions, certificate: Certificate) {
    this.#extensions = options.extensions ?? EXTENSIONS
    this.#implicitTls = options.implicitTls ?? false
    this.misbehave = options.misbehave ?? (() => null)
    this.#certificate = certificate
    this.#server = net.createServer((socket) => this.#accept(socket))
  }

  static async listen(options: SinkOptions = {}): Promise<SmtpSink> {
    const sink = new SmtpSink(options, await sinkCertificate(options.name ?? 'sink.test'))
    await new Promise<void>((resolve) => sink.#server.listen(0, '127.0.0.1', resolve))
    return sink
  }

  get port(): number {
    return (this.#server.address() as net.AddressInfo).port
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #accept(socket: net.Socket): void {
    this.connections++
    this.#track(socket)
    if (this.#implicitTls) this.#converse(this.#secure(socket), true, true)
    else this.#converse(socket, false, true)
  }

  #track(socket: net.Socket): void {
    this.#sockets.add(socket)
    socket.on('close', () => this.#sockets.delete(socket))
    socket.on('error', () => undefined)
  }

  #secure(socket: net.Socket): net.Socket {
    const { certificatePem: cert, privateKeyPem: key } = this.#certificate
    const secure = new tls.TLSSocket(socket, { isServer: true, secureContext: tls.createSecureContext({ cert, key }) })
    this.#track(secure)
    return secure
  }

  #converse(socket: net.Socket, secure: boolean, greet: boolean): void {
    let pending = Buffer.alloc(0)
    let data: Buffer[] | null = null
    let user: string | null = null
    let mail: { readonly sender: string; readonly parameters: string; readonly recipients: string[] } | null = null

    const act = (command: string, argument: string, usual: () => string): boolean => {
      const misbehaviour = this.misbehave(command, argument)
      if (misbehaviour === 'close') {
        socket.destroy()
        return false
      }
      const reply = misbehaviour ?? usual()
      if (!socket.destroyed && reply !== '') socket.write(`${reply}\r\n`)
      return misbehaviour === null && /^[23]/.test(reply)
    }

    const commands: Readonly<Record<string, (argument: string) => void>> = {
      EHLO: (argument) => {
        const extensions = this.#extensions.filter((extension) => extension !== 'STARTTLS' || !secure)
        const lines = ['sink.test', ...extensions]
        act('EHLO', argument, () =>
          lines.map((line, index) => `250${index === lines.length - 1 ? ' ' : '-'}${line}`).join('\r\n'),
        )
      },
      HELO: (argument) => void act('HELO', argument, () => '250 sink.test'),
      STARTTLS: (argument) => {
        if (!act('STARTTLS', argument, () => '220 go ahead')) return
        socket.removeAllListeners('data')
        this.#converse(this.#secure(socket), true, false)
      },
      AUTH: (argument) =>
        void act('AUTH', argument, () => {
          user =
            Buffer.from(argument.split(' ')[1] ?? '', 'base64')
              .toString()
              .split('\0')[1] ?? null
          return '235 welcome'
        }),
      MAIL: (argument) =>
        void act('MAIL', argument, () => {
          const [, sender = '', parameters = ''] = /^FROM:<(.*)>(.*)$/.exec(argument) ?? []
          mail = { sender, parameters: parameters.trim(), recipients: [] }
          return '250 ok'
        }),
      RCPT: (argument) =>
        void act('RCPT', argument, () => {
          if (mail === null) return '503 no MAIL'
          mail.recipients.push(/^TO:<(.*)>/.exec(argument)?.[1] ?? '')
          return '250 ok'
        }),
      DATA: (argument) => {
        if (act('DATA', argument, () => (mail?.recipients.length ? '354 go on' : '503 no RCPT'))) data = []
      },
      RSET: (argument) =>
        void act('RSET', argument, () => {
          mail = null
          return '250 ok'
        }),
      QUIT: (argument) => {
        act('QUIT', argument, () => '221 bye')
        socket.end()
      },
    }

    const line = (bytes: Buffer): void => {
      if (data === null) {
        const text = bytes.toString('utf8').trimEnd()
        this.commands.push(text)
        const [name = ''] = text.split(' ', 1)
        const command = commands[name.toUpperCase()]
        if (command === undefined) socket.write('500 what?\r\n')
        else command(text.slice(name.length + 1))
        return
      }
      const content = bytes.subarray(0, -2)
      assert.ok(!content.includes(0x0a) && !content.includes(0x0d), 'CR and LF come together only')
      if (content.toString('latin1') !== '.') {
        data.push(bytes[0] === 0x2e ? bytes.subarray(1) : bytes)
        return
      }
      const lines = data
      data = null
      act('.', '', () => {
        if (mail !== null) this.messages.push({ ...mail, data: Buffer.concat(lines), tls: secure, user })
        mail = null
        return '250 2.0.0 taken'
      })
    }

    socket.on('data', (chunk: Buffer) => {
      pending = Buffer.concat([pending, chunk])
      for (;;) {
        const end = pending.indexOf('\r\n')
        if (end < 0) return
        const whole = pending.subarray(0, end + 2)
        pending = pending.subarray(end + 2)
        line(whole)
      }
    })
    if (greet) act('greeting', '', () => '220 sink.test ESMTP')
  }
}
