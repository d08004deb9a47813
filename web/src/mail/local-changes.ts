// Which e-mails were changed here, and when: an answer of the server to what was asked before a change was through does not know of it, and must
// not take it back on the page.

import type { Id } from '#web/jmap/types.ts'

export class LocalChanges {
  readonly #ended = new Map<Id, number>()
  readonly #underWay = new Map<Id, number>()
  #sequence = 0

  /** To be noted when something is asked for, and given with its answer. */
  get sequence(): number {
    return this.#sequence
  }

  begin(ids: Iterable<Id>): void {
    for (const id of ids) this.#underWay.set(id, (this.#underWay.get(id) ?? 0) + 1)
  }

  /** Of a change that was begun: the server has answered, or cannot be reached. */
  end(ids: Iterable<Id>): void {
    this.#sequence++
    for (const id of ids) {
      this.#ended.set(id, this.#sequence)
      const left = (this.#underWay.get(id) ?? 0) - 1
      if (left > 0) this.#underWay.set(id, left)
      else this.#underWay.delete(id)
    }
  }

  isNewer(id: Id, asked: number): boolean {
    return this.#underWay.has(id) || (this.#ended.get(id) ?? 0) > asked
  }

  newerThan(asked: number): Id[] {
    return [...new Set([...this.#underWay.keys(), ...this.#ended.keys()])].filter((id) => this.isNewer(id, asked))
  }
}
