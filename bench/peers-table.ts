// The table of `npm run bench peers`: one row for each measure, with the best of the peers that the target names.

import { type Measure, median } from './measure.ts'

/** One measure on one server: a value for each run, and the CPU time of each for one operation. */
export interface Measured {
  readonly name: string
  readonly values: readonly number[]
  readonly cpuMs: readonly number[]
  /** What went wrong, if something did: then the values say nothing. */
  readonly failure: string | null
}

export interface Outcome {
  readonly measure: string
  readonly result: 'met' | 'missed' | 'failed' | 'not compared'
  readonly text: string
}

const SUBJECT = 'Mailkeep'

const columns: readonly (readonly [title: string, width: number])[] = [
  ['measure', 50],
  [SUBJECT, 13],
  ['best peer', 22],
  ['ratio [of the runs]', 24],
  ['target', 8],
  ['met', 5],
  ['CPU/op', 10],
  ['peer’s', 10],
]

function line(cells: readonly string[]): string {
  return columns
    .map(([, width], at) => (at === 0 ? (cells[at] ?? '').padEnd(width) : (cells[at] ?? '').padStart(width)))
    .join(' ')
}

export const heading = `${line(columns.map(([title]) => title))}\n${'-'.repeat(columns.reduce((sum, [, width]) => sum + width + 1, -1))}`

export function rowOf(measure: Measure, measured: readonly Measured[]): Outcome {
  const named = `${measure.name}: ${measure.title}`
  const notes = measured
    .filter(({ failure }) => failure !== null)
    .map(({ name, failure }) => `\n    ${name} failed: ${failure}`)
    .join('')
  const own = measured.find(({ name }) => name === SUBJECT)
  if (own === undefined || own.failure !== null) {
    const why = own === undefined ? 'not offered' : 'failed'
    return {
      measure: measure.name,
      result: own === undefined ? 'not compared' : 'failed',
      text: `${line([named, why])}${notes}${others(measure, measured, [])}`,
    }
  }
  const peer = bestPeer(measure, measured)
  const ratios = peer === null ? [] : own.values.map((value, run) => value / (peer.values[run] as number))
  const result = judged(measure, own, ratios)
  const cells = [
    named,
    figure(median(own.values), measure.unit),
    peer === null ? '–' : `${figure(median(peer.values), measure.unit)} ${peer.name}`,
    ratios.length === 0
      ? '–'
      : `${ratio(median(ratios))} [${ratio(Math.min(...ratios))}..${ratio(Math.max(...ratios))}]`,
    targetText(measure),
    { met: 'yes', missed: 'NO', failed: '?', 'not compared': '–' }[result],
    cpuText(own),
    peer === null ? '–' : cpuText(peer),
  ]
  const isFailed = notes !== ''
  return {
    measure: measure.name,
    result: isFailed ? 'failed' : result,
    text: `${line(cells)}${notes}${others(measure, measured, [own, ...(peer === null ? [] : [peer])])}`,
  }
}

/** Of those that the target names; of all where its limit is Mailkeep's own. */
function bestPeer({ target, better }: Measure, measured: readonly Measured[]): Measured | null {
  const candidates = measured.filter(
    ({ name, failure }) =>
      failure === null && (target.kind === 'absolute' ? name !== SUBJECT : target.to.includes(name)),
  )
  const sign = better === 'more' ? -1 : 1
  return candidates.sort((left, right) => sign * (median(left.values) - median(right.values)))[0] ?? null
}

function judged({ target, better }: Measure, own: Measured, ratios: readonly number[]): Outcome['result'] {
  if (target.kind === 'none' || (target.kind === 'ratio' && ratios.length === 0)) return 'not compared'
  const value = target.kind === 'absolute' ? median(own.values) : median(ratios)
  return (better === 'more' ? value >= target.limit : value <= target.limit) ? 'met' : 'missed'
}

/** What the other servers did, below the row. */
function others(measure: Measure, measured: readonly Measured[], shown: readonly Measured[]): string {
  const rest = measured.filter((one) => one.failure === null && one.values.length > 0 && !shown.includes(one))
  if (rest.length === 0) return ''
  const texts = rest.map((one) => `${one.name} ${figure(median(one.values), measure.unit)}, ${cpuText(one)}`)
  return `\n    ${texts.join('; ')}`
}

export function summary(outcomes: readonly Outcome[]): string {
  const named = (result: Outcome['result']): string =>
    outcomes
      .filter((outcome) => outcome.result === result)
      .map(({ measure }) => measure)
      .join(', ')
  const met = outcomes.filter(({ result }) => result === 'met').length
  const parts = [`${met} targets met`]
  for (const result of ['missed', 'failed', 'not compared'] as const) {
    const names = named(result)
    if (names !== '' || result === 'missed') parts.push(`${result}: ${names === '' ? 'none' : names}`)
  }
  return `\n${parts.join('; ')}`
}

function targetText({ target, better }: Measure): string {
  if (target.kind === 'none') return '–'
  return `${better === 'more' ? '≥' : '≤'} ${target.limit}`
}

function cpuText({ cpuMs }: Measured): string {
  if (cpuMs.length === 0) return '–'
  const ms = median(cpuMs)
  return ms < 0.1 ? `${significant(ms * 1000)} µs` : `${significant(ms)} ms`
}

function figure(value: number, unit: Measure['unit']): string {
  return unit === '/s' ? `${significant(value)}/s` : `${significant(value)} ${unit}`
}

function ratio(value: number): string {
  return value < 0.1 ? value.toFixed(4) : value.toFixed(2)
}

/** Three digits that count; thousands as `12.3 k`. */
function significant(value: number): string {
  if (value >= 1e6) return `${(value / 1e6).toFixed(2)} M`
  if (value >= 1e4) return `${(value / 1e3).toFixed(value >= 1e5 ? 0 : 1)} k`
  return value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : 2)
}
