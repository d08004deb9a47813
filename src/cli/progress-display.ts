// How far long work is, for whoever waits for it: a line that is drawn again and again in a terminal, a line now and then where the output goes
// somewhere else, or one of JSON each time for programs.

import { formatDuration } from './output.ts'

export interface DisplayedProgress {
  /** What is done now, in a few words: `Reading the journal`. */
  readonly what: string
  /** What counts, in the plural. */
  readonly unit: string
  readonly done: number
  readonly total: number
  /** Null while nobody can tell. */
  readonly perSecond: number | null
  readonly secondsLeft: number | null
}

export interface DisplayParts {
  readonly kind: 'terminal' | 'plain' | 'json'
  readonly write: (text: string) => void
  /** Milliseconds from some start. */
  readonly monotonic: () => number
  /** Characters in a line of the terminal. */
  readonly columns: () => number
}

const BAR_MAX = 40
const BAR_MIN = 10
const TERMINAL_MS = 100
const PLAIN_MS = 10_000
/** What is over sooner is not told of. */
const PLAIN_FIRST_MS = 2_000
const JSON_MS = 1_000
const CLEAR_LINE = '\r\u001b[K'

export class ProgressDisplay {
  readonly #parts: DisplayParts
  #shown: { readonly what: string; readonly ms: number; readonly isComplete: boolean } | null = null
  #begun: number | null = null

  constructor(parts: DisplayParts) {
    this.#parts = parts
  }

  /** May be told as often as it likes. */
  tell(progress: DisplayedProgress): void {
    const { kind, write, monotonic } = this.#parts
    const { what, done, total } = progress
    const spacing = { terminal: TERMINAL_MS, plain: PLAIN_MS, json: JSON_MS }[kind]
    const shown = this.#shown
    const ms = monotonic()
    this.#begun ??= ms
    if (kind === 'plain' && ms - this.#begun < PLAIN_FIRST_MS) return
    const isComplete = done >= total
    const isNew = shown?.what !== what || (isComplete && !shown.isComplete)
    if (!isNew && ms - shown.ms < spacing) return
    this.#shown = { what, ms, isComplete }
    if (kind === 'json') return write(`${JSON.stringify({ progress: rounded(progress) })}\n`)
    if (kind === 'plain') return write(`${this.#text(progress)}\n`)
    write(`${CLEAR_LINE}${this.#line(progress)}`)
  }

  /** What follows is on a line of its own. */
  end(): void {
    if (this.#shown !== null && this.#parts.kind === 'terminal') this.#parts.write(CLEAR_LINE)
    this.#shown = null
    this.#begun = null
  }

  #line(progress: DisplayedProgress): string {
    const text = this.#text(progress)
    const width = Math.min(BAR_MAX, this.#parts.columns() - text.length - 4)
    if (width < BAR_MIN) return text.slice(0, this.#parts.columns() - 1)
    const filled = Math.floor(width * fraction(progress))
    return `[${'#'.repeat(filled)}${'.'.repeat(width - filled)}] ${text}`
  }

  #text({ what, unit, ...progress }: DisplayedProgress): string {
    const { done, total, perSecond, secondsLeft } = progress
    const percent = `${Math.floor(100 * fraction(progress))} %`
    const rate = perSecond === null ? '' : `, ${grouped(perSecond)}/s`
    const left = secondsLeft === null || done >= total ? '' : `, ${formatDuration(secondsLeft * 1_000)} left`
    return `${what}: ${grouped(done)} of ${grouped(total)} ${unit} (${percent})${rate}${left}`
  }
}

function fraction({ done, total }: Pick<DisplayedProgress, 'done' | 'total'>): number {
  return total === 0 ? 1 : Math.min(1, done / total)
}

function rounded({ what, unit, done, total, perSecond, secondsLeft }: DisplayedProgress): DisplayedProgress {
  return { what, unit, done, total, perSecond: whole(perSecond), secondsLeft: whole(secondsLeft) }
}

function whole(number: number | null): number | null {
  return number === null ? null : Math.round(number)
}

/** Thousands apart. */
function grouped(count: number): string {
  return String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, ',')
}
