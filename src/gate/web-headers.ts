// What the gate sends with every HTTP response, and for whom it answers at all.

/** The pages' own rules (CSP level 3): nothing but what this server gives, no scripts or styles within a page, no frames of others. */
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob: data:",
  "font-src 'self'",
  "connect-src 'self'",
  "frame-src 'self'",
  "manifest-src 'self'",
  "form-action 'none'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  'trusted-types dompurify',
].join('; ')

/**
 * For the page in which mail is shown: no origin, which may ask for nothing and open nothing. Styles of messages may stand within it; pictures are
 * given to it as data.
 */
const FRAME_POLICY = [
  'sandbox allow-scripts',
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'unsafe-inline'",
  'img-src data: blob:',
  "form-action 'none'",
  "base-uri 'none'",
  "frame-ancestors 'self'",
  "require-trusted-types-for 'script'",
  'trusted-types dompurify',
].join('; ')

const COMMON = {
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), microphone=(), geolocation=(), payment=(), usb=()',
} as const

export function pageHeaders(isTls: boolean): Record<string, string> {
  return {
    ...COMMON,
    'Content-Security-Policy': PAGE_POLICY,
    'Cross-Origin-Resource-Policy': 'same-origin',
    ...(isTls ? { 'Strict-Transport-Security': 'max-age=31536000' } : {}),
  }
}

export function frameHeaders(): Record<string, string> {
  return { ...COMMON, 'Content-Security-Policy': FRAME_POLICY, 'Cross-Origin-Resource-Policy': 'same-origin' }
}

/** The frame's own script: to a page without an origin, everything is of another one. */
export function frameScriptHeaders(isTls: boolean): Record<string, string> {
  return { ...pageHeaders(isTls), 'Cross-Origin-Resource-Policy': 'cross-origin' }
}

/** For what is no page: it must never be taken for one. */
export function dataHeaders(isTls: boolean): Record<string, string> {
  return {
    ...pageHeaders(isTls),
    'Content-Security-Policy': "default-src 'none'; sandbox; frame-ancestors 'none'",
    'Cache-Control': 'no-store',
  }
}

const IPV4 = /^\d{1,3}(?:\.\d{1,3}){3}$/

/**
 * Whether a request's Host is this server. A page of somebody else's whose name was made to lead here (DNS rebinding) names that.
 */
export function isOurHost(host: string | null, hostname: string): boolean {
  if (host === null) return false
  const name = host.replace(/:\d{1,5}$/, '').toLowerCase()
  return name === hostname.toLowerCase() || name === 'localhost' || IPV4.test(name) || /^\[[0-9a-f:.]+\]$/.test(name)
}
