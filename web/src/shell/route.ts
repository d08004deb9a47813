// Where the page is, as the fragment of its address has it.

export type Route =
  | { readonly kind: 'mailbox'; readonly mailbox: string | null; readonly thread: string | null }
  | { readonly kind: 'search'; readonly text: string; readonly thread: string | null }
  | { readonly kind: 'settings' }
  | { readonly kind: 'past' }
  | { readonly kind: 'recovery' }
  | { readonly kind: 'passwords' }

const OWN_PAGES = ['settings', 'past', 'recovery', 'passwords'] as const

type OwnPageKind = (typeof OWN_PAGES)[number]

/** Pages of their own have no list. */
export function isOwnPage(route: Route): route is Extract<Route, { kind: OwnPageKind }> {
  return OWN_PAGES.some((kind) => kind === route.kind)
}

export function parseRoute(fragment: string): Route {
  const [kind = '', first = '', second] = fragment.replace(/^#\/?/, '').split('/').map(decode)
  const thread = second === undefined || second === '' ? null : second
  if (kind === 'in' && first !== '') return { kind: 'mailbox', mailbox: first, thread }
  if (kind === 'search' && first !== '') return { kind: 'search', text: first, thread }
  if (kind === 'settings') return { kind: 'settings' }
  if (kind === 'past') return { kind: 'past' }
  if (kind === 'recovery') return { kind: 'recovery' }
  if (kind === 'passwords') return { kind: 'passwords' }
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
    case 'past':
      return '#/past'
    case 'recovery':
      return '#/recovery'
    case 'passwords':
      return '#/passwords'
  }
}
