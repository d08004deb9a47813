// The file of the index: SQLite with authenticated encryption of every page (AEGIS, the key as it is), opened by one process at a time.
//
// The log is the truth, so that the index is written behind: what changes is one transaction, begun by the first change and committed
// together with the position in the log that it reflects. A crash takes the index back to a commit, never between two. A page that
// does not verify is `IndexDamagedError`: the index is then thrown away and made again.
//
// Never used: `serialize` and `ATTACH`, which would write plaintext. Temporary tables and sorts stay in memory.

import Database from 'better-sqlite3-multiple-ciphers'
import { assert } from '#base/assert.ts'
import { wipe } from '#base/bytes.ts'
import { type Disk, systemDisk } from '#platform/disk.ts'
import { freeBytesAt } from '#platform/files.ts'

const PAGE_BYTES = 8192
const CACHE_KIB = 8192
/** While much is written: what a commit changes is not written before it. */
const BULK_CACHE_KIB = 32_768
/** What a commit may need: what was changed, once in SQLite's log and once in its place. */
const ROOM_BYTES = 16 * 1024 * 1024
const PLAINTEXT_HEADER = Buffer.from('SQLite format 3\0', 'latin1')
const SUFFIXES = ['', '-wal', '-shm', '-journal']

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

/** A prepared statement whose rows are arrays of columns. */
export class Statement {
  readonly #statement: Database.Statement
  readonly #before: () => void

  /** `before` is called before each use. */
  constructor(statement: Database.Statement, before: () => void) {
    this.#statement = statement.reader ? statement.raw() : statement
    this.#before = before
  }

  run(...parameters: Parameter[]): number {
    try {
      this.#before()
      return this.#statement.run(...parameters).changes
    } catch (error) {
      throw translated(error)
    }
  }

  get(...parameters: Parameter[]): Row | undefined {
    try {
      this.#before()
      return this.#statement.get(...parameters) as Row | undefined
    } catch (error) {
      throw translated(error)
    }
  }

  all(...parameters: Parameter[]): Row[] {
    try {
      this.#before()
      return this.#statement.all(...parameters) as Row[]
    } catch (error) {
      throw translated(error)
    }
  }

  /** Rows one at a time. Nothing else may use the database until the iteration ends. */
  *each(...parameters: Parameter[]): Generator<Row> {
    try {
      this.#before()
      yield* this.#statement.iterate(...parameters) as IterableIterator<Row>
    } catch (error) {
      throw translated(error)
    }
  }
}

export class IndexDatabase implements Disposable {
  readonly path: string
  readonly #database: Database.Database
  #inTransaction = false
  #later: (() => void)[] = []
  /** Of a write that was put off: what it was to write is missing. */
  #failure: unknown = null

  private constructor(path: string, database: Database.Database) {
    this.path = path
    this.#database = database
  }

  /** Opens the file, which is created if need be. `key` has 32 bytes. Throws the errors above. */
  static open(path: string, key: Uint8Array, isBuilt = false): IndexDatabase {
    let database: Database.Database | null = null
    try {
      // Waiting for another user of the file would stop the whole process.
      database = new Database(path, { timeout: 0 })
      pragma(database, "cipher = 'aegis'")
      const raw = Buffer.concat([Buffer.from('raw:'), Buffer.from(hexDigits(key))])
      database.key(raw)
      wipe(raw)
      pragma(database, 'locking_mode = EXCLUSIVE')
      pragma(database, 'temp_store = MEMORY')
      pragma(database, `page_size = ${PAGE_BYTES}`)
      pragma(database, 'secure_delete = ON')
      pragma(database, `cache_size = -${CACHE_KIB}`)
      // Of a file that is built most pages are new: those are written once, in their place, and what the journal keeps of the others is little.
      pragma(database, `journal_mode = ${isBuilt ? 'TRUNCATE' : 'WAL'}`)
      // The log is what must be durable. NORMAL keeps the file consistent, which a rebuild would otherwise have to notice.
      pragma(database, 'synchronous = NORMAL')
      if (!isBuilt) pragma(database, 'wal_autocheckpoint = 512')
      return new IndexDatabase(path, database)
    } catch (error) {
      database?.close()
      throw translated(error)
    }
  }

  exec(sql: string): void {
    try {
      this.#database.exec(sql)
    } catch (error) {
      throw translated(error)
    }
  }

  /** For reading: sees what was written, committed or not. */
  read(sql: string): Statement {
    return this.#prepare(sql, () => this.settle())
  }

  /** For writing: begins a transaction if none is open. */
  write(sql: string): Statement {
    return this.#prepare(sql, () => {
      this.settle()
      if (this.#inTransaction) return
      this.#database.exec('BEGIN')
      this.#inTransaction = true
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

  get inTransaction(): boolean {
    return this.#inTransaction
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
    pragma(this.#database, `cache_size = -${BULK_CACHE_KIB}`)
    return () => {
      if (!this.#database.open) return
      pragma(this.#database, `cache_size = -${CACHE_KIB}`)
      this.shrink()
    }
  }

  /** Gives the memory of cached pages back. */
  shrink(): void {
    this.exec('PRAGMA shrink_memory')
  }

  /** What was not committed is lost. */
  [Symbol.dispose](): void {
    if (this.#database.open) this.#database.close()
  }

  #prepare(sql: string, before: () => void): Statement {
    try {
      return new Statement(this.#database.prepare(sql), before)
    } catch (error) {
      throw translated(error)
    }
  }
}

/** Rows as objects would need code that is made at run time, which processes do not allow: `simple` asks for a value. */
function pragma(database: Database.Database, text: string): void {
  database.pragma(text, { simple: true })
}

/** Not by way of a string: the key must not stay in memory as one. */
function hexDigits(bytes: Uint8Array): Uint8Array {
  const digits = new Uint8Array(bytes.length * 2)
  for (const [index, byte] of bytes.entries()) {
    digits[index * 2] = hexDigit(byte >>> 4)
    digits[index * 2 + 1] = hexDigit(byte & 15)
  }
  return digits
}

function hexDigit(value: number): number {
  return value + (value < 10 ? 0x30 : 0x57)
}

/** Asserts what the whole design rests on: the file is not a plain SQLite database. Called when something has been written. */
export function assertEncrypted(path: string, disk: Disk = systemDisk): void {
  const file = disk.openRead(path)
  try {
    const head = Buffer.alloc(PLAINTEXT_HEADER.length)
    const length = file.read(head, 0)
    assert(length === 0 || !head.equals(PLAINTEXT_HEADER), 'the index is encrypted')
  } finally {
    file.close()
  }
}

/** Removes the file and what SQLite keeps beside it. */
export function removeIndex(path: string, disk: Disk = systemDisk): void {
  for (const suffix of SUFFIXES) if (disk.exists(path + suffix)) disk.remove(path + suffix)
}

/**
 * The first, which is closed, takes the other's place, at once: whatever stops it, there is one or the other. Throws DiskError, and IndexStorageError if not
 * all of the first is in its own file, as on a disk that is full; then nothing is changed.
 */
export function replaceIndex(from: string, to: string, disk: Disk = systemDisk): void {
  if (SUFFIXES.some((suffix) => suffix !== '' && suffix !== '-shm' && bytesOf(from + suffix, disk) > 0))
    throw new IndexStorageError('noSpace', 'the new index could not be written out')
  // SQLite would take what it keeps beside the old file for the new one's. Without that the old file may be nothing whole.
  if (SUFFIXES.some((suffix) => suffix !== '' && bytesOf(to + suffix, disk) > 0)) removeIndex(to, disk)
  disk.rename(from, to)
  for (const path of [from, to]) {
    for (const suffix of SUFFIXES) if (suffix !== '' && disk.exists(path + suffix)) disk.remove(path + suffix)
  }
}

function bytesOf(path: string, disk: Disk): number {
  if (!disk.exists(path)) return 0
  const file = disk.openRead(path)
  try {
    return file.size()
  } finally {
    file.close()
  }
}
