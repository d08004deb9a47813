// Strings of a script as the program has them: encoded characters decoded, variables found (RFC 5228 §2.4.2.4, RFC 5229 §3.1).

import type { Octets } from '#message/part.ts'
import { decodeEncodedCharacters } from './encoded-character.ts'
import type { Extension } from './extensions.ts'
import { toTextOrNull } from './octets.ts'
import { ScriptMistake } from './signature.ts'
import type { StringNode } from './syntax.ts'
import { type Template, parseTemplate } from './template.ts'

/** What is required, or may be because of `ihave`. */
export interface Enabled {
  has(extension: Extension): boolean
}

/** Throws ScriptMistake. */
export function compileString({ value, offset }: StringNode, enabled: Enabled): Template {
  const decoded = enabled.has('encoded-character') ? decodeEncodedCharacters(value) : value
  if (decoded === null) throw new ScriptMistake(offset, 'a character is named that Unicode does not have')
  const template = parseTemplate(decoded, {
    hasVariables: enabled.has('variables'),
    hasGlobals: enabled.has('include'),
  })
  if (typeof template === 'object' && 'mistake' in template) throw new ScriptMistake(offset, template.mistake)
  return template
}

export function compileStrings(nodes: readonly StringNode[], enabled: Enabled): Template[] {
  return nodes.map((node) => compileString(node, enabled))
}

/** Of an argument that must not have variables. Throws ScriptMistake. */
export function constantString(node: StringNode, enabled: Enabled, what: string): Octets {
  const template = compileString(node, enabled)
  if (typeof template !== 'string') throw new ScriptMistake(node.offset, `${what} must not have variables in it`)
  return template
}

/** The same as text. */
export function constantText(node: StringNode, enabled: Enabled, what: string): string {
  const text = toTextOrNull(constantString(node, enabled, what))
  if (text === null) throw new ScriptMistake(node.offset, `${what} must be UTF-8`)
  return text
}
