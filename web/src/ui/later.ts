// Parts of the page that are not there at its start. They come as soon as there is nothing else to do, not when they are first wanted: a window
// that asks whether to leave without a connection cannot be fetched then.

import { type ComponentType, type LazyExoticComponent, lazy } from 'react'

type Load<P> = () => Promise<{ readonly default: ComponentType<P> }>

const loads = new Set<() => Promise<unknown>>()

export function later<P>(load: Load<P>): LazyExoticComponent<ComponentType<P>> {
  loads.add(load)
  return lazy(load)
}

/** One after the other. What does not come now is asked for again when it is wanted. */
export async function loadRest(): Promise<void> {
  for (const load of loads) {
    loads.delete(load)
    await load().catch(() => {})
  }
}
