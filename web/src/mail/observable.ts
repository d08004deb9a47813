// Something that tells when it has changed. Who listens is told once for all changes of a moment, and reads what it wants itself.

import { useSyncExternalStore } from 'react'

export class Observable {
  #version = 0
  #isTelling = false
  readonly #listeners = new Set<() => void>()

  get version(): number {
    return this.#version
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  protected changed(): void {
    this.#version++
    if (this.#isTelling) return
    this.#isTelling = true
    queueMicrotask(() => {
      this.#isTelling = false
      for (const listener of this.#listeners) listener()
    })
  }
}

/** Renders again whenever it changes; its version, for what depends on its content. */
export function useObserved(observable: Observable): number {
  return useSyncExternalStore(observable.subscribe, () => observable.version)
}
