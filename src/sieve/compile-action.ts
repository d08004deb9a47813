// Actions, compiled; and what arguments each takes.

import { HEADER_EDIT_SIGNATURES, compileAddHeader, compileDeleteHeader } from './compile-header-edit.ts'
import type { TestContext } from './compile-match.ts'
import { type Enabled, compileString, compileStrings, constantString } from './compile-strings.ts'
import { STRING_BYTES_MAX } from './limits.ts'
import { asciiLower } from './octets.ts'
import type { Action, Modifier, VacationAction } from './program.ts'
import { parseSieveAddress } from './sieve-address.ts'
import { type Bound, ScriptMistake, type Signature, type TagSignature } from './signature.ts'
import type { StringNode } from './syntax.ts'
import { isVariableName } from './template.ts'

const FLAGS: Readonly<Record<string, TagSignature>> = { flags: { parameter: 'strings', extension: 'imap4flags' } }
const COPY: Readonly<Record<string, TagSignature>> = { copy: { extension: 'copy' } }
const FLAG_ACTION: Signature = {
  extension: 'imap4flags',
  positional: [
    ['variablename?', 'string'],
    ['list-of-flags', 'strings'],
  ],
}

const MODIFIER_TAGS: Readonly<Record<string, TagSignature>> = {
  lower: { group: '40' },
  upper: { group: '40' },
  lowerfirst: { group: '30' },
  upperfirst: { group: '30' },
  quotewildcard: { group: '20' },
  quoteregex: { group: '20', extension: 'regex' },
  length: { group: '10' },
}

export const ACTION_SIGNATURES: Readonly<Record<string, Signature>> = {
  keep: { tags: FLAGS },
  discard: {},
  fileinto: {
    extension: 'fileinto',
    tags: {
      ...FLAGS,
      ...COPY,
      // RFC 5490 §3.2, RFC 8579 §4.
      create: { extension: 'mailbox' },
      specialuse: { parameter: 'string', extension: 'special-use' },
    },
    positional: [['mailbox', 'string']],
  },
  redirect: { tags: COPY, positional: [['address', 'string']] },
  ...HEADER_EDIT_SIGNATURES,
  // RFC 5229 §4.
  set: {
    extension: 'variables',
    tags: MODIFIER_TAGS,
    positional: [
      ['name', 'string'],
      ['value', 'string'],
    ],
  },
  // RFC 5703 §7.
  extracttext: {
    extension: 'extracttext',
    tags: { ...MODIFIER_TAGS, first: { parameter: 'number' } },
    positional: [['varname', 'string']],
  },
  // RFC 6609 §3.4.1.
  global: { extension: 'include', positional: [['value', 'strings']] },
  setflag: FLAG_ACTION,
  addflag: FLAG_ACTION,
  removeflag: FLAG_ACTION,
  // RFC 5230 §4, RFC 6131 §2.
  vacation: {
    extension: 'vacation',
    tags: {
      days: { group: 'time', parameter: 'number' },
      seconds: { group: 'time', parameter: 'number', extension: 'vacation-seconds' },
      subject: { parameter: 'string' },
      from: { parameter: 'string' },
      addresses: { parameter: 'strings' },
      mime: {},
      handle: { parameter: 'string' },
    },
    positional: [['reason', 'string']],
  },
}

/** Throws ScriptMistake. */
export function compileAction(name: string, bound: Bound, enabled: TestContext): Action {
  const optional = (tag: string) => (bound.has(tag) ? compileString(bound.string(tag), enabled) : null)
  const flags = () => (bound.has('flags') ? compileStrings(bound.strings('flags'), enabled) : null)
  switch (name) {
    case 'keep':
      return { kind: 'keep', flags: flags() }
    case 'fileinto': {
      const mailbox = compileString(bound.string('mailbox'), enabled)
      const isCopy = bound.has('copy')
      return {
        kind: 'fileinto',
        mailbox,
        flags: flags(),
        isCopy,
        create: bound.has('create'),
        specialUse: optional('specialuse'),
      }
    }
    case 'redirect': {
      const node = bound.string('address')
      const address = compileString(node, enabled)
      if (typeof address === 'string' && parseSieveAddress(address) === null) {
        throw new ScriptMistake(node.offset, 'that is not an address mail can be sent to')
      }
      return { kind: 'redirect', address, isCopy: bound.has('copy') }
    }
    case 'addheader':
      return compileAddHeader(bound, enabled)
    case 'deleteheader':
      return compileDeleteHeader(bound, enabled)
    case 'set':
      return compileSet(bound, enabled)
    case 'extracttext': {
      enabled.require('variables', bound.offset, '"extracttext"')
      const target = variableTarget(bound.string('varname'), enabled)
      return {
        kind: 'extracttext',
        ...target,
        modifiers: modifiersOf(bound),
        first: bound.has('first') ? bound.number('first') : null,
      }
    }
    case 'global': {
      if (!enabled.has('variables')) throw new ScriptMistake(bound.offset, '"global" needs require "variables"')
      const names = bound.strings('value').map((node) => variableName(node, enabled))
      return { kind: 'global', names }
    }
    case 'setflag':
    case 'addflag':
    case 'removeflag': {
      const variable = bound.optionalString('variablename')
      if (variable !== null && !enabled.has('variables')) {
        throw new ScriptMistake(variable.offset, 'a variable of flags needs require "variables"')
      }
      return {
        kind: 'flags',
        mode: name.slice(0, -'flag'.length) as 'set' | 'add' | 'remove',
        variable: variable === null ? null : compileString(variable, enabled),
        flags: compileStrings(bound.strings('list-of-flags'), enabled),
      }
    }
    case 'vacation':
      return { kind: 'vacation', ...compileVacation(bound, enabled) }
    default:
      return { kind: 'discard' }
  }
}

function variableName(node: { readonly offset: number; readonly value: string }, enabled: Enabled): string {
  const name = constantString(node, enabled, "a variable's name")
  if (!isVariableName(name)) throw new ScriptMistake(node.offset, `"${name}" is no name for a variable`)
  return asciiLower(name)
}

/** In the order of their precedence (RFC 5229 §4.1). */
const MODIFIERS: readonly Modifier[] = [
  'lower',
  'upper',
  'lowerfirst',
  'upperfirst',
  'quotewildcard',
  'quoteregex',
  'length',
]

function modifiersOf(bound: Bound): Modifier[] {
  return MODIFIERS.filter((modifier) => bound.has(modifier))
}

/** A variable that is set: the script's, or one of all scripts (RFC 6609 §3.4.2). */
function variableTarget(node: StringNode, enabled: Enabled): { readonly name: string; readonly isGlobal: boolean } {
  const given = constantString(node, enabled, "a variable's name")
  const isGlobal = enabled.has('include') && /^global\./i.test(given)
  const own = isGlobal ? { offset: node.offset, value: given.slice('global.'.length) } : node
  return { name: variableName(own, enabled), isGlobal }
}

function compileSet(bound: Bound, enabled: Enabled): Action {
  const target = variableTarget(bound.string('name'), enabled)
  const value = compileString(bound.string('value'), enabled)
  return { kind: 'set', ...target, value, modifiers: modifiersOf(bound) }
}

const DAY_SECONDS = 86_400
const DEFAULT_DAYS = 7
/** RFC 5230 §4.1: more than 30 days. */
const DAYS_MAX = 366
const SECONDS_MAX = 2 ** 31

function compileVacation(bound: Bound, enabled: Enabled): VacationAction {
  const optional = (tag: string) => (bound.has(tag) ? compileString(bound.string(tag), enabled) : null)
  if (bound.number('seconds') > SECONDS_MAX)
    throw new ScriptMistake(bound.string('seconds').offset, 'there are too many seconds')
  const from = optional('from')
  if (typeof from === 'string' && parseSieveAddress(from) === null) {
    throw new ScriptMistake(bound.string('from').offset, '":from" needs an address')
  }
  const reason = bound.string('reason')
  if (reason.value.length > STRING_BYTES_MAX) throw new ScriptMistake(reason.offset, 'the text is too long')
  // RFC 5230 §4.2: as they are written, variables not expanded, and none taken for another.
  const written = JSON.stringify([
    bound.optionalString('subject')?.value ?? null,
    bound.optionalString('from')?.value ?? null,
    bound.has('mime'),
    reason.value,
  ])
  return {
    seconds: vacationSeconds(bound),
    subject: optional('subject'),
    from,
    addresses: compileStrings(bound.strings('addresses'), enabled),
    isMime: bound.has('mime'),
    reason: compileString(reason, enabled),
    handle: optional('handle'),
    written,
  }
}

function vacationSeconds(bound: Bound): number {
  // RFC 6131 §2: 0 is each time.
  if (bound.has('seconds')) return Math.min(bound.number('seconds'), DAYS_MAX * DAY_SECONDS)
  const days = bound.has('days') ? bound.number('days') : DEFAULT_DAYS
  return Math.min(Math.max(days, 1), DAYS_MAX) * DAY_SECONDS
}
