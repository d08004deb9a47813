// Plays cases against one server: makes what a case needs, says what it says, compares what comes, and takes away what it made.

import { type Case, type CaseMessage } from './case.ts'
import { Connection, SetUpFailed } from './connection.ts'
import { problemsOf } from './expectation.ts'
import { messages } from './messages.ts'
import { type Response, SyntaxProblem } from './response.ts'
import { type Step, parseScript } from './script.ts'
import { type Bindings, isList, substitute, textOf } from './values.ts'
import type { Server } from './wire.ts'

export type Outcome =
  | { readonly kind: 'passed' }
  | { readonly kind: 'failed'; readonly problem: string }
  /** The server does not say that it can do this. */
  | { readonly kind: 'notApplicable' }

/** Data that no tagged response follows. */
const PUSH_MS = 3000
const BOX = 'box'
const DATE = '17-Nov-2026 09:00:00 +0000'

/** One server, cases one after the other. */
export class CaseRunner implements Disposable {
  readonly #server: Server
  readonly #capabilities: ReadonlySet<string>
  readonly #ownMailboxes: ReadonlySet<string>
  #keeper: Connection

  private constructor(server: Server, keeper: Connection, capabilities: Iterable<string>, mailboxes: Iterable<string>) {
    this.#server = server
    this.#keeper = keeper
    this.#capabilities = new Set(capabilities)
    this.#ownMailboxes = new Set(mailboxes)
  }

  static async on(server: Server): Promise<CaseRunner> {
    const keeper = await Connection.login(server)
    const responses = await keeper.must('CAPABILITY')
    const names = responses
      .filter(({ values }) => textOf(values[0]) === 'CAPABILITY')
      .flatMap(({ values }) => values.map((value) => (textOf(value) ?? '').toUpperCase()))
    return new CaseRunner(server, keeper, names, await mailboxesOf(keeper))
  }

  async run(one: Case): Promise<Outcome> {
    if (!(one.needs ?? []).every((name) => this.#capabilities.has(name.toUpperCase()))) return { kind: 'notApplicable' }
    const connections = new Map<number, Connection>()
    try {
      const bindings = await this.#setUp(one)
      connections.set(1, await this.#begin(one))
      for (const step of parseScript(one.script)) {
        const connection = connections.get(step.connection) ?? (await Connection.login(this.#server))
        connections.set(step.connection, connection)
        const problem = await playStep(connection, step, bindings)
        if (problem !== null) return { kind: 'failed', problem }
      }
      return { kind: 'passed' }
    } catch (error) {
      if (error instanceof SetUpFailed || error instanceof SyntaxProblem)
        return { kind: 'failed', problem: `${error.name}: ${error.message}` }
      throw error
    } finally {
      for (const connection of connections.values()) connection[Symbol.dispose]()
      await this.#tidy(one)
    }
  }

  [Symbol.dispose](): void {
    this.#keeper[Symbol.dispose]()
  }

  async #setUp({ messages: wanted, usesInbox, begins }: Case): Promise<Bindings> {
    const bindings: Bindings = new Map(Object.entries(messages))
    bindings.set('plainsize', String(messages.plain.length))
    bindings.set('user', this.#server.user).set('password', this.#server.password)
    if (usesInbox === true) await this.#emptyInbox()
    if (wanted === undefined && begins !== 'selected') return bindings
    await this.#keeper.must(`CREATE ${BOX}`)
    for (const message of wanted ?? []) await this.#keeper.must(appendOf(message))
    const examined = await this.#keeper.must(`EXAMINE ${BOX}`)
    const validity = examined.find(({ code }) => textOf(code?.[0]) === 'UIDVALIDITY')?.code?.[1]
    bindings.set('validity', textOf(validity) ?? '')
    const fetched = wanted === undefined || wanted.length === 0 ? [] : await this.#keeper.must('FETCH 1:* UID')
    for (const { values } of fetched) {
      const [number, kind, items] = values
      if (textOf(kind) === 'FETCH' && isList(items)) bindings.set(`u${textOf(number)}`, textOf(items[1]) ?? '')
    }
    await this.#keeper.must('CLOSE')
    return bindings
  }

  async #begin({ begins, messages: wanted }: Case): Promise<Connection> {
    if (begins === 'connected') return Connection.open(this.#server)
    const connection = await Connection.login(this.#server)
    if (begins === 'selected' || (wanted !== undefined && begins === undefined)) await connection.must(`SELECT ${BOX}`)
    return connection
  }

  async #emptyInbox(): Promise<void> {
    await this.#keeper.must('SELECT INBOX')
    const found = await this.#keeper.must('UID SEARCH ALL')
    if (found.some(({ values }) => textOf(values[0]) === 'SEARCH' && values.length > 1))
      await this.#keeper.must('STORE 1:* +FLAGS.SILENT (\\Deleted)')
    await this.#keeper.must('CLOSE')
  }

  /** What the case made is away again, whatever state it left its own connections in. */
  async #tidy(one: Case): Promise<void> {
    try {
      const made = (await mailboxesOf(this.#keeper)).filter((name) => !this.#ownMailboxes.has(name))
      // What is inside goes first.
      for (const name of made.sort().reverse()) await this.#keeper.must(`DELETE ${literalOf(name)}`)
    } catch (error) {
      if (!(error instanceof SetUpFailed)) throw error
      throw new Error(`${this.#server.name} does not let go of what ${one.name} made: ${error.message}`, {
        cause: error,
      })
    }
  }
}

async function mailboxesOf(connection: Connection): Promise<string[]> {
  const listed = await connection.must('LIST "" *')
  return listed
    .filter(({ values }) => textOf(values[0]) === 'LIST' && isSelectable(values[1]))
    .map(({ values }) => textOf(values[3]) ?? '')
}

function isSelectable(attributes: Response['values'][number] | undefined): boolean {
  const names = isList(attributes) ? attributes.map((value) => textOf(value)?.toLowerCase()) : []
  return !names.includes('\\noselect') && !names.includes('\\nonexistent')
}

function literalOf(text: string): string {
  return `{${text.length}+}\r\n${text}`
}

function appendOf(message: CaseMessage): string {
  const { of, flags = '', date = DATE } = typeof message === 'string' ? { of: message } : message
  return `APPEND ${BOX} (${flags}) "${date}" ${literalOf(messages[of])}`
}

/** What is wrong; null if nothing is. */
async function playStep(connection: Connection, step: Step, bindings: Bindings): Promise<string | null> {
  for (const line of step.said) connection.send(`${substitute(line, bindings)}\r\n`)
  const received: Response[] = []
  const told = (why: string): string =>
    [
      `after ${substitute(step.said.join('; '), bindings).slice(0, 200)}: ${why}`,
      ...received.map(({ raw }) => `  ${raw.slice(0, 300).replaceAll('\r\n', '⏎')}`),
    ].join('\n')
  const waiting = new Map<string, number>()
  for (const { tag } of step.expected) if (tag !== '*') waiting.set(tag, (waiting.get(tag) ?? 0) + 1)
  const isPush = waiting.size === 0
  const isDone = (): boolean =>
    isPush
      ? !step.expectsClose && problemsOf(step.expected, [], received, new Map(bindings)).length === 0
      : waiting.size === 0
  while (!isDone()) {
    const response = await connection.next(isPush ? PUSH_MS : undefined)
    if (response === 'silent') return told('nothing more comes')
    if (response === null) {
      if (step.expectsClose) break
      return told('the connection ended')
    }
    received.push(response)
    if (response.tag === '*') continue
    const count = waiting.get(response.tag)
    if (count === undefined) return told(`not expected: ${response.raw.slice(0, 200)}`)
    if (count === 1) waiting.delete(response.tag)
    else waiting.set(response.tag, count - 1)
  }
  const problems = problemsOf(step.expected, step.forbidden, received, bindings)
  if (problems.length > 0) return told(problems.join('; '))
  if (step.expectsClose && !isPush && (await connection.next()) !== null) return told('the connection does not end')
  return null
}
