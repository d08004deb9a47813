// The announcement of a literal (RFC 9051 §4.3) or, for bytes that may have NULs, a literal8 (RFC 3516 §4.2).

import type { ResponseWriter } from '#base/response-writer.ts'

/** The bytes must follow. */
export function writeLiteralHeader(out: ResponseWriter, sizeBytes: number, isBinary: boolean): void {
  out.text(isBinary ? '~{' : '{')
  out.number(sizeBytes)
  out.text('}\r\n')
}
