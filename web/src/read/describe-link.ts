// What there is to say of a link before it is followed.

interface WebLink {
  readonly kind: 'web'
  readonly href: string
  /** As the browser will connect to it: names in other scripts are in the form that cannot deceive. */
  readonly host: string
  readonly isEncrypted: boolean
  /** The host that the link's own words name, if it is another one. */
  readonly claims: string | null
  /** Parameters that tell who follows the link. */
  readonly tracking: readonly string[]
}

export type Link = WebLink | { readonly kind: 'mail'; readonly address: string }

const TRACKING =
  /^(?:utm_\w+|fbclid|gclid|mc_[ce]id|_hs(?:enc|mi)|mkt_tok|vero_id|oly_(?:enc|anon)_id|igshid|s_cid|trk|wickedid)$/i
const HOST_IN_WORDS = /^(?:https?:\/\/)?((?:[\w-]{1,63}\.){1,8}[a-z]{2,24})(?:[/?#:].*)?$/i

/** Null for what cannot be followed. */
export function describeLink(href: string, words: string): Link | null {
  let url: URL
  try {
    url = new URL(href)
  } catch {
    return null
  }
  if (url.protocol === 'mailto:') {
    const address = decodeURIComponentSafely(url.pathname).split(',')[0]?.trim() ?? ''
    return address.includes('@') ? { kind: 'mail', address } : null
  }
  if ((url.protocol !== 'https:' && url.protocol !== 'http:') || url.hostname === '') return null
  // A name and password before the host are there to be taken for it.
  url.username = ''
  url.password = ''
  const named = HOST_IN_WORDS.exec(words.trim())?.[1]?.toLowerCase()
  const isSame = named === undefined || bare(named) === bare(url.hostname)
  return {
    kind: 'web',
    href: url.href,
    host: url.host,
    isEncrypted: url.protocol === 'https:',
    claims: isSame ? null : (named ?? null),
    tracking: [...new Set([...url.searchParams.keys()].filter((key) => TRACKING.test(key)))],
  }
}

function bare(host: string): string {
  return host.replace(/^www\./, '')
}

function decodeURIComponentSafely(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
