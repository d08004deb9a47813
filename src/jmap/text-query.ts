// What a person types into a search box (RFC 8621 §4.4.1): words, all of which must be there, and phrases in quotes, single or double, in which
// a backslash takes away the meaning of a quote.

import type { WordField, WordQuery } from '#account/account.ts'

export interface TextQuery {
  /** Words, or phrases of several. */
  readonly phrases: readonly string[]
}

const PHRASES_MAX = 32
const LENGTH_MAX = 4096

export function parseTextQuery(text: string): TextQuery {
  const phrases: string[] = []
  const source = text.slice(0, LENGTH_MAX)
  let at = 0
  while (at < source.length && phrases.length < PHRASES_MAX) {
    const char = source[at] as string
    if (/\s/.test(char)) {
      at++
      continue
    }
    const quoted = char === '"' || char === "'" ? readQuoted(source, at) : null
    const end = quoted?.end ?? wordEnd(source, at)
    phrases.push(quoted?.phrase ?? source.slice(at, end))
    at = end
  }
  return { phrases }
}

/** Null if the quote is not matched: then it is a character of a word. */
function readQuoted(source: string, start: number): { readonly phrase: string; readonly end: number } | null {
  const quote = source[start]
  let phrase = ''
  for (let at = start + 1; at < source.length; at++) {
    const char = source[at] as string
    if (char === quote) return { phrase, end: at + 1 }
    if (char === '\\' && at + 1 < source.length) phrase += source[++at] as string
    else phrase += char
  }
  return null
}

function wordEnd(source: string, start: number): number {
  let end = start + 1
  while (end < source.length && !/\s/.test(source[end] as string)) end++
  return end
}

/** For the account's index of words, which takes phrases in double quotes. */
export function wordQueryOf({ phrases }: TextQuery, field: WordField | null): WordQuery {
  return { field, text: phrases.map((phrase) => `"${phrase.replaceAll('"', ' ')}"`).join(' ') }
}
