// Results of recent queries, for a client that pages through one or asks again. Each is of one moment of the account.

const RESULTS_MAX = 8

export interface QueryResult {
  /** In the order of the query. */
  readonly ids: Uint32Array
  readonly modseq: number
}

export class QueryCache {
  readonly #results = new Map<string, QueryResult>()

  /** Null unless it is still what the query would give. */
  get(key: string, modseq: number): QueryResult | null {
    const result = this.#results.get(key)
    if (result === undefined) return null
    this.#results.delete(key)
    if (result.modseq !== modseq) return null
    this.#results.set(key, result)
    return result
  }

  put(key: string, result: QueryResult): void {
    this.#results.delete(key)
    this.#results.set(key, result)
    for (const [oldest] of this.#results) {
      if (this.#results.size <= RESULTS_MAX) break
      this.#results.delete(oldest)
    }
  }
}
