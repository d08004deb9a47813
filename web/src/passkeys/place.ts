// Whether passkeys can be used at this page's address: browsers bind them to a host name, never to an IP address, and want TLS or `localhost`.

export type PasskeyPlace =
  | { readonly kind: 'works' }
  /** An IP address; `url` is where the same page has a name, if that is known. */
  | { readonly kind: 'address'; readonly url: string | null }
  /** The browser has none. */
  | { readonly kind: 'browser' }

const LOOPBACK = /^127\.\d+\.\d+\.\d+$|^\[::1\]$/
const ADDRESS = /^[\d.]+$|^\[/

export function passkeyPlace(
  { protocol, hostname, port }: Pick<URL, 'protocol' | 'hostname' | 'port'>,
  hasPasskeys: boolean,
): PasskeyPlace {
  if (ADDRESS.test(hostname)) {
    const url = `${protocol}//localhost${port === '' ? '' : `:${port}`}/`
    return { kind: 'address', url: LOOPBACK.test(hostname) ? url : null }
  }
  return { kind: hasPasskeys ? 'works' : 'browser' }
}
