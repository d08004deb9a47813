// The file of the index: SQLite with authenticated encryption of every page (AEGIS, the key as it is), opened by one process at a time.
//
// The log is the truth, so that the index is written behind: what changes is one transaction, begun by the first change and committed
// together with the position in the log that it reflects. A crash takes the index back to a commit, never between two. A page that
// does not verify is `IndexDamagedError`: the index is then thrown away and made again.
//
// SQLite keeps half a megabyte for a file that is open: pages, tables, statements. An index that nobody uses rests: the file is closed, and opened again by the
// first use, of which nobody notices more than some milliseconds. Statements are prepared when they are used. (docs/adr/0099-resting-indexes.md)
//
// Never used: `serialize` and `ATTACH`, which would write plaintext. Temporary tables and sorts stay in memory.

import Database from 'better-sqlite3-multiple-ciphers'
import { freeBytesAt } from '#platform/files.ts'
import { openDatabase, pragma } from './open-database.ts'

const CACHE_KIB = 8192
/** While much is written: what a commit changes is not written before it. */
const BULK_CACHE_KIB = 32_768
/** What a commit may need: what was changed, once in SQLite's log and once in its place. */
const ROOM_BYTES = 16 * 1024 * 1024

/** The index cannot be used as it is. Nothing is lost: it is made again from the log. */
export class IndexDamagedError extends Error {
  override name = 'IndexDamagedError'
}

/** Another process, or another opening of the account in this one, holds the index. */
export class IndexBusyError extends Error {
  override name = 'IndexBusyError'
}

/** The disk that holds the index has no space, or failed. */
export class IndexStorageError extends Error {
  override name = 'IndexStorageError'
  readonly why: 'noSpace' | 'fault'

  constructor(why: IndexStorageError['why'], message: string, options?: ErrorOptions) {
    super(message, options)
    this.why = why
  }
}

export type Row = unknown[]
export type Parameter = string | number | Uint8Array | null
/** In the place of a parameter that is a text, or its UTF-8, which is bound in less time. */
export const TEXT = 'CAST(? AS TEXT)'

/** Wraps what SQLite throws. Messages of SQLite may quote content: they are not carried on. */
function translated(error: unknown): unknown {
  if (!(error instanceof Database.SqliteError)) return error
  const { code } = error
  if (code === 'SQLITE_BUSY' || code === 'SQLITE_LOCKED') return new IndexBusyError('the index is in use')
  if (code === 'SQLITE_FULL' || code.startsWith('SQLITE_IOERR') || code === 'SQLITE_CANTOPEN') {
    const why = code === 'SQLITE_FULL' ? 'noSpace' : 'fault'
    return new IndexStorageError(why, `the index cannot be stored: ${code}`)
  }
  return new IndexDamagedError(`the index is damaged: ${code}`)
}

/** What statements need of the database that they belong to. */
interface Connection {
  /** The open file, which is opened if it rests. */
  use(): Database.Database
  prepared(statement: Statement): void
  /** Rows are read one at a time from now on; `ended` is called afterwards. */
  begun(): void
  ended(): void
}

/** A statement whose rows are arrays of columns, prepared by its first use. */
export class Statement {
  readonly #sql: string
  readonly #connection: Connection
  readonly #before: () => void
  #prepared: Database.Statement | null = null

  /** `before` is called before each use. */
  constructor(sql: string, connection: Connection, before: () => void) {
    this.#sql = sql
    this.#connection = connection
    this.#before = before
  }

  run(...parameters: Parameter[]): number {
    try {
      this.#before()
      return this.#ready().run(...parameters).changes
    } catch (error) {
      throw translated(error)
    }
  }

  get(...parameters: Parameter[]): Row | undefined {
    try {
      this.#before()
      return this.#ready().get(...parameters) as Row | undefined
    } catch (error) {
      throw translated(error)
    }
  }

  all(...parameters: Parameter[]): Row[] {
    try {
      this.#before()
      return this.#ready().all(...parameters) as Row[]
    } catch (error) {
      throw translated(error)
    }
  }

  /** Rows one at a time. Nothing else may use the database until the iteration ends. */
  *each(...parameters: Parameter[]): Generator<Row> {
    this.#connection.begun()
    try {
      this.#before()
      yield* this.#ready().iterate(...parameters) as IterableIterator<Row>
    } catch (error) {
      throw translated(error)
    } finally {
      this.#connection.ended()
    }
  }

  /** It is prepared anew by its next use. */
  forget(): void {
    this.#prepared = null
  }

  #ready(): Database.Statement {
    // Each use is told: an index that is used does not rest.
    const database = this.#connection.use()
    if (this.#prepared === null) {
      const statement = database.prepare(this.#sql)
      this.#prepared = statement.reader ? statement.raw() : statement
      this.#connection.prepared(this)
    }
    return this.#prepared
  }
}

export class IndexDatabase implements Disposable {
  readonly path: string
  readonly #key: Buffer
  readonly #isBuilt: boolean
  readonly #connection: Connection
  readonly #prepared = new Set<Statement>()
  /** Null: it rests, or is not used any more. */
  #database: Database.Database | null = null
  #isDisposed = false
  #cacheKib = CACHE_KIB
  #inTransaction = false
  #iterations = 0
  #uses = 0
  #writes = 0
  #later: (() => void)[] = []
  /** Of a write that was put off: what it was to write is missing. */
  #failure: unknown = null
  /** Told when the file is opened. */
  woken: () => void = () => undefined

  private constructor(path: string, key: Uint8Array, isBuilt: boolean) {
    this.path = path
    this.#key = Buffer.from(key)
    this.#isBuilt = isBuilt
    this.#connection = {
      use: () => this.#use(),
      prepared: (statement) => this.#prepared.add(statement),
      begun: () => this.#iterations++,
      ended: () => this.#iterations--,
    }
  }

  /** Opens the file, which is created if need be. `key` has 32 bytes. Throws the errors above. */
  static open(path: string, key: Uint8Array, isBuilt = false): IndexDatabase {
    const index = new IndexDatabase(path, key, isBuilt)
    try {
      index.#use()
      return index
    } catch (error) {
      index[Symbol.dispose]()
      throw translated(error)
    }
  }

  exec(sql: string): void {
    try {
      this.#use().exec(sql)
    } catch (error) {
      throw translated(error)
    }
  }

  /** For reading: sees what was written, committed or not. */
  read(sql: string): Statement {
    return new Statement(sql, this.#connection, () => this.settle())
  }

  /** For writing: begins a transaction if none is open. */
  write(sql: string): Statement {
    return new Statement(sql, this.#connection, () => {
      this.settle()
      this.#writes++
      this.#begin()
    })
  }

  /**
   * Puts a write off, so that nobody waits for it now: it is done before the next statement, whichever that is, and before the next commit. `settle` is to be
   * called soon.
   */
  later(write: () => void): void {
    this.#later.push(write)
  }

  /** Does what was put off. If that fails nothing is read, written or committed any more. */
  settle(): void {
    if (this.#later.length === 0 && this.#failure === null) return
    if (this.#failure !== null) throw this.#failure
    const writes = this.#later
    this.#later = []
    try {
      for (const write of writes) write()
    } catch (error) {
      this.#failure = translated(error)
      throw this.#failure
    }
  }

  /** Another number: something may have been written since. */
  get version(): number {
    this.settle()
    return this.#writes
  }

  get inTransaction(): boolean {
    return this.#inTransaction
  }

  /** Grows with each use. */
  get uses(): number {
    return this.#uses
  }

  get isResting(): boolean {
    return this.#database === null
  }

  /** A commit that finds the disk full takes back what it was to commit. What space is left then is for mail, which nobody can make again. */
  get hasRoom(): boolean {
    return (freeBytesAt(this.path) ?? ROOM_BYTES) >= ROOM_BYTES
  }

  commit(): void {
    this.settle()
    if (!this.#inTransaction) return
    this.exec('COMMIT')
    this.#inTransaction = false
  }

  /** Takes memory for the writing of much; what it returns gives it back. */
  takeMemory(): () => void {
    this.#setCache(BULK_CACHE_KIB)
    return () => {
      if (this.#isDisposed) return
      this.#setCache(CACHE_KIB)
      this.shrink()
    }
  }

  /** Gives the memory of cached pages back. */
  shrink(): void {
    if (this.#database !== null) this.exec('PRAGMA shrink_memory')
  }

  /** Closes the file until it is used again. False if there is something under way. Throws as the file does when it is closed. */
  rest(): boolean {
    if (this.#inTransaction || this.#iterations > 0 || this.#later.length > 0) return false
    try {
      this.#close()
    } catch (error) {
      throw translated(error)
    }
    return true
  }

  /** What was not committed is lost. */
  [Symbol.dispose](): void {
    this.#isDisposed = true
    this.#key.fill(0)
    this.#close()
  }

  #use(): Database.Database {
    this.#uses++
    return this.#database ?? this.#open()
  }

  #open(): Database.Database {
    if (this.#isDisposed) throw new TypeError('the index is closed')
    const database = openDatabase(this.path, this.#key, this.#isBuilt)
    pragma(database, `cache_size = -${this.#cacheKib}`)
    this.#database = database
    this.woken()
    return database
  }

  #close(): void {
    for (const statement of this.#prepared) statement.forget()
    this.#prepared.clear()
    const database = this.#database
    this.#database = null
    database?.close()
  }

  #begin(): void {
    if (this.#inTransaction) return
    this.#use().exec('BEGIN')
    this.#inTransaction = true
  }

  #setCache(kib: number): void {
    this.#cacheKib = kib
    if (this.#database !== null) pragma(this.#database, `cache_size = -${kib}`)
  }
}
