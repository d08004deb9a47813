// Arguments of LIST with its extensions (RFC 5258 §6, RFC 5819, RFC 6154 §3, RFC 8440, RFC 9051 §6.3.9) and of LSUB.

import { type Cursor, SyntaxFailure } from './cursor.ts'
import { parseNameText } from './mailbox-name.ts'
import type { Session } from './session.ts'
import { type StatusItem, parseStatusItems } from './status-items.ts'

export interface ListArgs {
  readonly reference: string
  readonly patterns: readonly string[]
  /** Written with selection or return options, or several patterns. */
  readonly isExtended: boolean
  readonly select: ReadonlySet<SelectOption>
  readonly returns: ReadonlySet<ReturnOption>
  readonly status: readonly StatusItem[]
}

type ReturnOption = 'SUBSCRIBED' | 'CHILDREN' | 'SPECIAL-USE' | 'MYRIGHTS'

type SelectOption = 'SUBSCRIBED' | 'REMOTE' | 'RECURSIVEMATCH' | 'SPECIAL-USE'

const SELECT_OPTIONS: readonly string[] = ['SUBSCRIBED', 'REMOTE', 'RECURSIVEMATCH', 'SPECIAL-USE']
const RETURN_OPTIONS: readonly string[] = ['SUBSCRIBED', 'CHILDREN', 'SPECIAL-USE', 'MYRIGHTS']
const PATTERNS_MAX = 20

export function parseList(cursor: Cursor, session: Session): ListArgs {
  cursor.space()
  const select = new Set<SelectOption>()
  let isExtended = false
  if (cursor.isAtList) {
    isExtended = true
    for (const name of cursor.list(() => cursor.word(), 0)) {
      if (!SELECT_OPTIONS.includes(name)) throw new SyntaxFailure(`there is no selection option ${name}`)
      select.add(name as SelectOption)
    }
    // RFC 5258 §3: RECURSIVEMATCH says what to do with another option.
    if (select.has('RECURSIVEMATCH') && !select.has('SUBSCRIBED') && !select.has('SPECIAL-USE')) {
      throw new SyntaxFailure('RECURSIVEMATCH needs SUBSCRIBED or SPECIAL-USE')
    }
    cursor.space()
  }
  const reference = nameText(cursor.astring(), session)
  cursor.space()
  let patterns: string[]
  if (cursor.isAtList) {
    isExtended = true
    patterns = cursor.list(() => nameText(cursor.listMailbox(), session))
    if (patterns.length > PATTERNS_MAX) throw new SyntaxFailure(`there are more than ${PATTERNS_MAX} patterns`)
  } else {
    patterns = [nameText(cursor.listMailbox(), session)]
  }
  const returns = new Set<ReturnOption>()
  let status: readonly StatusItem[] = []
  if (cursor.skip(' ')) {
    isExtended = true
    if (!cursor.skipWord('RETURN')) cursor.fail('RETURN')
    cursor.space()
    cursor.list(() => {
      const name = cursor.word()
      if (name === 'STATUS') {
        cursor.space()
        status = parseStatusItems(cursor)
      } else if (RETURN_OPTIONS.includes(name)) returns.add(name as ReturnOption)
      else throw new SyntaxFailure(`there is no return option ${name}`)
    }, 0)
  }
  return { reference, patterns, isExtended, select, returns, status }
}

export function parseLsub(cursor: Cursor, session: Session): { readonly reference: string; readonly pattern: string } {
  cursor.space()
  const reference = nameText(cursor.astring(), session)
  cursor.space()
  return { reference, pattern: nameText(cursor.listMailbox(), session) }
}

function nameText(bytes: Buffer, session: Session): string {
  const text = parseNameText(bytes, session.isUtf8)
  if (text === null) throw new SyntaxFailure('the mailbox name is not well-formed')
  return text
}
