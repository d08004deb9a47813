// What is wrong with a script, and where: for people, who count lines and columns from 1.

import type { Octets } from '#message/part.ts'

export interface SieveIssue {
  readonly line: number
  /** In characters. */
  readonly column: number
  readonly text: string
}

/** Something is wrong at an offset of the script. */
export interface Misplaced {
  readonly offset: number
  readonly text: string
}

const LF = 0x0a

export function locate(script: Octets, { offset, text }: Misplaced): SieveIssue {
  let line = 1
  let column = 1
  for (let at = 0; at < offset && at < script.length; at++) {
    const octet = script.charCodeAt(at)
    if (octet === LF) {
      line++
      column = 1
    } else if ((octet & 0xc0) !== 0x80) {
      // The octets of a character after its first are not counted.
      column++
    }
  }
  return { line, column, text }
}

/** As in “line 3, column 7: there is no test "hedaer"”. */
export function describeIssue({ line, column, text }: SieveIssue): string {
  return `line ${line}, column ${column}: ${text}`
}
