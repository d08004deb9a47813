// The files of the webmail, read once at start: few, and not large. Names with a hash in them are kept by browsers for ever, others are asked for
// again. Each is there as it is and, from when somebody takes it so, compressed.

import path from 'node:path'
import { sha256 } from '#crypto/hash.ts'
import { filesBelow, readFileOrNull } from '#platform/files.ts'
import { gzip } from '#platform/compression.ts'

export interface WebPage {
  readonly contentType: string
  readonly etag: string
  /** Its name says what is in it. */
  readonly isImmutable: boolean
  readonly bytes: Buffer
  /** Null where that saves nothing. */
  gzipped(): Buffer | null
}

const FILE_BYTES_MAX = 16 * 1024 * 1024
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.txt': 'text/plain; charset=utf-8',
}
const COMPRESSED = /^(?:text\/|application\/json|application\/manifest|image\/svg)/
const HASHED = /-[\w-]{8,}\.\w+$/

/** By path of the URL. Empty if the pages were not built. */
export function loadWebPages(directory: string): ReadonlyMap<string, WebPage> {
  const pages = new Map<string, WebPage>()
  for (const file of filesBelow(directory)) {
    const contentType = TYPES[path.extname(file)]
    const bytes = contentType === undefined ? null : readFileOrNull(path.join(directory, file), FILE_BYTES_MAX)
    if (contentType === undefined || bytes === null) continue
    const page: WebPage = {
      contentType,
      etag: `"${sha256(bytes).toString('base64url').slice(0, 22)}"`,
      isImmutable: HASHED.test(file),
      bytes,
      gzipped: COMPRESSED.test(contentType) ? onceGzipped(bytes) : () => null,
    }
    pages.set(`/${file}`, page)
    if (file === 'index.html') pages.set('/', page)
  }
  return pages
}

function onceGzipped(bytes: Buffer): () => Buffer | null {
  let known: Buffer | null | undefined
  return () => {
    if (known === undefined) {
      const compressed = gzip(bytes)
      known = compressed.length < bytes.length ? compressed : null
    }
    return known
  }
}
