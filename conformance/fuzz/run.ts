// The loop: inputs that run code that did not run before become the stuff that further ones are made of.

import { Random } from '../../sim/random.ts'
import { Coverage, type Places } from './coverage.ts'
import { Mutator, firstInputs, wordsOf } from './mutate.ts'
import { Target, type MakeReader, realReader } from './target.ts'

/** One look at the coverage for so many inputs. */
const BATCH = 4_000
const CUTS_MAX = 6

export interface FuzzOptions {
  readonly seed: number
  readonly inputs: number
  readonly makeReader?: MakeReader
  /** Called now and then. */
  progress?(state: Fuzzed): void
}

export interface Fuzzed {
  readonly inputs: number
  /** Commands that were well-formed, of all that were read. */
  readonly parsed: number
  readonly corpus: number
  /** Characters of src/imap that ran. */
  readonly covered: number
  /** Of functions whose name begins with parse. */
  readonly parsers: { readonly all: number; readonly left: readonly string[] }
  /** The first input that did not do as it should, and how. */
  readonly problem: { readonly input: string; readonly why: string } | null
}

export function fuzz({ seed, inputs, makeReader = realReader, progress }: FuzzOptions): Fuzzed {
  const random = new Random(seed)
  const target = new Target(makeReader)
  const first = firstInputs()
  const corpus = [...first]
  const mutator = new Mutator(random, wordsOf(corpus))
  using coverage = new Coverage((url) => url.includes('/src/imap/') && !url.includes('.test'))
  let done = 0
  const told = (problem: Fuzzed['problem']): Fuzzed => ({
    inputs: done,
    parsed: target.parsed,
    corpus: corpus.length,
    covered: coverage.count,
    parsers: coverage.functions(/ parse/),
    problem,
  })
  let batch = first
  // Most inputs are malformed, and where the parser noticed it is of no interest.
  const { stackTraceLimit } = Error
  using stack = new DisposableStack()
  stack.defer(() => void (Error.stackTraceLimit = stackTraceLimit))
  Error.stackTraceLimit = 0
  while (done < inputs) {
    for (const input of batch) {
      const why = problemOf(target, input, cutsFor(input, random))
      done++
      if (why !== null) return told({ input: JSON.stringify(input.toString('latin1')), why })
    }
    const added = coverage.look()
    // The first ones are there already.
    if (done > first.length) corpus.push(...whichDid(target, batch, coverage, added))
    batch = Array.from({ length: Math.min(BATCH, inputs - done) }, () => mutator.next(corpus))
    if (progress !== undefined) progress(told(null))
  }
  return told(null)
}

function cutsFor(input: Buffer, random: Random): readonly number[] {
  const cuts = Array.from({ length: 1 + random.below(CUTS_MAX) }, () => random.below(input.length + 1))
  return cuts.sort((left, right) => left - right)
}

/** Null if nothing is wrong. */
function problemOf(target: Target, input: Buffer, cuts: readonly number[]): string | null {
  try {
    const whole = target.run(input)
    const cut = target.run(input, cuts)
    return whole === cut ? null : `cut at ${cuts.join(', ')} it is ${cut}, whole ${whole}`
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error)
  }
}

/** V8 does not say which input it was: halves of the batch are run again until it is known. */
function whichDid(target: Target, batch: readonly Buffer[], coverage: Coverage, places: Places): readonly Buffer[] {
  if (places.size === 0 || batch.length === 0) return []
  if (batch.length === 1) return batch
  const half = batch.slice(0, batch.length >>> 1)
  for (const input of half) target.run(input)
  const early = coverage.ran(places)
  return [
    ...whichDid(target, half, coverage, early),
    ...whichDid(target, batch.slice(half.length), coverage, places.difference(early)),
  ]
}
