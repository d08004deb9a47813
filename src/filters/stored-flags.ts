// IMAP's flags as the account keeps them (docs/formats/journal.md §3): `\Seen` is `$seen`, keywords in lower case, and `\Deleted` belongs to a
// membership.

const SYSTEM: ReadonlyMap<string, string> = new Map([
  ['\\seen', '$seen'],
  ['\\answered', '$answered'],
  ['\\flagged', '$flagged'],
  ['\\draft', '$draft'],
])
/** RFC 8621 §4.1.1: names that stand for the system's flags, and are no keywords. */
const RESERVED: ReadonlySet<string> = new Set(SYSTEM.values())
const KEYWORDS_MAX = 100

export interface StoredFlags {
  /** Sorted, each once. */
  readonly keywords: readonly string[]
  readonly deleted: boolean
}

export function storedFlags(flags: readonly string[]): StoredFlags {
  const names = new Set<string>()
  let deleted = false
  for (const flag of flags) {
    const lower = flag.toLowerCase()
    const system = SYSTEM.get(lower)
    if (lower === '\\deleted') deleted = true
    else if (system !== undefined) names.add(system)
    else if (!lower.startsWith('\\') && !RESERVED.has(lower)) names.add(lower)
  }
  return { keywords: [...names].sort().slice(0, KEYWORDS_MAX), deleted }
}
