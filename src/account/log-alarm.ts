// What a vault or a command found wrong with a log as a whole: not a damaged record, but a log that is not the one it was. Nothing here is
// about anybody's mail: sizes of trees, roots, times.

export type AlarmKind =
  /** The log has fewer records than were seen in it, or than were signed. */
  | 'rollback'
  /** The log went on otherwise than it was seen to, or is signed otherwise than it is: there are two histories. */
  | 'fork'
  /** What should be signed by the ledger is signed by another key, or not at all. */
  | 'signature'
  /** A record that claims that the owner signed the log was not signed by the owner, or is about another log. */
  | 'mark'
  /** The owner signed the log more often than the log shows. */
  | 'marksMissing'
  /** Another record stands where one was that is known. */
  | 'record'

export interface KnownHead {
  /** Number of records. */
  readonly size: number
  /** Of the tree, in hexadecimal digits; empty if it is not known. */
  readonly root: string
}

export interface LogAlarm {
  readonly kind: AlarmKind
  /** When it was found: milliseconds since 1970-01-01 UTC. */
  readonly found: number
  /** What was known of the log. */
  readonly known: KnownHead
  /** What the log was said, or seen, to be. */
  readonly met: KnownHead
  /** When the alarm was acknowledged; null while it goes on. */
  readonly acknowledged: number | null
}

/** Two findings of one thing. */
export function sameFinding(a: LogAlarm, b: LogAlarm): boolean {
  return a.kind === b.kind && sameHead(a.known, b.known) && sameHead(a.met, b.met)
}

function sameHead(a: KnownHead, b: KnownHead): boolean {
  return a.size === b.size && a.root === b.root
}

const ROOT_DIGITS = 16

function shortRoot({ root }: KnownHead): string {
  return root === '' ? 'unknown' : root.slice(0, ROOT_DIGITS)
}

/** What was found, in one sentence in ASCII. */
export function describeAlarm({ kind, known, met }: LogAlarm): string {
  switch (kind) {
    case 'rollback':
      return `The stored log ends at record ${met.size}, but ${known.size} records were there: records were removed or lost`
    case 'fork':
      return `The stored log is not the one that was seen: of ${known.size} records the root was ${shortRoot(known)}, and of ${met.size} it is now ${shortRoot(met)}`
    case 'signature':
      return `The stored log of ${met.size} records is not signed by the key that signed it before`
    case 'mark':
      return `Record ${known.size} claims to be signed by you, and is not, or is about another log`
    case 'marksMissing':
      return `You signed this log ${known.size} times, and it shows ${met.size}: records were removed or replaced`
    case 'record':
      return `Record ${known.size} was replaced by another`
  }
}

const WHAT_TO_DO =
  'Do not trust what is shown until you know why; what to do is in docs/operations.md, "When the log is not the one it was"'

/** For the replies of mail protocols, in ASCII and under 450 bytes; null if there is no alarm. */
export function describeAlarms(alarms: readonly LogAlarm[]): string | null {
  const last = alarms.at(-1)
  if (last === undefined) return null
  const more = alarms.length > 1 ? ` (and ${alarms.length - 1} more)` : ''
  const found = `Found ${new Date(last.found).toISOString()}${more}`
  return `This mail store may have been tampered with. ${describeAlarm(last)}. ${found}. ${WHAT_TO_DO}`
}
