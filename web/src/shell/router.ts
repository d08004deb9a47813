// Where the page is, in the fragment of its address, so that back, forward and bookmarks work and the server never sees it.

import { Observable } from '#web/mail/observable.ts'
import { type Route, formatRoute, parseRoute } from './route.ts'

export class Router extends Observable {
  #route = parseRoute(location.hash)
  readonly #abort = new AbortController()

  constructor() {
    super()
    addEventListener('hashchange', () => this.#read(), { signal: this.#abort.signal })
  }

  get route(): Route {
    return this.#route
  }

  #read(): void {
    this.#route = parseRoute(location.hash)
    this.changed()
  }

  /** `replace`: without a new step in the history. */
  go(route: Route, replace = false): void {
    const fragment = formatRoute(route)
    if (fragment === location.hash) return
    if (replace) history.replaceState(null, '', fragment)
    else history.pushState(null, '', fragment)
    this.#read()
  }

  /** To the list, from what is open. */
  closeThread(): void {
    if ('thread' in this.#route && this.#route.thread !== null) this.go({ ...this.#route, thread: null })
  }

  stop(): void {
    this.#abort.abort()
  }
}
