// Reads a request's JSON (RFC 8259) as strictly as I-JSON wants it (RFC 7493): UTF-8, no two members of one name, no surrogate without the other.
//
// The text is looked at once before it is parsed, in slices of time, so that neither its depth nor the number of its values can cost more
// than they may. What is not valid in other ways, the parser finds.

import { utf8TextOrNull } from '#base/bytes.ts'
import { type Result, fail, ok } from '#base/result.ts'
import type { TimeSlice } from '#base/time-slice.ts'
import type { Json } from './json-object.ts'
import { JSON_DEPTH_MAX, JSON_VALUES_MAX } from './limits.ts'
import { type Problem, limitExceeded, notJson } from './problem.ts'

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const COLON = 0x3a
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d
const OPEN_ARRAY = 0x5b
const CLOSE_ARRAY = 0x5d

/** Structural characters between two looks at the clock. */
const STEPS = 4096

export async function parseJson(bytes: Uint8Array, slice: TimeSlice): Promise<Result<Json, Problem>> {
  const text = utf8TextOrNull(bytes)
  if (text === null) return fail(notJson('The request is not UTF-8'))
  const problem = await findProblem(text, slice)
  if (problem !== null) return fail(problem)
  let value: Json
  try {
    value = JSON.parse(text) as Json
  } catch {
    return fail(notJson('The request is not JSON'))
  }
  return ok(value)
}

async function findProblem(text: string, slice: TimeSlice): Promise<Problem | null> {
  // The names of each open object's members; null for an array.
  const open: (Set<string> | null)[] = []
  let values = 0
  let steps = 0
  let name: string | null = null
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) {
      const end = stringEnd(text, at)
      if (end < 0) return notJson('A string does not end')
      const string = readString(text, at, end)
      if (string === null) return notJson('A string is not valid')
      name = string
      at = end - 1
    } else if (code === COLON) {
      const names = open.at(-1) ?? null
      if (name === null || names === null) return notJson('A colon out of place')
      if (names.has(name)) return notJson('An object has two members of one name')
      names.add(name)
      name = null
    } else if (code === OPEN_OBJECT || code === OPEN_ARRAY) {
      open.push(code === OPEN_OBJECT ? new Set() : null)
      if (open.length > JSON_DEPTH_MAX) return limitExceeded('maxSizeRequest', 'The request is nested too deep')
    } else if (code === CLOSE_OBJECT || code === CLOSE_ARRAY) {
      const closed = open.pop()
      if (closed === undefined || (closed === null) === (code === CLOSE_OBJECT))
        return notJson('A bracket out of place')
    } else if (code !== COMMA) continue
    if (++values > JSON_VALUES_MAX) return limitExceeded('maxSizeRequest', 'The request has too many values')
    if (++steps >= STEPS) {
      steps = 0
      if (slice.isOver) await slice.next()
    }
  }
  return null
}

/** After the closing quote of the string that begins at `start`, or -1. */
function stringEnd(text: string, start: number): number {
  let end = text.indexOf('"', start + 1)
  while (end >= 0) {
    let escapes = 0
    while (text.charCodeAt(end - 1 - escapes) === BACKSLASH) escapes++
    if (escapes % 2 === 0) return end + 1
    end = text.indexOf('"', end + 1)
  }
  return -1
}

/** A string's value; long ones without escapes are given as they are. Null if it is none that I-JSON allows. */
function readString(text: string, start: number, end: number): string | null {
  const inner = text.slice(start + 1, end - 1)
  if (!inner.includes('\\u')) return inner.includes('\\') ? parseString(text.slice(start, end)) : inner
  const value = parseString(text.slice(start, end))
  return value?.isWellFormed() === true ? value : null
}

function parseString(literal: string): string | null {
  try {
    return JSON.parse(literal) as string
  } catch {
    return null
  }
}
