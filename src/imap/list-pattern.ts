// Mailbox patterns of LIST and LSUB (RFC 9051 §6.3.9): `*` stands for anything, `%` for anything without a delimiter.
//
// Matching follows all ways at once, one character of the name after the other, so that its time is bounded by the lengths of
// name and pattern, whatever the wildcards. Patterns over PATTERN_LENGTH_MAX match nothing.

import { normalized } from '#base/normalization.ts'
import { DELIMITER, canonicalPath } from './mailbox-name.ts'

const PATTERN_LENGTH_MAX = 1_000

export type PathMatcher = (path: string) => boolean

export function pathMatcher(reference: string, pattern: string): PathMatcher {
  const whole = collapseWildcards(canonicalPath(normalized(reference + pattern, 'NFC')))
  if (whole.length > PATTERN_LENGTH_MAX) return () => false
  if (!/[*%]/.test(whole)) return (path) => path === whole
  // INBOX is written in any case, in a pattern too: `inb*` means it.
  const foldedPattern = foldStart(whole)
  return (path) => matches(whole, path) || (foldedPattern !== whole && isInbox(path) && matches(foldedPattern, path))
}

function isInbox(path: string): boolean {
  return path === 'INBOX' || path.startsWith('INBOX/')
}

/** The pattern with what could be the letters of INBOX in upper case. */
function foldStart(pattern: string): string {
  return pattern.slice(0, 5).toUpperCase() + pattern.slice(5)
}

/** Neighbouring wildcards are one: `*` if any of them is. */
function collapseWildcards(pattern: string): string {
  return pattern.replace(/[*%]{2,}/g, (run) => (run.includes('*') ? '*' : '%'))
}

function matches(pattern: string, path: string): boolean {
  const length = pattern.length
  // `reached[i]`: the first i characters of the pattern match the part of the path read so far.
  let reached = new Uint8Array(length + 1)
  let next = new Uint8Array(length + 1)
  reached[0] = 1
  passWildcards(pattern, reached)
  for (const character of splitUnits(path)) {
    next.fill(0)
    let isAlive = false
    for (let at = 0; at < length; at++) {
      if (reached[at] === 0) continue
      const expected = pattern[at]
      if (expected === '*' || (expected === '%' && character !== DELIMITER)) next[at] = 1
      else if (expected === character) next[at + 1] = 1
      else continue
      isAlive = true
    }
    if (!isAlive) return false
    passWildcards(pattern, next)
    const spare = reached
    reached = next
    next = spare
  }
  return reached[length] === 1
}

/** A wildcard may stand for nothing. */
function passWildcards(pattern: string, reached: Uint8Array): void {
  for (let at = 0; at < pattern.length; at++) {
    if (reached[at] === 1 && (pattern[at] === '*' || pattern[at] === '%')) reached[at + 1] = 1
  }
}

function splitUnits(text: string): string[] {
  return text.split('')
}
