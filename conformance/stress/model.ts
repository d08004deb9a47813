// What all clients together know: every operation, with the time when it was sent and the time when it was answered, and what anybody was ever told
// of a message. Between the two times an operation may have taken effect at any moment; one that was never answered, at any moment or not at all.
//
// From that follows which states the RFC can explain. What is checked as it is heard is here; what is checked when everything is quiet, in settle.ts.

import { must } from './violation.ts'

interface Interval {
  readonly start: number
  /** Infinity if it was never answered. */
  end: number
  /** Answered with OK: it took effect. */
  isCertain: boolean
}

export interface FlagOperation extends Interval {
  readonly sign: '+' | '-' | '='
  readonly flags: ReadonlySet<string>
}

export interface Removal extends Interval {
  /** `expunge` takes what is marked as deleted. */
  readonly kind: 'expunge' | 'move'
  /** Null: all that are marked. */
  readonly uids: ReadonlySet<number> | null
}

export interface Copying {
  readonly source: Message
}

/** One conditional STORE that the server says it has done (RFC 7162 §3.1.3). */
export interface Conditional {
  readonly message: Message
  readonly since: number
  readonly operation: FlagOperation
}

/** What somebody was told of a message at a modseq. */
export interface Told {
  /** Null if only the modseq was. */
  flags: ReadonlySet<string> | null
  /** When that was, for the first time. */
  readonly at: number
}

export class Message {
  readonly uid: number
  token: string | null = null
  /** An APPEND or a copy was answered with its UID. */
  isExplained = false
  /** When it was last quiet; null if that is not known. */
  base: ReadonlySet<string> | null = null
  /** There was such a message when it was last quiet. */
  wasThere = false
  operations: FlagOperation[] = []
  /** By modseq. */
  readonly told = new Map<number, Told>()
  /** Somebody was told that it is gone, first at this time. */
  goneAt = Number.POSITIVE_INFINITY

  constructor(uid: number) {
    this.uid = uid
  }
}

/** One mailbox. */
export class Box {
  readonly name: string
  uidValidity: string | null = null
  readonly messages = new Map<number, Message>()
  uidMax = 0
  uidNextMax = 0
  modseqMax = 0
  /** Token → how many APPENDs of it were sent whole and never answered. */
  readonly appends = new Map<string, number>()
  /** Copies that were asked for and never answered. */
  copies: Copying[] = []
  removals: Removal[] = []
  conditionals: Conditional[] = []

  constructor(name: string) {
    this.name = name
  }

  /** A UID that somebody was told of. `openedAt`: when the one who was told opened the mailbox. */
  see(uid: number, openedAt: number): Message {
    let message = this.messages.get(uid)
    if (message === undefined) {
      message = new Message(uid)
      this.messages.set(uid, message)
      this.uidMax = Math.max(this.uidMax, uid)
    }
    const { goneAt } = message
    must(goneAt > openedAt, 'RFC 9051 §2.3.1.1', () => `${this.name}: UID ${uid} was expunged, and is there again`)
    return message
  }

  /** What the message with this UID says. */
  learn(message: Message, token: string): void {
    must(
      message.token === null || message.token === token,
      'RFC 9051 §2.3.1.1',
      () => `${this.name}: UID ${message.uid} was ${message.token} and is ${token}`,
    )
    message.token = token
  }

  /** A new UID that the server says it has given, to a command that was sent when the others were known. */
  given(uid: number, { uidMax, uidNextMax }: Marks, openedAt: number): Message {
    must(uid > uidMax, 'RFC 9051 §2.3.1.1', () => `${this.name}: the new UID ${uid} is not above ${uidMax}`)
    must(uid >= uidNextMax, 'RFC 9051 §2.3.1.1', () => `${this.name}: new UID ${uid}, UIDNEXT was ${uidNextMax}`)
    const message = this.see(uid, openedAt)
    message.isExplained = true
    return message
  }

  marks(): Marks {
    return { uidMax: this.uidMax, uidNextMax: this.uidNextMax, modseqMax: this.modseqMax }
  }

  validity(text: string): void {
    this.uidValidity ??= text
    must(this.uidValidity === text, 'RFC 9051 §2.3.1.1', () => `${this.name}: UIDVALIDITY ${text}`)
  }

  uidNext(next: number, { uidMax }: Marks): void {
    must(next > uidMax, 'RFC 9051 §2.3.1.1', () => `${this.name}: UIDNEXT ${next}, but there was UID ${uidMax}`)
    this.uidNextMax = Math.max(this.uidNextMax, next)
  }

  /** Of SELECT and STATUS. */
  highestModseq(highest: number, { modseqMax }: Marks): void {
    must(
      highest >= modseqMax,
      'RFC 7162 §3.1.2.1',
      () => `${this.name}: HIGHESTMODSEQ ${highest}, and ${modseqMax} was told before`,
    )
    this.modseqMax = Math.max(this.modseqMax, highest)
  }

  /** Flags as of a modseq: whoever is told the same modseq is told the same flags. */
  flagsAt(message: Message, modseq: number, flags: ReadonlySet<string> | null, at: number): void {
    this.modseqMax = Math.max(this.modseqMax, modseq)
    const known = message.told.get(modseq)
    if (known === undefined) {
      message.told.set(modseq, { flags, at })
      return
    }
    if (flags === null) return
    known.flags ??= flags
    must(
      textOfFlags(known.flags) === textOfFlags(flags),
      'RFC 7162 §3.1',
      () => `${this.name}: UID ${message.uid} at MODSEQ ${modseq}: ${textOfFlags(flags)}, and another time not so`,
    )
  }
}

/** What was known when a command was sent. */
export interface Marks {
  readonly uidMax: number
  readonly uidNextMax: number
  readonly modseqMax: number
}

export class Model {
  readonly boxes: ReadonlyMap<string, Box>
  #time = 0
  /** A copy in another mailbox is the same message with the same flags, but for \Deleted (as in JMAP, RFC 8621 §4.1.1): whatever sets them, sets both. */
  copiesShareFlags = false
  /** Hears every line of every client. */
  readonly trace: ((line: string) => void) | null
  /** A connection was lost with commands that may still be carried out. */
  isUnsettled = false

  constructor(names: readonly string[], trace: Model['trace'] = null) {
    this.trace = trace
    this.boxes = new Map(names.map((name) => [name, new Box(name)]))
  }

  now(): number {
    return ++this.#time
  }

  box(name: string): Box {
    const box = this.boxes.get(name)
    must(box !== undefined, 'stress', () => `no mailbox ${name}`)
    return box
  }
}

/** `()` of none: different from what is not known. */
export function textOfFlags(flags: ReadonlySet<string>): string {
  return `(${[...flags].sort().join(' ')})`
}

/** What an operation makes of flags. */
export function applied(before: ReadonlySet<string>, { sign, flags }: FlagOperation): ReadonlySet<string> {
  if (sign === '=') return flags
  return sign === '+' ? before.union(flags) : before.difference(flags)
}
