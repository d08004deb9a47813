// Reading an index to its last page, so that SQLite's cipher checks the seal of each (`IndexDatabase`): row by row through every table, with all that is in overflow pages, in steps between which anything else may happen. What it
// meets damaged is `IndexDamagedError`, as everywhere.
//
// Not read: pages that hold nothing (the list of free ones).

import type { Steps } from '#base/steps.ts'
import { type IndexDatabase, IndexDamagedError, type Statement } from './index-database.ts'

const ROWS_PER_STEP = 32

export function* checkIndex(database: IndexDatabase): Steps<void> {
  // What is in memory was checked when it was read.
  database.shrink()
  const tables = database
    .read(
      `SELECT name, sql LIKE '%WITHOUT ROWID%' FROM sqlite_master WHERE type = 'table' AND rootpage > 0 ORDER BY name`,
    )
    .all() as [string, number][]
  for (const [table, hasNoRowid] of tables) {
    yield
    if (hasNoRowid === 1) checkAtOnce(database, table)
    else yield* checkRows(database, table)
  }
  const indexed = database
    .read(`SELECT DISTINCT tbl_name FROM sqlite_master WHERE type = 'index' AND rootpage > 0`)
    .all()
  for (const [table] of indexed as [string][]) {
    yield
    const found = database.read(`PRAGMA quick_check(${quoted(table)})`).all()
    if (found.length !== 1 || found[0]?.[0] !== 'ok') throw new IndexDamagedError('the index contradicts itself')
  }
}

/** A small one. */
function checkAtOnce(database: IndexDatabase, table: string): void {
  database.read(`SELECT count(*) FROM ${quoted(table)} WHERE ${content(database, table)} IS NOT NULL`).get()
}

function* checkRows(database: IndexDatabase, table: string): Steps<void> {
  const rows: Statement = database.read(
    `SELECT max(rowid), count(seen) FROM (SELECT rowid, ${content(database, table)} IS NOT NULL AS seen FROM ${quoted(table)} ` +
      `WHERE rowid > ? ORDER BY rowid LIMIT ${ROWS_PER_STEP})`,
  )
  let last: number | null = Number.MIN_SAFE_INTEGER
  for (;;) {
    const found = rows.get(last) as [number | null, number] | undefined
    last = found?.[0] ?? null
    if (last === null) return
    yield
  }
}

/** What has to be read whole to be told. */
function content(database: IndexDatabase, table: string): string {
  const columns = database.read(`SELECT name FROM pragma_table_info(?)`).all(table) as [string][]
  return columns.map(([name]) => `instr(coalesce(${quoted(name)}, ''), char(0, 1, 2, 3))`).join(' + ')
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
