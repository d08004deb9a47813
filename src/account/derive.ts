// What the index keeps of a message, made from its bytes alone, once: at filing, or when the index is made again.

import type { Steps } from '#base/steps.ts'
import { sha256Hex } from '#crypto/hash.ts'
import type { MainHeader } from '#message/main-header.ts'
import type { Part } from '#message/part.ts'
import { encodePartTable } from '#message/part-table.ts'
import { bodyStructureInSteps, renderEnvelope } from '#message/structure.ts'
import { type Summary, type ThreadIds, subjectOf, summarizeInSteps, threadIdsOf } from '#message/summary.ts'
import { searchableTextInSteps } from '#message/text.ts'
import { type BaseSubject, baseSubject } from './base-subject.ts'
import { pairCharacters } from './cjk.ts'
import { collapse, fold, headerText } from './searched-text.ts'
import { signatureOf } from './signature.ts'

/** Message ids of one message that can join it to a thread: its own and the nearest ancestors'. */
const REFERENCES_MAX = 50
const SORT_KEY_LENGTH = 200

/** What is longer is a step of its own. */
const LONG_HEADER_BYTES = 1 << 14
const LONG_TEXT_LENGTH = 1 << 16

export interface SortKeys {
  /** The base subject (RFC 5256 §2.1), folded. */
  readonly subject: string
  /** addr-mailbox of the first address (RFC 5256 §3), folded. */
  readonly fromBox: string
  readonly toBox: string
  readonly ccBox: string
  /** Its display name, or the address if it has none (RFC 5957 §3), folded. */
  readonly fromName: string
  readonly toName: string
  /** Milliseconds, or null if the Date field is missing or malformed. */
  readonly sentAt: number | null
  readonly sentZoneMinutes: number
}

export type SortKeyName = keyof SortKeys

/** Of a message's text, in the order in which they are stored; those of the header come first. */
const TEXT_FIELDS = ['subject', 'from', 'to', 'cc', 'bcc', 'body', 'attachmentNames'] as const
export type TextField = (typeof TEXT_FIELDS)[number]
const HEADER_FIELDS = 5

/** Characters of a body whose words are indexed, which is one step that nothing comes between. IMAP's SEARCH looks at more (substring-index.ts). */
const WORDS_LENGTH_MAX = 3 << 16

export interface Derived {
  readonly sizeBytes: number
  readonly envelope: Uint8Array
  readonly bodyStructure: Uint8Array
  readonly body: Uint8Array
  readonly header: Uint8Array
  readonly parts: Uint8Array
  readonly summary: Summary
  readonly sortKeys: SortKeys
  /** What joins it to a thread, the nearest first: see threads.ts. */
  readonly threadHashes: readonly number[]
}

/** What it is searched by, by `TEXT_FIELDS`. */
export interface DerivedText {
  /** For the index of words. */
  readonly words: readonly string[]
  /** For the index of substrings. */
  readonly folded: readonly string[]
  readonly signature: Uint8Array
}

/** A text as it can be stored: itself, or its UTF-8. */
type StorableText = string | Buffer

/** What is stored of `Derived`. */
export interface StorableContent extends Omit<Derived, 'summary' | 'sortKeys'> {
  /** Or its JSON. */
  readonly summary: Summary | Buffer
  readonly sortKeys: { readonly [Name in SortKeyName]: SortKeys[Name] extends string ? StorableText : SortKeys[Name] }
}

export interface StorableTexts {
  readonly words: readonly StorableText[]
  readonly folded: readonly StorableText[]
  readonly signature: Uint8Array
}

/** Never throws, whatever the bytes. `threadHashes` if they are known. Does not keep the bytes; they must stay as they are until the last step. `part` is what `parseMessage` makes of them. */
export function* deriveInSteps(
  bytes: Buffer,
  part: Part,
  mainHeader?: MainHeader,
  threadHashes?: readonly number[],
): Steps<Derived> {
  const summary = yield* summarizeInSteps(bytes, part, mainHeader)
  const subject = baseSubject(summary.subject)
  const isLong = part.bodyStart - part.start > LONG_HEADER_BYTES
  if (isLong) yield
  const envelope = renderEnvelope(bytes, part, mainHeader)
  if (isLong) yield
  return {
    sizeBytes: bytes.length,
    envelope,
    bodyStructure: yield* bodyStructureInSteps(bytes, part, true),
    body: yield* bodyStructureInSteps(bytes, part, false),
    header: Buffer.from(bytes.subarray(part.start, part.bodyStart)),
    parts: encodePartTable(part),
    summary,
    sortKeys: sortKeysOf(summary, subject),
    threadHashes: threadHashes ?? threadHashesOf(summary, subject),
  }
}

/** As `deriveInSteps`. */
export function* deriveTextInSteps(bytes: Buffer, part: Part, mainHeader?: MainHeader): Steps<DerivedText> {
  const text = yield* searchableTextInSteps(bytes, part, undefined, mainHeader)
  const isLong = text.body.length > LONG_TEXT_LENGTH
  if (isLong) yield
  const collapsed = TEXT_FIELDS.map((field) => collapse(text[field]))
  if (isLong || part.bodyStart - part.start > LONG_HEADER_BYTES) yield
  const words = collapsed.map((field) => pairCharacters(field.slice(0, WORDS_LENGTH_MAX)))
  if (isLong) yield
  const folded = collapsed.map(fold)
  if (isLong) yield
  const header = fold(headerText(bytes.subarray(part.start, part.bodyStart)))
  return {
    words,
    folded,
    signature: signatureOf([...folded.slice(0, HEADER_FIELDS), header], folded.slice(HEADER_FIELDS)),
  }
}

function key(text: string): string {
  // No character's form is much longer or shorter than itself.
  return fold(text.slice(0, 4 * SORT_KEY_LENGTH)).slice(0, SORT_KEY_LENGTH)
}

function boxOf(addresses: Summary['from']): string {
  const email = addresses[0]?.email ?? ''
  const at = email.lastIndexOf('@')
  return key(at < 0 ? email : email.slice(0, at))
}

function nameOf(addresses: Summary['from']): string {
  const [first] = addresses
  return key(first?.name ?? first?.email ?? '')
}

function sortKeysOf(summary: Summary, subject: BaseSubject): SortKeys {
  return {
    subject: key(subject.base),
    fromBox: boxOf(summary.from),
    toBox: boxOf(summary.to),
    ccBox: boxOf(summary.cc),
    fromName: nameOf(summary.from),
    toName: nameOf(summary.to),
    sentAt: summary.sentAt?.ms ?? null,
    sentZoneMinutes: summary.sentAt?.zoneMinutes ?? 0,
  }
}

/**
 * RFC 8621 §3 suggests: messages are of one thread if they share a message id among Message-ID, In-Reply-To and References, and have the same
 * base subject. Each hash is of one id and the base subject together, 53 bits, so that one look-up decides both.
 */
export function threadHashesOf(
  summary: Pick<Summary, 'subject' | keyof ThreadIds>,
  subject: BaseSubject = baseSubject(summary.subject),
): number[] {
  const base = fold(subject.base).replaceAll(' ', '')
  const ancestors = [...summary.references, ...summary.inReplyTo].reverse()
  const ids = new Set([...ancestors.slice(0, REFERENCES_MAX), ...summary.messageId.slice(0, 1)])
  return Array.from(ids, (id) => {
    const digest = sha256Hex(`${id}\0${base}`)
    return (
      (Number.parseInt(digest.slice(0, 8), 16) & 0x1f_ffff) * 0x1_0000_0000 + Number.parseInt(digest.slice(8, 16), 16)
    )
  })
}

/** The same of a message of which nothing else is known yet. */
export function threadHashesOfHeader(header: MainHeader): number[] {
  return threadHashesOf({ subject: subjectOf(header), ...threadIdsOf(header.values) })
}
