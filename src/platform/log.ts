// What an operator reads: one line for each event on standard error, with a level, a name and a few fields. Values are numbers, booleans and
// words of ours: ids, codes, counts. Never text of a message, an address of a correspondent, a name of a mailbox, a password or a key;
// of errors only the sort, the code and where in the program they arose, for their messages may quote input.

import fs from 'node:fs'

export type LogLevel = 'error' | 'warn' | 'info' | 'debug'
export type LogFields = Readonly<Record<string, string | number | boolean | null>>

const LEVELS: readonly LogLevel[] = ['error', 'warn', 'info', 'debug']
const VALUE_LENGTH_MAX = 200

export class Log {
  readonly #process: string
  readonly #level: number
  readonly #write: (line: string) => void

  constructor(process: string, level: LogLevel, write: (line: string) => void = writeToStandardError) {
    this.#process = process
    this.#level = LEVELS.indexOf(level)
    this.#write = write
  }

  /** Something does not work, and somebody has to look. */
  error(event: string, fields: LogFields = {}): void {
    this.#line('error', event, fields)
  }

  warn(event: string, fields: LogFields = {}): void {
    this.#line('warn', event, fields)
  }

  info(event: string, fields: LogFields = {}): void {
    this.#line('info', event, fields)
  }

  debug(event: string, fields: LogFields = {}): void {
    this.#line('debug', event, fields)
  }

  /** A mistake of ours or a fault of the environment. */
  fault(event: string, error: unknown, fields: LogFields = {}): void {
    this.#line('error', event, { ...fields, ...describeError(error) })
  }

  #line(level: LogLevel, event: string, fields: LogFields): void {
    if (LEVELS.indexOf(level) > this.#level) return
    let line = `${new Date().toISOString()} ${level.padEnd(5)} ${this.#process} ${event}`
    for (const name of Object.keys(fields)) line += ` ${name}=${plain(fields[name] ?? null)}`
    this.#write(line)
  }
}

let gathered = ''

/** Lines of one round of the event loop are written together. */
function writeToStandardError(line: string): void {
  if (gathered === '') setImmediate(flush)
  gathered += `${line}\n`
}

const STANDARD_ERROR = 2

/** Who cannot write the log, because its disk is full, goes on without. A stream would end the process, or say nothing more from then on. */
function flush(): void {
  const lines = Buffer.from(gathered)
  gathered = ''
  try {
    for (let at = 0; at < lines.length;) at += fs.writeSync(STANDARD_ERROR, lines, at)
  } catch {
    // Nobody can be told.
  }
}

// Whoever ends the process has said why.
process.on('exit', flush)

/** One word without anything that could be taken for the next field or line. */
function plain(value: string | number | boolean | null): string {
  if (typeof value !== 'string') return String(value)
  const cut = value.slice(0, VALUE_LENGTH_MAX)
  return /^[\w.:/@+,%[\]-]+$/.test(cut) ? cut : JSON.stringify(cut)
}

/** What of an error may be told: sort, system's code, and the nearest place in our own code. */
function describeError(error: unknown): LogFields {
  if (!(error instanceof Error)) return { error: typeof error }
  const { code } = error as NodeJS.ErrnoException
  const reason = (error as { readonly reason?: unknown }).reason
  const place = /\/(src\/[\w./-]+:\d+)/.exec(error.stack ?? '')?.[1]
  const { cause } = error
  return {
    error: error.name,
    ...(typeof code === 'string' ? { code } : {}),
    ...(typeof reason === 'string' ? { reason } : {}),
    ...(place === undefined ? {} : { at: place }),
    ...(cause instanceof Error ? { cause: cause.name, causeCode: (cause as NodeJS.ErrnoException).code ?? '' } : {}),
  }
}
