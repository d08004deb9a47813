// One test that is not made of others, compiled.

import { type TestContext, compileIndex, compileMatch } from './compile-match.ts'
import { type Enabled, compileString, compileStrings, constantString } from './compile-strings.ts'
import { DATE_PARTS, isZone } from './date-part.ts'
import { type Extension, isExtension } from './extensions.ts'
import { isAddressField } from './message-view.ts'
import { asciiLower } from './octets.ts'
import type { AddressPart, BodyTransform, MimeOption, MimeScope, Test, Zone } from './program.ts'
import { type Bound, ScriptMistake } from './signature.ts'
import type { StringNode } from './syntax.ts'

/** Throws ScriptMistake. */
export function compileTest(name: string, bound: Bound, context: TestContext): Test {
  const strings = (parameter: string) => compileStrings(bound.strings(parameter), context)
  const keyed = () => ({
    match: compileMatch(bound, context, bound.strings('key-list')),
    keys: strings('key-list'),
  })
  switch (name) {
    case 'true':
    case 'false':
      return { kind: 'constant', value: name === 'true' }
    case 'header':
      return {
        kind: 'header',
        ...keyed(),
        names: strings('header-names'),
        index: compileIndex(bound),
        mime: scopeOf(bound),
        option: optionOf(bound, context),
      }
    case 'address': {
      const mime = scopeOf(bound)
      // RFC 5703 §4.2: parts have other fields.
      if (mime === null) for (const node of bound.strings('header-list')) refuseOtherField(node, context)
      const names = strings('header-list')
      return { kind: 'address', ...keyed(), names, part: partOf(bound), index: compileIndex(bound), mime }
    }
    case 'envelope': {
      for (const node of bound.strings('envelope-part')) refuseUnknownPart(node, context)
      return { kind: 'envelope', ...keyed(), parts: strings('envelope-part'), part: partOf(bound) }
    }
    case 'exists':
      return { kind: 'exists', names: strings('header-names'), mime: scopeOf(bound) }
    case 'size': {
      if (!bound.has('over') && !bound.has('under'))
        throw new ScriptMistake(bound.offset, '"size" needs ":over" or ":under"')
      return { kind: 'size', isOver: bound.has('over'), limit: bound.number('limit') }
    }
    case 'body':
      return { kind: 'body', ...keyed(), transform: transformOf(bound, context) }
    case 'date':
      return {
        kind: 'date',
        ...keyed(),
        name: compileString(bound.string('header-name'), context),
        part: datePartOf(bound, context),
        zone: zoneOf(bound, context),
        index: compileIndex(bound),
      }
    case 'currentdate':
      return { kind: 'currentdate', ...keyed(), part: datePartOf(bound, context), zone: zoneOf(bound, context) }
    case 'string':
      return { kind: 'string', ...keyed(), sources: strings('source') }
    case 'hasflag': {
      const variables = bound.optionalStrings('variable-list')
      if (variables !== null) context.require('variables', bound.offset, 'a variable of flags')
      const keys = strings('list-of-flags')
      const match = compileMatch(bound, context, bound.strings('list-of-flags'))
      return { kind: 'hasflag', match, keys, variables: variables === null ? null : compileStrings(variables, context) }
    }
    case 'environment':
      return { kind: 'environment', ...keyed(), name: compileString(bound.string('name'), context) }
    case 'mailboxexists':
      return { kind: 'mailboxexists', names: strings('mailbox-names') }
    case 'metadata':
    case 'servermetadata': {
      const mailbox = name === 'metadata' ? compileString(bound.string('mailbox'), context) : null
      return { kind: 'metadata', ...keyed(), mailbox, name: compileString(bound.string('annotation-name'), context) }
    }
    case 'metadataexists':
    case 'servermetadataexists': {
      const mailbox = name === 'metadataexists' ? compileString(bound.string('mailbox'), context) : null
      return { kind: 'metadataexists', mailbox, names: strings('annotation-names') }
    }
    case 'specialuse_exists': {
      const mailbox = bound.optionalString('mailbox')
      return {
        kind: 'specialuseexists',
        mailbox: mailbox === null ? null : compileString(mailbox, context),
        attributes: strings('special-use-attrs'),
      }
    }
    case 'duplicate': {
      const optional = (tag: string) => (bound.has(tag) ? compileString(bound.string(tag), context) : null)
      return {
        kind: 'duplicate',
        handle: optional('handle'),
        header: optional('header'),
        uniqueId: optional('uniqueid'),
        seconds: bound.has('seconds') ? bound.number('seconds') : null,
        isLast: bound.has('last'),
      }
    }
    default:
      throw new ScriptMistake(bound.offset, `there is no test "${name}"`, true)
  }
}

/** RFC 5463 §4: what the test enables; null if it is false. */
export function compileIhave(bound: Bound, context: Enabled): readonly Extension[] | null {
  const enables: Extension[] = []
  let hasAll = true
  for (const node of bound.strings('capabilities')) {
    const name = constantString(node, context, 'a capability')
    if (isExtension(name)) enables.push(name)
    else hasAll = false
  }
  return hasAll ? enables : null
}

/** RFC 5703 §4.1. */
function scopeOf(bound: Bound): MimeScope | null {
  if (bound.has('mime')) return { anyChild: bound.has('anychild') }
  const alone = ['anychild', 'type', 'subtype', 'contenttype', 'param'].find((tag) => bound.has(tag))
  if (alone !== undefined) throw new ScriptMistake(bound.offset, `":${alone}" needs ":mime"`)
  return null
}

function optionOf(bound: Bound, context: Enabled): MimeOption | null {
  if (bound.has('param')) return { kind: 'param', names: compileStrings(bound.strings('param'), context) }
  const kind = (['type', 'subtype', 'contenttype'] as const).find((tag) => bound.has(tag))
  return kind === undefined ? null : { kind }
}

function partOf(bound: Bound): AddressPart {
  return (['localpart', 'domain', 'user', 'detail'] as const).find((tag) => bound.has(tag)) ?? 'all'
}

/** RFC 5228 §5.1: fields that hold addresses only. */
function refuseOtherField(node: StringNode, context: Enabled): void {
  const name = compileString(node, context)
  if (typeof name === 'string' && !isAddressField(asciiLower(name))) {
    throw new ScriptMistake(node.offset, `"${name}" is no field of addresses: use "header"`)
  }
}

/** RFC 5228 §5.4. */
function refuseUnknownPart(node: StringNode, context: Enabled): void {
  const part = compileString(node, context)
  if (typeof part === 'string' && !['from', 'to'].includes(asciiLower(part))) {
    throw new ScriptMistake(node.offset, `the envelope has the parts "from" and "to", and no "${part}"`)
  }
}

function transformOf(bound: Bound, context: Enabled): BodyTransform {
  if (bound.has('raw')) return { kind: 'raw' }
  if (!bound.has('content')) return { kind: 'text' }
  return { kind: 'content', types: compileStrings(bound.strings('content'), context) }
}

function datePartOf(bound: Bound, context: Enabled) {
  const node = bound.string('date-part')
  const part = compileString(node, context)
  if (typeof part === 'string' && !DATE_PARTS.has(asciiLower(part))) {
    throw new ScriptMistake(node.offset, `"${part}" is no part of a date`)
  }
  return part
}

function zoneOf(bound: Bound, context: Enabled): Zone {
  if (bound.has('originalzone')) return { kind: 'original' }
  if (!bound.has('zone')) return { kind: 'local' }
  const node = bound.string('zone')
  const offset = compileString(node, context)
  if (typeof offset === 'string' && !isZone(offset))
    throw new ScriptMistake(node.offset, 'a zone is written as "+0100"')
  return { kind: 'given', offset }
}
