// One connection of a case: responses, one after the other, with bounded waits.

import { type Response, firstResponse, parseResponse } from './response.ts'
import type { Server, Wire } from './wire.ts'

/** A server that says nothing for so long does not answer. */
const ANSWER_MS = 5000

/** The set-up of a case did not work: nothing is said about the case. */
export class SetUpFailed extends Error {
  override name = 'SetUpFailed'
}

export class Connection implements Disposable {
  readonly #wire: Wire
  #input: Buffer = Buffer.alloc(0)
  #tags = 0

  private constructor(wire: Wire) {
    this.#wire = wire
  }

  /** The greeting is still to be read. */
  static async open(server: Server): Promise<Connection> {
    return new Connection(await server.connect())
  }

  static async login(server: Server): Promise<Connection> {
    const connection = await Connection.open(server)
    await connection.next()
    await connection.must(`LOGIN "${server.user}" "${server.password}"`)
    return connection
  }

  send(text: string): void {
    this.#wire.send(Buffer.from(text, 'latin1'))
  }

  /** Null at the end of the connection; `silent` if nothing came in time. */
  async next(waitMs = ANSWER_MS): Promise<Response | null | 'silent'> {
    const deadline = performance.now() + waitMs
    for (;;) {
      const response = firstResponse(this.#input)
      if (response !== null) {
        this.#input = this.#input.subarray(response.length + 2)
        return parseResponse(response.toString('latin1'))
      }
      const left = deadline - performance.now()
      if (left <= 0) return 'silent'
      const chunk = await this.#wire.receive(left)
      if (chunk === null) return null
      this.#input = Buffer.concat([this.#input, chunk])
    }
  }

  /** One command of the set-up, with non-synchronising literals if any; what came before its tagged response. */
  async must(text: string): Promise<readonly Response[]> {
    const tag = `setup${++this.#tags}`
    this.send(`${tag} ${text}\r\n`)
    const responses: Response[] = []
    for (;;) {
      const response = await this.next()
      if (response === null || response === 'silent') throw new SetUpFailed(`${text.slice(0, 60)}: no answer`)
      responses.push(response)
      if (response.tag === tag && response.status === 'OK') return responses
      if (response.tag === tag) throw new SetUpFailed(`${text.slice(0, 60)}: ${response.raw}`)
    }
  }

  [Symbol.dispose](): void {
    this.#wire[Symbol.dispose]()
  }
}
