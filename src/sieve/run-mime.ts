// Parts of a message (RFC 5703): their header fields, what MIME says in them, and their text.

import { readText } from '#message/body.ts'
import { HEADER_BYTES_MAX } from '#message/limits.ts'
import { parameterText, parseDisposition, parseMediaType } from '#message/parameters.ts'
import type { Octets, Parameter, Part } from '#message/part.ts'
import { withLineEnds } from './body-view.ts'
import type { Execution } from './execution.ts'
import type { ViewedField } from './header-view.ts'
import { BODY_PART_BYTES_MAX } from './limits.ts'
import { asciiLower, toOctets } from './octets.ts'
import type { MimeOption, MimeScope } from './program.ts'

/** The part and all in it, depth first. */
export function partsOf(part: Part): Part[] {
  const found: Part[] = []
  const open = [part]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    found.push(next)
    open.push(...next.children.toReversed())
  }
  return found
}

/** §4.1: fields of that name, by part. */
export function scopedFields(run: Execution, name: Octets, scope: MimeScope | null): (readonly ViewedField[])[] {
  if (scope === null) return [run.message.fieldsOf(name)]
  const part = run.part ?? run.message.root
  return (scope.anyChild ? partsOf(part) : [part]).map((each) => {
    run.work(16 + Math.min(each.bodyStart - each.start, HEADER_BYTES_MAX))
    return run.message.headerOf(each).named(name)
  })
}

export interface MimeValues {
  readonly values: readonly Octets[]
  /** §4.1, for ":count": how many could be read. */
  readonly count: number
}

/** §4.1. */
export function mimeValues(run: Execution, field: ViewedField, option: MimeOption | null): MimeValues {
  if (option === null) return { values: [run.message.text(field)], count: 1 }
  run.work(field.value.length)
  if (option.kind === 'param') {
    const parameters = parametersOf(field)
    const values = run.expandAll(option.names).flatMap((name) => {
      const text = parameterText(parameters, asciiLower(name))
      return text === null ? [] : [toOctets(text)]
    })
    return { values, count: values.length }
  }
  if (field.name === 'content-type') {
    const media = parseMediaType(field.value)
    if (media === null) return { values: [], count: 0 }
    const { type, subtype } = media
    const value = option.kind === 'type' ? type : option.kind === 'subtype' ? subtype : `${type}/${subtype}`
    return { values: [value], count: 1 }
  }
  if (field.name !== 'content-disposition') return { values: [''], count: 0 }
  const disposition = parseDisposition(field.value)
  if (disposition === null) return { values: [], count: 0 }
  return { values: [option.kind === 'subtype' ? '' : disposition.type], count: 1 }
}

function parametersOf({ name, value }: ViewedField): readonly Parameter[] {
  return (name === 'content-type' ? parseMediaType(value) : parseDisposition(value))?.parameters ?? []
}

/** §7: the text of the part that the loop is at; empty for what is no text, or cannot be read. */
export function partText(run: Execution, first: number | null): Octets {
  const { part } = run
  if (part === null || part.type !== 'text') return ''
  run.work(4 * Math.min(part.end - part.bodyStart, BODY_PART_BYTES_MAX))
  const { text, isEncodingProblem } = readText(run.message.bytes, part, BODY_PART_BYTES_MAX)
  if (isEncodingProblem) return ''
  const octets = withLineEnds(text)
  return first === null ? octets : firstCharacters(octets, first)
}

function firstCharacters(octets: Octets, count: number): Octets {
  let characters = 0
  for (let at = 0; at < octets.length; at++) {
    if ((octets.charCodeAt(at) & 0xc0) === 0x80) continue
    if (characters++ >= count) return octets.slice(0, at)
  }
  return octets
}
