// Until when a certificate is valid.

import { X509Certificate } from 'node:crypto'

/** Milliseconds since the Unix epoch, of the first certificate in the PEM; null if it is none. */
export function certificateEnd(pem: string): number | null {
  try {
    return new X509Certificate(pem).validToDate.getTime()
  } catch {
    return null
  }
}
