// Drives Thunderbird from inside, by the remote protocol that Mozilla's own tests use: length, colon, JSON of [type, id, name or error, parameters
// or result] over TCP on loopback.

import net from 'node:net'

interface Pending {
  resolve(result: unknown): void
  reject(error: Error): void
}

const COMMAND = 0

export class Marionette implements Disposable {
  readonly #socket: net.Socket
  readonly #pending = new Map<number, Pending>()
  #input = Buffer.alloc(0)
  #lastId = 0

  private constructor(socket: net.Socket) {
    this.#socket = socket
    socket.on('data', (chunk: Buffer) => this.#received(chunk))
    socket.on('close', () => {
      for (const pending of this.#pending.values()) pending.reject(new Error('the program has ended the connection'))
    })
    socket.on('error', () => {})
  }

  /** With a session in which scripts run with the program's own rights. */
  static async connect(port: number): Promise<Marionette> {
    const socket = net.connect(port, '127.0.0.1')
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve)
      socket.once('error', reject)
    })
    const marionette = new Marionette(socket)
    await marionette.#call('WebDriver:NewSession', {})
    await marionette.#call('Marionette:SetContext', { value: 'chrome' })
    await marionette.#call('WebDriver:SetTimeouts', { script: 60_000 })
    return marionette
  }

  /** Runs the body of an asynchronous function; what it returns must be JSON. `args` are in `arguments`. */
  async run(body: string, ...args: readonly unknown[]): Promise<unknown> {
    const script = `
      const given = [...arguments], done = given.pop();
      (async function () { ${body} }).apply(null, given).then((value) => done({ value }), (error) => done({ error: String(error) }))`
    const answer = (await this.#call('WebDriver:ExecuteAsyncScript', { script, args, newSandbox: false })) as {
      readonly value: { readonly value?: unknown; readonly error?: string }
    }
    if (answer.value.error !== undefined) throw new Error(answer.value.error)
    return answer.value.value
  }

  async quit(): Promise<void> {
    await this.#call('Marionette:Quit', { flags: ['eForceQuit'] })
  }

  [Symbol.dispose](): void {
    this.#socket.destroy()
  }

  #call(name: string, parameters: object): Promise<unknown> {
    const id = ++this.#lastId
    const text = Buffer.from(JSON.stringify([COMMAND, id, name, parameters]))
    this.#socket.write(`${text.length}:`)
    this.#socket.write(text)
    return new Promise((resolve, reject) => this.#pending.set(id, { resolve, reject }))
  }

  #received(chunk: Buffer): void {
    this.#input = Buffer.concat([this.#input, chunk])
    for (;;) {
      const colon = this.#input.indexOf(':')
      const end = colon + 1 + Number(this.#input.toString('latin1', 0, Math.max(colon, 0)))
      if (colon < 0 || this.#input.length < end) return
      const message = JSON.parse(this.#input.toString('utf8', colon + 1, end)) as unknown
      this.#input = this.#input.subarray(end)
      // The first one greets.
      if (!Array.isArray(message)) continue
      const [, id, error, result] = message as [number, number, { readonly message?: string } | null, unknown]
      const pending = this.#pending.get(id)
      this.#pending.delete(id)
      if (error === null) pending?.resolve(result)
      else pending?.reject(new Error(error.message ?? 'refused'))
    }
  }
}
