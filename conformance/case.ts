// A case of the suite: what a client says, and what the RFC lets a server answer. Data; run-case.ts plays it against any server.
//
// A script is lines. `C: ` is what the client sends, CRLF added; lines without a prefix continue the one before, after a CRLF, so that literals can be
// written. `S: ` is a response that must come, `N: ` one that must not; with a number (`C2: `) it is of another connection, logged in when it is first
// used. Consecutive lines of the client are sent at once; then responses are read up to the last that is expected.
//
// Expected responses are compared as what they mean (expectation.ts): a string may come as a literal, untagged responses in any order, FETCH items and
// flags in any order and with more beside them, numbers of a set in any form. What stands in angle brackets is free:
//     <number> <string> <atom> <list> <any>   one value of that form     <rest>       all that follows in the list
//     <gt:$x> <ge:$x>                         a greater number           <closed>     the server ends the connection
// `=$x` inside the brackets remembers the value (`<number=$x>`); `$x` means it from then on, in what is sent, too. Text after a status is free, and so is its response code unless one is expected; `NO|BAD` is either.

import type { MessageName } from './messages.ts'

export interface Case {
  /** `RFC 9051 §6.3.4`: where it is said what is right. */
  readonly section: string
  /** Short; with the section it names the case. */
  readonly name: string
  /** Whether a server that differs is wrong (MUST, and the formal syntax), or may have its reasons (SHOULD). */
  readonly level: 'MUST' | 'SHOULD'
  /** Capabilities without any of which the case does not apply to a server. */
  readonly needs?: readonly string[]
  /** Where the first connection stands: `box` is selected where there are messages, else logged in. */
  readonly begins?: 'connected' | 'authenticated' | 'selected'
  /** In the mailbox `box`, in this order; `$u1`… are their UIDs, `$validity` its UIDVALIDITY. */
  readonly messages?: readonly CaseMessage[]
  /** INBOX is emptied before, and so can be spoken about. */
  readonly usesInbox?: boolean
  readonly script: string
}

export type CaseMessage = MessageName | { readonly of: MessageName; readonly flags?: string; readonly date?: string }

export function nameOf({ section, name }: Pick<Case, 'section' | 'name'>): string {
  return `${section}: ${name}`
}

/** Cases of one RFC, written without what all of them have in common. */
export function casesOf(
  rfc: string,
  needs: readonly string[],
  cases: readonly (Omit<Case, 'level'> & { readonly level?: Case['level'] })[],
): readonly Case[] {
  return cases.map((one) => ({
    ...one,
    section: `RFC ${rfc} §${one.section}`,
    level: one.level ?? 'MUST',
    needs: [...needs, ...(one.needs ?? [])],
  }))
}
