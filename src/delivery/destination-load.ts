// How many deliveries each destination has under way, and for which ones to wait: a destination that nobody could talk to is left alone for a
// while, longer each time, and then tried with one delivery, so that a dead server does not cost a connection for every message to it.

const FIRST_REST_MS = 60_000
const LONGEST_REST_MS = 30 * 60_000
/** What is known of a destination is forgotten this long after its rest. */
const REMEMBERED_MS = 60 * 60_000
const KNOWN_MAX = 10_000

interface Load {
  running: number
  /** In a row. */
  failures: number
  restsUntil: number
}

export class DestinationLoad {
  readonly #loads = new Map<string, Load>()

  /** 0 if it may be tried. */
  restsUntil(key: string, now: number): number {
    const until = this.#loads.get(key)?.restsUntil ?? 0
    return until > now ? until : 0
  }

  /** Nobody rests any more. */
  wake(): void {
    for (const load of this.#loads.values()) load.restsUntil = 0
  }

  mayBegin(key: string, atATime: number, now: number): boolean {
    const load = this.#loads.get(key)
    if (load === undefined) return true
    return load.restsUntil <= now && load.running < (load.failures > 0 ? 1 : atATime)
  }

  begin(key: string): void {
    const load = this.#loads.get(key)
    if (load === undefined) this.#loads.set(key, { running: 1, failures: 0, restsUntil: 0 })
    else load.running++
  }

  /** `down`: nobody there could be talked to. */
  end(key: string, down: boolean, now: number): void {
    const load = this.#loads.get(key)
    if (load === undefined) return
    load.running--
    if (down) {
      load.restsUntil = now + Math.min(FIRST_REST_MS * 2 ** load.failures, LONGEST_REST_MS)
      load.failures++
    } else load.failures = 0
    if (load.running === 0 && load.failures === 0) this.#loads.delete(key)
    if (this.#loads.size > KNOWN_MAX) this.#forget(now)
  }

  #forget(now: number): void {
    for (const [key, { running, restsUntil }] of this.#loads) {
      if (running === 0 && restsUntil + REMEMBERED_MS < now) this.#loads.delete(key)
    }
  }
}
