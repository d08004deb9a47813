// Lists of IMAP's flags (RFC 5232 §2): words in any order and case, each once.

import type { Octets } from '#message/part.ts'
import { asciiLower } from './octets.ts'

/** What IMAP lets a client store; `\Recent` and others not. */
const SYSTEM_FLAGS: ReadonlySet<string> = new Set(['\\seen', '\\answered', '\\flagged', '\\draft', '\\deleted'])

/** An atom of IMAP (RFC 3501 §9). */
// eslint-disable-next-line no-control-regex -- what an atom must not have
const ATOM = /^[^\x00-\x20\x7f-\xff(){%*"\\\]]{1,128}$/
const FLAGS_MAX = 128

/** Whether it can be stored. */
function isFlag(flag: Octets): boolean {
  return flag.startsWith('\\') ? SYSTEM_FLAGS.has(asciiLower(flag)) : ATOM.test(flag)
}

/** The words of a list, without those that are no flags; of two that differ in case alone, the first. */
export function flagList(list: readonly Octets[]): Octets[] {
  const flags = new Map<string, Octets>()
  for (const words of list) {
    for (const word of words.split(' ')) {
      const key = asciiLower(word)
      if (!flags.has(key) && isFlag(word)) flags.set(key, word)
      if (flags.size >= FLAGS_MAX) return [...flags.values()]
    }
  }
  return [...flags.values()]
}

export function withoutFlags(list: readonly Octets[], removed: readonly Octets[]): Octets[] {
  const gone = new Set(removed.map(asciiLower))
  return list.filter((flag) => !gone.has(asciiLower(flag)))
}
