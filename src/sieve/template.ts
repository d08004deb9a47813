// Strings with variables in them (RFC 5229 §3): constant text and references, in order. What is no reference stays as it is.

import type { Octets } from '#message/part.ts'
import { MATCH_VARIABLES_MAX, STRING_BYTES_MAX, VARIABLE_NAME_MAX } from './limits.ts'
import { asciiLower, truncateOctets } from './octets.ts'

type Piece =
  | Octets
  /** In lower case. */
  | { readonly variable: string }
  /** Of RFC 6609 §3.4.2. */
  | { readonly global: string }
  | { readonly match: number }

/** A constant is a string. */
export type Template = Octets | readonly Piece[]

export interface TemplateOptions {
  readonly hasVariables: boolean
  /** The namespace `global`. */
  readonly hasGlobals: boolean
}

const REFERENCE = /\$\{([^${}\s"\\]{1,200})\}/g
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/
const NAMESPACED = /^[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z0-9_]+)+$/

/** As for `set`: RFC 5229 §3's identifier. */
export function isVariableName(name: string): boolean {
  return NAME.test(name) && name.length <= VARIABLE_NAME_MAX
}

/** What is wrong is given as `mistake`. */
export function parseTemplate(text: Octets, options: TemplateOptions): Template | { readonly mistake: string } {
  if (!options.hasVariables || !text.includes('${')) return text
  const pieces: Piece[] = []
  let from = 0
  for (const found of text.matchAll(REFERENCE)) {
    const name = found[1] as string
    const piece = pieceOf(name, options)
    if (piece === null) continue
    if (typeof piece === 'object' && 'mistake' in piece) return piece
    if (found.index > from) pieces.push(text.slice(from, found.index))
    pieces.push(piece)
    from = found.index + found[0].length
  }
  if (pieces.length === 0) return text
  if (from < text.length) pieces.push(text.slice(from))
  return pieces
}

/** Null: it is no reference. */
function pieceOf(
  name: string,
  { hasGlobals }: TemplateOptions,
): Exclude<Piece, string> | { readonly mistake: string } | null {
  if (/^[0-9]+$/.test(name)) {
    const number = Number(name)
    // §6.
    if (number > MATCH_VARIABLES_MAX) return { mistake: `there are match variables up to ${MATCH_VARIABLES_MAX}` }
    return { match: number }
  }
  if (NAME.test(name)) {
    if (name.length > VARIABLE_NAME_MAX)
      return { mistake: `a variable's name may have ${VARIABLE_NAME_MAX} characters` }
    return { variable: asciiLower(name) }
  }
  if (!NAMESPACED.test(name)) return null
  const [space = '', ...rest] = asciiLower(name).split('.')
  const only = rest.length === 1 ? (rest[0] as string) : ''
  if (hasGlobals && space === 'global' && isVariableName(only)) return { global: only }
  return { mistake: `there is no namespace "${space}", or it has no such variable` }
}

export interface VariableValues {
  variable(name: string): Octets
  global(name: string): Octets
  match(index: number): Octets
}

export function expand(template: Template, values: VariableValues): Octets {
  if (typeof template === 'string') return template
  let text = ''
  for (const piece of template) {
    if (typeof piece === 'string') text += piece
    else if ('variable' in piece) text += values.variable(piece.variable)
    else if ('global' in piece) text += values.global(piece.global)
    else text += values.match(piece.match)
    if (text.length > STRING_BYTES_MAX) return truncateOctets(text, STRING_BYTES_MAX)
  }
  return text
}
