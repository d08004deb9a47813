// Which characters of the sources have been run, by V8's own precise coverage of blocks. What one look costs does not depend on how much ran before
// it, so that many inputs share one.

import inspector from 'node:inspector'

/** Script and position. */
export type Places = ReadonlySet<string>

export class Coverage implements Disposable {
  readonly #session = new inspector.Session()
  readonly #isWatched: (url: string) => boolean
  /** Of each script: characters that ran. */
  readonly #covered = new Map<string, Uint8Array>()
  readonly #names = new Map<string, boolean>()
  count = 0

  /** Of scripts whose address is watched. */
  constructor(isWatched: (url: string) => boolean) {
    this.#isWatched = isWatched
    this.#session.connect()
    this.#session.post('Profiler.enable')
    this.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
    this.look()
  }

  /** What ran since the last look, and never before that. */
  look(): Places {
    const added = new Set<string>()
    this.#take((url, now) => {
      const covered = this.#grown(url, now.length)
      for (let at = 0; at < now.length; at++) {
        if (now[at] === 0 || covered[at] === 1) continue
        covered[at] = 1
        this.count++
        added.add(`${url} ${at}`)
      }
    })
    return added
  }

  /** Those of the places that ran since the last look. */
  ran(places: Places): Places {
    const found = new Set<string>()
    const byUrl = Map.groupBy(places, (place) => place.slice(0, place.lastIndexOf(' ')))
    this.#take((url, now) => {
      for (const place of byUrl.get(url) ?? []) if (now[Number(place.slice(url.length + 1))] === 1) found.add(place)
    })
    return found
  }

  /** Functions whose name matches: how many there are, and which never ran. */
  functions(pattern: RegExp): { readonly all: number; readonly left: readonly string[] } {
    const named = [...this.#names].filter(([name]) => pattern.test(name))
    return { all: named.length, left: named.filter(([, hasRun]) => !hasRun).map(([name]) => name) }
  }

  #grown(url: string, length: number): Uint8Array {
    const covered = this.#covered.get(url)
    if (covered !== undefined && covered.length >= length) return covered
    const grown = new Uint8Array(length)
    grown.set(covered ?? [])
    this.#covered.set(url, grown)
    return grown
  }

  #take(each: (url: string, now: Uint8Array) => void): void {
    this.#session.post('Profiler.takePreciseCoverage', (error, taken) => {
      if (error !== null) throw error
      for (const { url, functions } of taken.result)
        if (this.#isWatched(url)) each(url, this.#characters(url, functions))
    })
  }

  /** 1 where a character ran. */
  #characters(url: string, functions: readonly inspector.Profiler.FunctionCoverage[]): Uint8Array {
    const length = Math.max(0, ...functions.flatMap(({ ranges }) => ranges.map(({ endOffset }) => endOffset)))
    // Outer ranges come first: what is inside is more exact.
    const now = new Uint8Array(length)
    for (const { functionName, ranges } of functions) {
      const [whole] = ranges
      if (whole === undefined) continue
      if (functionName !== '') {
        const name = `${url.slice(url.lastIndexOf('/') + 1)} ${functionName}`
        this.#names.set(name, this.#names.get(name) === true || whole.count > 0)
      }
      for (const { startOffset, endOffset, count } of ranges) now.fill(count > 0 ? 1 : 0, startOffset, endOffset)
    }
    return now
  }

  [Symbol.dispose](): void {
    this.#session.post('Profiler.stopPreciseCoverage')
    this.#session.disconnect()
  }
}
