// The sorts of clients that come together in one mailbox. A server that cannot serve a kind gets a plainer one in its place.

export interface Kind {
  readonly name: string
  /** Capabilities without which it is not this kind. */
  readonly needs: readonly string[]
  readonly enables: readonly string[]
  /** Its SELECT has CONDSTORE, and it stores conditionally. */
  readonly usesModseq?: true
  readonly usesQresync?: true
  readonly usesUidsOnly?: true
  readonly idles?: true
  readonly isNotified?: true
  /** SEARCH with RETURN, and searches that go on. */
  readonly usesContext?: true
}

const PLAIN: Kind = { name: 'plain', needs: [], enables: [] }

const wanted: readonly Kind[] = [
  PLAIN,
  { ...PLAIN, idles: true, name: 'idle' },
  { name: 'condstore', needs: ['CONDSTORE'], enables: [], usesModseq: true },
  { name: 'condstore', needs: ['CONDSTORE', 'ENABLE'], enables: ['CONDSTORE'], usesModseq: true, idles: true },
  { name: 'qresync', needs: ['QRESYNC', 'ENABLE'], enables: ['QRESYNC'], usesModseq: true, usesQresync: true },
  { name: 'qresync', needs: ['QRESYNC', 'ENABLE'], enables: ['QRESYNC'], usesModseq: true, usesQresync: true, idles: true }, // prettier-ignore
  { name: 'notify', needs: ['NOTIFY'], enables: [], isNotified: true },
  { name: 'uidonly', needs: ['UIDONLY', 'ENABLE'], enables: ['UIDONLY'], usesUidsOnly: true, idles: true },
  { name: 'rev2', needs: ['IMAP4rev2', 'ENABLE'], enables: ['IMAP4rev2'], usesContext: true },
  { name: 'context', needs: ['CONTEXT=SEARCH', 'ESEARCH'], enables: [], usesContext: true },
]

/** `without`: kinds that are left out, as the server does not bear them. */
export function kindsFor(capabilities: ReadonlySet<string>, without: readonly string[]): readonly Kind[] {
  const canServe = ({ name, needs }: Kind): boolean =>
    !without.includes(name) && needs.every((need) => capabilities.has(need.toUpperCase()))
  return wanted.map((kind) => (canServe(kind) ? kind : PLAIN))
}
