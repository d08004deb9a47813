// Opening the file of an index as SQLite's: its cipher and key, and how it is written (`IndexDatabase`).

import Database from 'better-sqlite3-multiple-ciphers'
import { wipe } from '#base/bytes.ts'

const PAGE_BYTES = 8192

/** `key` has 32 bytes. Throws what SQLite does. */
export function openDatabase(path: string, key: Uint8Array, isBuilt: boolean): Database.Database {
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
    // Of a file that is built most pages are new: those are written once, in their place, and what the journal keeps of the others is little.
    pragma(database, `journal_mode = ${isBuilt ? 'TRUNCATE' : 'WAL'}`)
    // The log is what must be durable. NORMAL keeps the file consistent, which a rebuild would otherwise have to notice.
    pragma(database, 'synchronous = NORMAL')
    if (!isBuilt) pragma(database, 'wal_autocheckpoint = 512')
    return database
  } catch (error) {
    database?.close()
    throw error
  }
}

/** Rows as objects would need code that is made at run time, which processes do not allow: `simple` asks for a value. */
export function pragma(database: Database.Database, text: string): void {
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
