// GETMETADATA and SETMETADATA (RFC 5464 §4): notes that clients keep with mailboxes, or with the whole account (an empty mailbox name). An account
// has one owner, so /private and /shared differ in name only.

import { asciiText } from '#base/bytes.ts'
import { writeAstring, writeString } from './astring.ts'
import { type Command, type Completion, no, ok } from './command.ts'
import { type Cursor, SyntaxFailure } from './cursor.ts'
import { LIST_ITEMS_MAX } from './limits.ts'
import { parseMailbox } from './mailbox-argument.ts'
import { renderMailboxName } from './mailbox-name.ts'
import { METADATA_VALUE_BYTES_MAX, type MetadataChange, changeEntries, readEntries } from './metadata-store.ts'
import { isStorable } from './search-filter.ts'
import type { Session } from './session.ts'

interface GetArgs {
  readonly path: string
  readonly names: readonly string[]
  readonly maxBytes: number
  /** Levels below the names. */
  readonly depth: number
}

interface SetArgs {
  readonly path: string
  readonly changes: readonly MetadataChange[]
}

const NAME_BYTES_MAX = 255
const NAMES_MAX = 100

/** RFC 5464 §3.2: without regard to case; no wildcards, no empty components. */
function parseName(cursor: Cursor): string {
  const name = asciiText(cursor.astring()).toLowerCase()
  const isWellFormed =
    name.length <= NAME_BYTES_MAX && /^\/(private|shared)(\/[\x20-\x24\x26-\x29\x2b-\x2e\x30-\x7e]+)+$/.test(name)
  if (!isWellFormed) throw new SyntaxFailure('an entry name begins with /private/ or /shared/, and has no * nor %')
  return name
}

function parseOptions(cursor: Cursor, options: { maxBytes: number; depth: number }): void {
  cursor.list(() => {
    const name = cursor.word()
    cursor.space()
    if (name === 'MAXSIZE') options.maxBytes = cursor.number()
    else if (name === 'DEPTH') {
      const depth = cursor.word()
      if (depth !== '0' && depth !== '1' && depth !== 'INFINITY') throw new SyntaxFailure('0, 1 or infinity expected')
      options.depth = depth === 'INFINITY' ? Infinity : Number(depth)
    } else throw new SyntaxFailure(`there is no option ${name}`)
  })
}

/** RFC 5464's grammar has the options before the mailbox, its examples behind. */
function parseGet(cursor: Cursor, session: Session): GetArgs {
  const options = { maxBytes: Infinity, depth: 0 }
  const start = cursor.at
  cursor.space()
  if (cursor.isAtList) parseOptions(cursor, options)
  else cursor.at = start
  const path = parseMailbox(cursor, session)
  cursor.space()
  const listStart = cursor.at
  if (cursor.skip('(') && (cursor.skipWord('MAXSIZE') || cursor.skipWord('DEPTH'))) {
    cursor.at = listStart
    parseOptions(cursor, options)
    cursor.space()
  } else cursor.at = listStart
  const names = cursor.isAtList ? cursor.list(() => parseName(cursor)) : [parseName(cursor)]
  if (names.length > NAMES_MAX) throw new SyntaxFailure(`more than ${NAMES_MAX} entries`)
  return { path, names, ...options }
}

function parseSet(cursor: Cursor, session: Session): SetArgs {
  const path = parseMailbox(cursor, session)
  cursor.space()
  const changes = cursor.list(() => {
    const name = parseName(cursor)
    // RFC 5464 §3.2: below a vendor's name.
    if (/^\/[a-z]+\/vendor(\/[^/]+)?$/.test(name)) throw new SyntaxFailure("a vendor's entry has four components")
    cursor.space()
    const value = cursor.binaryString()
    return { name, value: value === null ? null : Buffer.from(value) }
  })
  if (changes.length > LIST_ITEMS_MAX) throw new SyntaxFailure('too many entries')
  return { path, changes }
}

/** 0: the whole account. Null: there is no such mailbox. */
function ownerOf({ account }: Session, path: string): number | null {
  return path === '' ? 0 : (account.mailboxByPath(path)?.id ?? null)
}

function get(session: Session, { path, names, maxBytes, depth }: GetArgs): Completion {
  const owner = ownerOf(session, path)
  if (owner === null) return no('There is no such mailbox', 'NONEXISTENT')
  const entries = readEntries(session.account, owner)
  const found = new Map<string, Buffer | null>()
  for (const name of names) {
    const own = entries.get(name) ?? null
    // RFC 5464 §4.2.2: with a depth, only what there is.
    if (own !== null || depth === 0) found.set(name, own)
    for (const [below, value] of entries) {
      const levels = below.startsWith(`${name}/`) ? below.slice(name.length).split('/').length - 1 : Infinity
      if (levels <= depth && levels !== Infinity) found.set(below, value)
    }
  }
  let longest = 0
  const shown = [...found].filter(([, value]) => {
    if (value === null || value.length <= maxBytes) return true
    longest = Math.max(longest, value.length)
    return false
  })
  if (shown.length > 0) writeEntries(session, path, shown)
  return ok('That is all', longest === 0 ? undefined : `METADATA LONGENTRIES ${longest}`)
}

function writeEntries(session: Session, path: string, entries: readonly (readonly [string, Buffer | null])[]): void {
  const { out } = session
  out.text('* METADATA ')
  if (path === '') out.text('""')
  else out.bytes(renderMailboxName(path, session.isUtf8))
  for (const [index, [name, value]] of entries.entries()) {
    out.text(index === 0 ? ' (' : ' ')
    writeAstring(out, Buffer.from(name, 'latin1'))
    out.text(' ')
    if (value === null) out.text('NIL')
    else writeString(out, value)
  }
  out.line(')')
}

async function set(session: Session, { path, changes }: SetArgs): Promise<Completion> {
  const owner = ownerOf(session, path)
  if (owner === null) return no('There is no such mailbox', 'NONEXISTENT')
  if (changes.some(({ value }) => (value?.length ?? 0) > METADATA_VALUE_BYTES_MAX)) {
    return no('The value is too long', `METADATA MAXSIZE ${METADATA_VALUE_BYTES_MAX}`)
  }
  if (owner === 0 && changes.some(({ name, value }) => value !== null && !isStorable(name, value))) {
    return no('The filter is no whole search')
  }
  // RFC 5464 §6.2.1.2: how to reach who runs the server is not for its users to say.
  if (owner === 0 && changes.some(({ name }) => name === '/shared/admin'))
    return no('That is for the server to say', 'NOPERM')
  const outcome = await changeEntries(session.shared, owner, changes)
  const names = new Set(changes.map(({ name }) => name))
  session.notifications?.forgetEvents(
    (event) => event.kind === 'metadata' && (event.id ?? 0) === owner && event.names.every((name) => names.has(name)),
  )
  return outcome === 'done' ? ok('Noted') : no('There would be too many entries', 'METADATA TOOMANY')
}

export const getMetadata: Command<GetArgs> = {
  name: 'GETMETADATA',
  state: 'authenticated',
  mayExpunge: true,
  parse: parseGet,
  run: get,
}

export const setMetadata: Command<SetArgs> = {
  name: 'SETMETADATA',
  state: 'authenticated',
  mayExpunge: true,
  changes: true,
  parse: parseSet,
  run: set,
}
