// One connection of the stress: commands go out, one or several at once, and each response is heard as what comes during the first command that is not
// answered yet.

import { type Response, firstResponse, parseResponse } from '../response.ts'
import type { Server, Wire } from '../wire.ts'
import { Violation, must } from './violation.ts'

/** Who says nothing for so long does not answer. */
const ANSWER_MS = 60_000
const LINES_KEPT = 24
const LINE_CHARACTERS = 160

export interface Command {
  /** Without tag and last CRLF; each part but the last ends in a synchronizing literal's announcement, and is answered by `+`. */
  readonly parts: readonly string[]
  readonly name: string
  /** RFC 9051 §7.5.1: no EXPUNGE during FETCH, STORE and SEARCH by numbers. */
  readonly mayExpunge: boolean
}

export interface Sent<C extends Command> {
  readonly tag: string
  readonly command: C
}

/** `during`: the command that a tagged response is of, else the first that is not answered; null if none is in progress. */
export type Hears<C extends Command> = (response: Response, during: Sent<C> | null) => void

export class Talk<C extends Command> implements Disposable {
  readonly #wire: Wire
  readonly #hears: Hears<C>
  readonly #name: string
  readonly #trace: ((line: string) => void) | null
  #input: Buffer = Buffer.alloc(0)
  #tags = 0
  /** The last lines of both sides, for messages. */
  readonly lines: string[] = []

  private constructor(wire: Wire, name: string, hears: Hears<C>, trace: ((line: string) => void) | null) {
    this.#trace = trace
    this.#wire = wire
    this.#name = name
    this.#hears = hears
  }

  /** After the greeting. */
  static async open<C extends Command>(
    server: Server,
    name: string,
    hears: Hears<C>,
    trace: ((line: string) => void) | null = null,
  ): Promise<Talk<C>> {
    const talk = new Talk(await server.connect(), name, hears, trace)
    const greeting = await talk.#next()
    must(greeting.status === 'OK', 'RFC 9051 §7.1.1', () => `the greeting is ${greeting.raw}`)
    return talk
  }

  /** All at once; their tagged responses in the same order. */
  async all(commands: readonly C[]): Promise<readonly Response[]> {
    this.heed()
    const sent = commands.map((command) => ({ tag: `${this.#name}${++this.#tags}`, command }))
    this.send(sent.map(({ tag, command }) => `${tag} ${command.parts[0]}\r\n`).join(''))
    const answers = new Map<string, Response>()
    let part = 1
    while (answers.size < sent.length) {
      const response = await this.#next()
      const during = sent.find(({ tag }) => !answers.has(tag)) as Sent<C>
      if (response.tag === '*') this.#hears(response, during)
      else if (response.tag === '+') {
        const next = during.command.parts[part++]
        must(next !== undefined, 'RFC 9051 §7.6', () => `nobody waits for ${response.raw}`)
        this.send(next)
      } else {
        const answered = sent.find(({ tag }) => tag === response.tag)
        must(
          answered !== undefined && !answers.has(response.tag),
          'RFC 9051 §2.2.2',
          () => `no command has this tag: ${response.raw}`,
        )
        answers.set(response.tag, response)
        this.#hears(response, answered)
        // Its literals are not wanted any more.
        if (response.tag === during.tag) part = 1
      }
    }
    return sent.map(({ tag }) => answers.get(tag) as Response)
  }

  /** `command` is IDLE; until `isOver` says so, asked after each `moment`. */
  async idle(command: C, isOver: () => boolean, moment: () => Promise<void>): Promise<void> {
    this.heed()
    const sent: Sent<C> = { tag: `${this.#name}${++this.#tags}`, command }
    this.send(`${sent.tag} ${command.parts[0]}\r\n`)
    for (let response = await this.#next(); response.tag !== '+'; response = await this.#next()) {
      this.#hears(response, sent)
      if (response.tag === sent.tag) return
    }
    while (!isOver()) {
      await moment()
      this.#take(this.#wire.ready())
      for (let response = this.#parsed(); response !== null; response = this.#parsed()) this.#hears(response, sent)
    }
    this.send('DONE\r\n')
    for (;;) {
      const response = await this.#next()
      this.#hears(response, sent)
      if (response.tag === sent.tag) return
    }
  }

  /** What came while no command was in progress. */
  heed(): void {
    this.#take(this.#wire.ready())
    for (let response = this.#parsed(); response !== null; response = this.#parsed()) this.#hears(response, null)
  }

  send(text: string): void {
    this.#note('C', text)
    this.#wire.send(Buffer.from(text, 'latin1'))
  }

  [Symbol.dispose](): void {
    this.#wire[Symbol.dispose]()
  }

  async #next(): Promise<Response> {
    for (;;) {
      const response = this.#parsed()
      if (response !== null) return response
      const chunk = await this.#wire.receive(ANSWER_MS)
      if (chunk === null) throw new Violation('RFC 9051 §7.1.5: the connection ended')
      must(chunk.length > 0, 'RFC 9051 §2.2', () => 'no answer')
      this.#take(chunk)
    }
  }

  #take(chunk: Buffer): void {
    if (chunk.length > 0) this.#input = this.#input.length === 0 ? chunk : Buffer.concat([this.#input, chunk])
  }

  #parsed(): Response | null {
    const bytes = firstResponse(this.#input)
    if (bytes === null) return null
    this.#input = this.#input.subarray(bytes.length + 2)
    const text = bytes.toString('latin1')
    this.#note('S', text)
    return parseResponse(text)
  }

  #note(side: string, text: string): void {
    const line = `${side}: ${text.replaceAll('\r\n', '⏎')}`
    this.#trace?.(`${this.#name} ${line}`)
    this.lines.push(line.slice(0, LINE_CHARACTERS))
    if (this.lines.length > LINES_KEPT) this.lines.shift()
  }
}
