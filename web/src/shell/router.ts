// Where the page is, in the fragment of its address, so that back, forward and bookmarks work and the server never sees it.

import { Observable } from '#web/mail/observable.ts'

export type Route =
  | { readonly kind: 'mailbox'; readonly mailbox: string | null; readonly thread: string | null }
  | { readonly kind: 'search'; readonly text: string; readonly thread: string | null }
  | { readonly kind: 'settings' }

export function parseRoute(fragment: string): Route {
  const [kind = '', first = '', second] = fragment.replace(/^#\/?/, '').split('/').map(decode)
  const thread = second === undefined || second === '' ? null : second
  if (kind === 'in' && first !== '') return { kind: 'mailbox', mailbox: first, thread }
  if (kind === 'search' && first !== '') return { kind: 'search', text: first, thread }
  if (kind === 'settings') return { kind: 'settings' }
  return { kind: 'mailbox', mailbox: null, thread: null }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return ''
  }
}

export function formatRoute(route: Route): string {
  const tail = 'thread' in route && route.thread !== null ? `/${encodeURIComponent(route.thread)}` : ''
  switch (route.kind) {
    case 'mailbox':
      return route.mailbox === null ? '#/' : `#/in/${encodeURIComponent(route.mailbox)}${tail}`
    case 'search':
      return `#/search/${encodeURIComponent(route.text)}${tail}`
    case 'settings':
      return '#/settings'
  }
}

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
