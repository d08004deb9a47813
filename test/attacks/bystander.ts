// Somebody who uses the same server meanwhile, on a thread of its own, so that what the test itself does is not taken for a stall: an IMAP session
// and an SMTP connection that ask again and again, and measure how long the longest answer took.

import net from 'node:net'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'

export interface BystanderOptions {
  readonly imapPort: number
  readonly smtpPort: number
  readonly user: string
  readonly password: string
}

export interface LongestMs {
  readonly imap: number
  readonly smtp: number
}

export class Bystander implements AsyncDisposable {
  readonly #worker: Worker

  private constructor(worker: Worker) {
    this.#worker = worker
  }

  /** Resolves when both connections are in use. */
  static async start(options: BystanderOptions): Promise<Bystander> {
    const bystander = new Bystander(new Worker(new URL(import.meta.url), { workerData: options }))
    await bystander.longest()
    return bystander
  }

  /** The longest times between a question and its answer since this was asked last, those under way included. */
  longest(): Promise<LongestMs> {
    return new Promise((resolve, reject) => {
      this.#worker.once('error', reject)
      this.#worker.once('message', (message: LongestMs) => {
        this.#worker.off('error', reject)
        resolve(message)
      })
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, which is no window
      this.#worker.postMessage('longest')
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker.terminate()
  }
}

const EVERY_MS = 10
/** SMTP servers end connections that do nothing but ask. */
const SMTP_COMMANDS = 50

class Watch {
  #askedAt: number | null = null
  #longestMs = 0

  ask(): void {
    this.#askedAt = performance.now()
  }

  answered(): void {
    this.#longestMs = Math.max(this.#longestMs, this.#underWayMs)
    this.#askedAt = null
  }

  take(): number {
    const longestMs = Math.max(this.#longestMs, this.#underWayMs)
    this.#longestMs = 0
    return longestMs
  }

  get #underWayMs(): number {
    return this.#askedAt === null ? 0 : performance.now() - this.#askedAt
  }
}

class Asker {
  readonly #socket: net.Socket
  readonly #watch: Watch
  #text = ''
  #isAnswered: () => boolean = () => false
  #done: (() => void) | null = null

  constructor(port: number, watch: Watch) {
    this.#watch = watch
    this.#socket = net.connect({ port, host: '127.0.0.1', noDelay: true })
    this.#socket.on('data', (chunk: Buffer) => {
      this.#text += chunk.toString('latin1')
      if (!this.#isAnswered()) return
      this.#watch.answered()
      this.#text = ''
      this.#done?.()
    })
    // Whoever answered until now must not go: the thread ends with it, and the test fails.
    this.#socket.on('error', (error) => fail(error))
  }

  ask(line: string, answer: RegExp): Promise<void> {
    return new Promise((resolve) => {
      this.#isAnswered = () => answer.test(this.#text)
      this.#done = resolve
      this.#watch.ask()
      if (line !== '') this.#socket.write(`${line}\r\n`)
    })
  }

  close(): void {
    this.#socket.destroy()
  }
}

function fail(error: unknown): never {
  throw error
}

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, EVERY_MS))

async function askImap(
  { imapPort, user, password }: BystanderOptions,
  watch: Watch,
  started: () => void,
): Promise<void> {
  const asker = new Asker(imapPort, watch)
  await asker.ask('', /^\* OK .*\r\n/)
  await asker.ask(`a LOGIN ${user} "${password}"`, /^a OK .*\r\n/m)
  await asker.ask('a SELECT INBOX', /^a OK .*\r\n/m)
  watch.take()
  started()
  for (;;) {
    await asker.ask('a NOOP', /^a OK .*\r\n/m)
    await asker.ask('a FETCH 1 (FLAGS ENVELOPE BODYSTRUCTURE)', /^\* 1 FETCH [^]*\r\na OK .*\r\n/m)
    await pause()
  }
}

async function askSmtp({ smtpPort }: BystanderOptions, watch: Watch, started: () => void): Promise<void> {
  for (;;) {
    const asker = new Asker(smtpPort, watch)
    await asker.ask('', /^220 .*\r\n/)
    started()
    await asker.ask('EHLO bystander.example.net', /^250 .*\r\n/m)
    for (let count = 0; count < SMTP_COMMANDS; count++) {
      await asker.ask('NOOP', /^250 .*\r\n/m)
      await pause()
    }
    await asker.ask('QUIT', /^221 .*\r\n/m)
    asker.close()
  }
}

if (!isMainThread && parentPort !== null) {
  const port = parentPort
  const imap = new Watch()
  const smtp = new Watch()
  const options = workerData as BystanderOptions
  const started = Promise.all([
    new Promise<void>((resolve) => void askImap(options, imap, resolve).catch(fail)),
    new Promise<void>((resolve) => void askSmtp(options, smtp, resolve).catch(fail)),
  ])
  port.on('message', () => {
    void started.then(() => port.postMessage({ imap: imap.take(), smtp: smtp.take() } satisfies LongestMs))
  })
}
