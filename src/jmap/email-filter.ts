// The filter of Email/query (RFC 8621 §4.4.1), read into a tree of single conditions.

import * as v from 'valibot'
import type { MailboxId } from '#base/ids.ts'
import { MethodFailure } from './failure.ts'
import { parseMailboxId } from './ids.ts'
import { type JsonObject, isObject } from './json-object.ts'
import { parseKeyword } from './keywords.ts'
import { FILTER_DEPTH_MAX, FILTER_TERMS_MAX } from './limits.ts'
import { flag, id, readArguments, strings, unsigned, utcDate } from './schema.ts'
import { type TextQuery, parseTextQuery } from './text-query.ts'

export type TextField = 'text' | 'from' | 'to' | 'cc' | 'bcc' | 'subject' | 'body'

/** `mailbox: null`: an id that no mailbox has. */
export type FilterNode =
  | { readonly kind: 'and' | 'or' | 'not'; readonly parts: readonly FilterNode[] }
  | { readonly kind: 'inMailbox'; readonly mailbox: MailboxId | null }
  | { readonly kind: 'inMailboxOtherThan'; readonly mailboxes: readonly MailboxId[] }
  | { readonly kind: 'before' | 'after'; readonly date: number }
  | { readonly kind: 'minSize' | 'maxSize'; readonly size: number }
  | { readonly kind: 'allInThread' | 'someInThread' | 'noneInThread'; readonly keyword: string }
  | { readonly kind: 'hasKeyword' | 'notKeyword'; readonly keyword: string }
  | { readonly kind: 'hasAttachment'; readonly value: boolean }
  | { readonly kind: 'text'; readonly field: TextField; readonly query: TextQuery }
  | { readonly kind: 'header'; readonly name: string; readonly value: string }

const keyword = v.pipe(
  v.string(),
  v.check((text) => parseKeyword(text) !== null, 'not a keyword'),
  v.transform((text) => parseKeyword(text) as string),
)

const condition = v.strictObject({
  inMailbox: v.optional(id),
  inMailboxOtherThan: v.optional(v.array(id)),
  before: v.optional(utcDate),
  after: v.optional(utcDate),
  minSize: v.optional(unsigned),
  maxSize: v.optional(unsigned),
  allInThreadHaveKeyword: v.optional(keyword),
  someInThreadHaveKeyword: v.optional(keyword),
  noneInThreadHaveKeyword: v.optional(keyword),
  hasKeyword: v.optional(keyword),
  notKeyword: v.optional(keyword),
  hasAttachment: v.optional(flag),
  text: v.optional(v.string()),
  from: v.optional(v.string()),
  to: v.optional(v.string()),
  cc: v.optional(v.string()),
  bcc: v.optional(v.string()),
  subject: v.optional(v.string()),
  body: v.optional(v.string()),
  header: v.optional(v.pipe(strings, v.minLength(1), v.maxLength(2))),
})

const operator = v.strictObject({ operator: v.picklist(['AND', 'OR', 'NOT']), conditions: v.array(v.unknown()) })

/** Null: everything. Throws MethodFailure. */
export function parseEmailFilter(filter: JsonObject | null): FilterNode {
  return filter === null ? { kind: 'and', parts: [] } : parse(filter, 0, { terms: 0 })
}

function parse(filter: unknown, depth: number, count: { terms: number }): FilterNode {
  if (depth > FILTER_DEPTH_MAX || ++count.terms > FILTER_TERMS_MAX) throw new MethodFailure('unsupportedFilter')
  if (isObject(filter) && 'operator' in filter) {
    const { operator: name, conditions } = readArguments(operator, filter)
    const kind = name === 'AND' ? 'and' : name === 'OR' ? 'or' : 'not'
    return { kind, parts: conditions.map((part) => parse(part, depth + 1, count)) }
  }
  const parts = parseCondition(readArguments(condition, filter))
  count.terms += parts.length
  const [single] = parts
  return parts.length === 1 && single !== undefined ? single : { kind: 'and', parts }
}

function parseCondition(given: v.InferOutput<typeof condition>): FilterNode[] {
  const parts: FilterNode[] = []
  const { inMailbox, inMailboxOtherThan, before, after, minSize, maxSize, hasAttachment, header } = given
  if (inMailbox !== undefined) parts.push({ kind: 'inMailbox', mailbox: parseMailboxId(inMailbox) })
  if (inMailboxOtherThan !== undefined) {
    const mailboxes = inMailboxOtherThan.map(parseMailboxId).filter((mailbox) => mailbox !== null)
    parts.push({ kind: 'inMailboxOtherThan', mailboxes })
  }
  if (before !== undefined) parts.push({ kind: 'before', date: before })
  if (after !== undefined) parts.push({ kind: 'after', date: after })
  if (minSize !== undefined) parts.push({ kind: 'minSize', size: minSize })
  if (maxSize !== undefined) parts.push({ kind: 'maxSize', size: maxSize })
  const { allInThreadHaveKeyword, someInThreadHaveKeyword, noneInThreadHaveKeyword, hasKeyword, notKeyword } = given
  if (allInThreadHaveKeyword !== undefined) parts.push({ kind: 'allInThread', keyword: allInThreadHaveKeyword })
  if (someInThreadHaveKeyword !== undefined) parts.push({ kind: 'someInThread', keyword: someInThreadHaveKeyword })
  if (noneInThreadHaveKeyword !== undefined) parts.push({ kind: 'noneInThread', keyword: noneInThreadHaveKeyword })
  if (hasKeyword !== undefined) parts.push({ kind: 'hasKeyword', keyword: hasKeyword })
  if (notKeyword !== undefined) parts.push({ kind: 'notKeyword', keyword: notKeyword })
  if (hasAttachment !== undefined) parts.push({ kind: 'hasAttachment', value: hasAttachment })
  for (const field of ['text', 'from', 'to', 'cc', 'bcc', 'subject', 'body'] as const) {
    const value = given[field]
    if (value !== undefined) parts.push({ kind: 'text', field, query: parseTextQuery(value) })
  }
  if (header !== undefined) {
    const [name = '', value = ''] = header
    parts.push({ kind: 'header', name: name.toLowerCase(), value })
  }
  return parts
}

/** Conditions that all must hold, from the outside in. */
export function conjuncts(node: FilterNode): FilterNode[] {
  return node.kind === 'and' ? node.parts.flatMap(conjuncts) : [node]
}

function some(node: FilterNode, test: (node: FilterNode) => boolean): boolean {
  return 'parts' in node ? node.parts.some((part) => some(part, test)) : test(node)
}

/** What happens to one e-mail of a thread changes whether the others match. */
export function dependsOnThread(node: FilterNode): boolean {
  return some(node, ({ kind }) => kind === 'allInThread' || kind === 'someInThread' || kind === 'noneInThread')
}

/** Whether an e-mail matches may change. */
export function isMutable(node: FilterNode): boolean {
  const kinds = ['inMailbox', 'inMailboxOtherThan', 'hasKeyword', 'notKeyword']
  return dependsOnThread(node) || some(node, ({ kind }) => kinds.includes(kind))
}
