// The index of words: what a person types into a search box (JMAP's text filters). SQLite's FTS5 over the text of the message, without
// the text itself; case and diacritics do not count. docs/adr/0022-two-search-indexes.md says why there is another one beside it.

import type { StorableTexts, TextField } from './derive.ts'
import { type IndexDatabase, type Statement, TEXT } from './index-database.ts'
import { pairCharacters } from './cjk.ts'

export type WordField = TextField

/** Which messages: those that have all words of `text` in one field, or anywhere; combined. `"…"` in `text` is a phrase. */
export type WordQuery =
  | { readonly field: WordField | null; readonly text: string }
  | { readonly all: readonly WordQuery[] }
  | { readonly any: readonly WordQuery[] }
  | { readonly not: WordQuery }

const COLUMNS: Readonly<Record<WordField, string>> = {
  subject: 'subject',
  from: 'sender',
  to: 'recipient',
  cc: 'cc',
  bcc: 'bcc',
  body: 'body',
  attachmentNames: 'attachment',
}

/** Phrases of one query text. More are ignored. */
const PHRASES_MAX = 32
const PHRASE_LENGTH_MAX = 200

/** Memory in which FTS5 collects words before it stores them, all at once: its default. */
export const WORDS_PENDING_BYTES = 1 << 20
/** Less is merged later; but to store them is one step, which others wait for. */
export const WORDS_PENDING_BULK_BYTES = 1 << 22

export class WordIndex {
  readonly #put: Statement
  readonly #remove: Statement
  readonly #match: Statement
  readonly #setPending: Statement

  constructor(database: IndexDatabase) {
    const texts = Array.from({ length: Object.keys(COLUMNS).length }, () => TEXT).join(', ')
    this.#put = database.write(
      `INSERT INTO word (rowid, subject, sender, recipient, cc, bcc, body, attachment) VALUES (?, ${texts})`,
    )
    this.#remove = database.write('DELETE FROM word WHERE rowid = ?')
    this.#setPending = database.write("INSERT INTO word (word, rank) VALUES ('hashsize', CAST(? AS INTEGER))")
    this.#match = database.read('SELECT rowid FROM word WHERE word MATCH ? AND rowid > ? ORDER BY rowid LIMIT ?')
  }

  /** The record must not be in the index. */
  add(record: number, { words }: StorableTexts): void {
    this.#put.run(record, ...words)
  }

  /** Kept in the file. */
  setPending(bytes: number): void {
    this.#setPending.run(bytes)
  }

  remove(record: number): void {
    this.#remove.run(record)
  }

  /** Records after `after` that have all of the words, in order, at most `limit`. A text without any word is found nowhere. */
  records(field: WordField | null, text: string, after: number, limit: number): number[] {
    const expression = matchExpression(field, text)
    return expression === null ? [] : this.#match.all(expression, after, limit).map(([record]) => record as number)
  }
}

/** FTS5's query for a text as a person types it; null if it has no word. */
function matchExpression(field: WordField | null, text: string): string | null {
  const phrases: string[] = []
  for (const [, quoted, plain] of text.matchAll(/"([^"]*)"?|([^\s"]+)/g)) {
    const phrase = pairCharacters((quoted ?? plain ?? '').slice(0, PHRASE_LENGTH_MAX))
      .replace(/[^\p{L}\p{N}\p{M}\p{Co}]+/gu, ' ')
      .trim()
    if (phrase !== '') phrases.push(`"${phrase}"`)
    if (phrases.length === PHRASES_MAX) break
  }
  if (phrases.length === 0) return null
  const words = phrases.join(' AND ')
  return field === null ? words : `{${COLUMNS[field]}} : (${words})`
}
