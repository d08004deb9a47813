// Compression of what is made once and sent often.

import zlib from 'node:zlib'

export function gzip(bytes: Uint8Array): Buffer {
  return zlib.gzipSync(bytes, { level: 9 })
}
