// "addheader" and "deleteheader" (RFC 5293), compiled.

import { isFieldName } from '#message/header-writer.ts'
import { type Enabled, compileString, compileStrings } from './compile-strings.ts'
import { type TestContext, compileIndex, compileMatch } from './compile-match.ts'
import type { Action } from './program.ts'
import { type Bound, ScriptMistake, type Signature } from './signature.ts'
import type { Template } from './template.ts'
import { INDEX, MATCH } from './test-signatures.ts'

export const HEADER_EDIT_SIGNATURES: Readonly<Record<string, Signature>> = {
  addheader: {
    extension: 'editheader',
    tags: { last: {} },
    positional: [
      ['field-name', 'string'],
      ['value', 'string'],
    ],
  },
  deleteheader: {
    extension: 'editheader',
    // §5: `:index` is its own, and needs no other extension.
    tags: { ...MATCH, index: { ...INDEX['index'], extension: 'editheader' }, last: { extension: 'editheader' } },
    positional: [
      ['field-name', 'string'],
      ['value-patterns?', 'strings'],
    ],
  },
}

/** What is told to who puts a script. */
export const EDIT_WARNING =
  'the message is stored as it came: changed headers are seen by the tests that follow, and sent by "redirect" and "vacation"'

/** Throws ScriptMistake. */
export function compileAddHeader(bound: Bound, enabled: Enabled): Action {
  return {
    kind: 'addheader',
    name: fieldName(bound, enabled),
    value: compileString(bound.string('value'), enabled),
    isLast: bound.has('last'),
  }
}

/** Throws ScriptMistake. */
export function compileDeleteHeader(bound: Bound, context: TestContext): Action {
  const name = fieldName(bound, context)
  const patterns = bound.optionalStrings('value-patterns')
  const keys = patterns === null ? null : compileStrings(patterns, context)
  const match = compileMatch(bound, context, patterns ?? [])
  if (keys !== null && match.type === 'count')
    throw new ScriptMistake(bound.offset, '":count" says nothing of one field')
  return { kind: 'deleteheader', name, match, keys, index: compileIndex(bound) }
}

function fieldName(bound: Bound, enabled: Enabled): Template {
  const node = bound.string('field-name')
  const name = compileString(node, enabled)
  if (typeof name === 'string' && !isFieldName(name)) {
    throw new ScriptMistake(node.offset, `"${name}" cannot be a header field's name`)
  }
  return name
}
