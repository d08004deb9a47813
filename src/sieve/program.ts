// What a script is compiled to: a flat list of instructions. Jumps lead forward only, so that a run has no more steps than the list has entries; but for
// loops over the parts of a message, each of which has another part each time, and whose steps are counted with the run's work.

import type { Octets } from '#message/part.ts'
import type { Comparator } from './comparator.ts'
import type { Extension } from './extensions.ts'
import type { Misplaced } from './issue.ts'
import type { RegexProgram } from './regex-program.ts'
import type { Template } from './template.ts'

export type Relation = 'gt' | 'ge' | 'lt' | 'le' | 'eq' | 'ne'

export interface Match {
  readonly type: 'is' | 'contains' | 'matches' | 'regex' | 'value' | 'count'
  /** Of `regex`, for each key; null for one with variables in it, which is compiled when they are known. */
  readonly patterns: readonly (RegexProgram | null)[]
  /** Of `value` and `count`. */
  readonly relation: Relation
  readonly comparator: Comparator
}

/** RFC 5228 §2.7.4, RFC 5233 §4. */
export type AddressPart = 'all' | 'localpart' | 'domain' | 'user' | 'detail'

/** RFC 5260 §6: which of the fields; from the last if `isLast`. */
export interface FieldIndex {
  readonly number: number
  readonly isLast: boolean
}

/** RFC 5260 §4.1. */
export type Zone = { readonly kind: 'local' | 'original' } | { readonly kind: 'given'; readonly offset: Template }

/** RFC 5173 §5. */
export type BodyTransform =
  | { readonly kind: 'raw' | 'text' }
  | { readonly kind: 'content'; readonly types: readonly Template[] }

/** RFC 5703 §4: the part that a loop is at, or the message; with `anyChild` and all that is in it. */
export interface MimeScope {
  readonly anyChild: boolean
}

/** RFC 5703 §4.1: what of the field is looked at. */
export type MimeOption =
  | { readonly kind: 'type' | 'subtype' | 'contenttype' }
  | { readonly kind: 'param'; readonly names: readonly Template[] }

interface Keyed {
  readonly match: Match
  readonly keys: readonly Template[]
}

export type Test =
  | { readonly kind: 'constant'; readonly value: boolean }
  /** `mime`: null for the message's own header. */
  | (Keyed & {
      readonly kind: 'header'
      readonly names: readonly Template[]
      readonly index: FieldIndex | null
      readonly mime: MimeScope | null
      readonly option: MimeOption | null
    })
  | (Keyed & {
      readonly kind: 'address'
      readonly names: readonly Template[]
      readonly part: AddressPart
      readonly index: FieldIndex | null
      readonly mime: MimeScope | null
    })
  | (Keyed & { readonly kind: 'envelope'; readonly parts: readonly Template[]; readonly part: AddressPart })
  | { readonly kind: 'exists'; readonly names: readonly Template[]; readonly mime: MimeScope | null }
  | { readonly kind: 'size'; readonly isOver: boolean; readonly limit: number }
  | (Keyed & { readonly kind: 'body'; readonly transform: BodyTransform })
  | (Keyed & {
      readonly kind: 'date'
      readonly name: Template
      readonly part: Template
      readonly zone: Zone
      readonly index: FieldIndex | null
    })
  | (Keyed & { readonly kind: 'currentdate'; readonly part: Template; readonly zone: Zone })
  | (Keyed & { readonly kind: 'string'; readonly sources: readonly Template[] })
  /** `variables`: null for the internal one. */
  | (Keyed & { readonly kind: 'hasflag'; readonly variables: readonly Template[] | null })
  | (Keyed & { readonly kind: 'environment'; readonly name: Template })
  | { readonly kind: 'mailboxexists'; readonly names: readonly Template[] }
  /** RFC 5490 §3.3 to §4.2. `mailbox`: null for the account. */
  | (Keyed & { readonly kind: 'metadata'; readonly mailbox: Template | null; readonly name: Template })
  | { readonly kind: 'metadataexists'; readonly mailbox: Template | null; readonly names: readonly Template[] }
  | { readonly kind: 'specialuseexists'; readonly mailbox: Template | null; readonly attributes: readonly Template[] }
  | {
      readonly kind: 'duplicate'
      readonly handle: Template | null
      readonly header: Template | null
      readonly uniqueId: Template | null
      readonly seconds: number | null
      readonly isLast: boolean
    }
  | { readonly kind: 'ihave'; readonly enables: readonly Extension[] }

export type Modifier = 'lower' | 'upper' | 'lowerfirst' | 'upperfirst' | 'quotewildcard' | 'quoteregex' | 'length'

export interface VacationAction {
  /** Between two answers to one sender; 0: each time. */
  readonly seconds: number
  readonly subject: Template | null
  readonly from: Template | null
  readonly addresses: readonly Template[]
  readonly isMime: boolean
  readonly reason: Template
  /** RFC 5230 §4.2: what names this answer; without a handle, what is written in the script. */
  readonly handle: Template | null
  readonly written: string
}

export type Action =
  | { readonly kind: 'keep'; readonly flags: readonly Template[] | null }
  | { readonly kind: 'discard' }
  | {
      readonly kind: 'fileinto'
      readonly mailbox: Template
      readonly flags: readonly Template[] | null
      readonly isCopy: boolean
      readonly create: boolean
      readonly specialUse: Template | null
    }
  /** RFC 5293. `keys`: null for all values. */
  | { readonly kind: 'addheader'; readonly name: Template; readonly value: Template; readonly isLast: boolean }
  | {
      readonly kind: 'deleteheader'
      readonly name: Template
      readonly match: Match
      readonly keys: readonly Template[] | null
      readonly index: FieldIndex | null
    }
  | { readonly kind: 'redirect'; readonly address: Template; readonly isCopy: boolean }
  /** `global`: the variable is every script's (RFC 6609 §3.4). */
  | {
      readonly kind: 'set'
      readonly name: string
      readonly isGlobal: boolean
      readonly value: Template
      /** In the order in which they are applied. */
      readonly modifiers: readonly Modifier[]
    }
  /** RFC 5703 §7. `first`: characters; null for all. */
  | {
      readonly kind: 'extracttext'
      readonly name: string
      readonly isGlobal: boolean
      readonly modifiers: readonly Modifier[]
      readonly first: number | null
    }
  | { readonly kind: 'global'; readonly names: readonly string[] }
  | {
      readonly kind: 'flags'
      readonly mode: 'set' | 'add' | 'remove'
      readonly variable: Template | null
      readonly flags: readonly Template[]
    }
  | ({ readonly kind: 'vacation' } & VacationAction)

export type Instruction = { readonly offset: number } & (
  | { readonly op: 'test'; readonly test: Test }
  | { readonly op: 'not' }
  | { readonly op: 'jumpIf'; readonly value: boolean; readonly to: number }
  | { readonly op: 'jump'; readonly to: number }
  /** RFC 5703 §3. With the first part, or behind the loop if there is none. */
  | { readonly op: 'foreverypart'; readonly to: number }
  /** The end of the loop's block: back to its beginning while there is another part. The only jump that leads back. */
  | { readonly op: 'nextpart'; readonly to: number }
  /** Out of so many loops. */
  | { readonly op: 'break'; readonly loops: number; readonly to: number }
  | { readonly op: 'action'; readonly action: Action }
  | { readonly op: 'stop' | 'return' }
  | {
      readonly op: 'include'
      readonly name: string
      readonly isGlobal: boolean
      readonly once: boolean
      readonly optional: boolean
    }
  /** An error when it is reached (RFC 5463). */
  | { readonly op: 'fail'; readonly text: Template }
  /** An error when it is reached and `ihave` has not enabled the extension. */
  | { readonly op: 'need'; readonly extension: Extension }
)

export interface Program {
  /** The script, for places of errors. */
  readonly source: Octets
  readonly instructions: readonly Instruction[]
  /** What its author may not expect. */
  readonly warnings: readonly Misplaced[]
  /** Required ones. */
  readonly extensions: ReadonlySet<Extension>
}
