// A time at which something changed, and what.

const COUNT_WORDS = {
  delivered: 'came',
  filed: 'filed',
  restored: 'restored',
  copied: 'copied',
  moved: 'moved',
  flagged: 'flagged',
  removed: 'deleted',
  mailboxes: 'changes of mailboxes',
  settings: 'settings changed',
} as const

export interface Point {
  readonly record: number
  readonly from: string
  readonly to: string
  readonly counts: Readonly<Record<keyof typeof COUNT_WORDS, number>>
}

/** `5 came, 2 deleted`. */
export function countsInWords(counts: Point['counts']): string {
  const kinds = Object.keys(COUNT_WORDS) as (keyof typeof COUNT_WORDS)[]
  return kinds
    .filter((kind) => counts[kind] > 0)
    .map((kind) => `${counts[kind]} ${COUNT_WORDS[kind]}`)
    .join(', ')
}
