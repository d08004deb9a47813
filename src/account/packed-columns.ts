// Columns of numbers as one block of bytes for the index: a count, the columns of 8 bytes, then those of 4, in the machine's own byte
// order: an index never leaves the machine that made it.

const HEAD_BYTES = 8

export interface UnpackedColumns {
  readonly count: number
  readonly wide: readonly Float64Array[]
  readonly narrow: readonly Uint32Array[]
}

/** The first `count` numbers of each column. */
export function packColumns(
  count: number,
  wide: readonly Float64Array[],
  narrow: readonly Uint32Array[],
): Uint8Array {
  const bytes = new Uint8Array(HEAD_BYTES + count * (8 * wide.length + 4 * narrow.length))
  new Uint32Array(bytes.buffer, 0, 1)[0] = count
  let at = HEAD_BYTES
  for (const column of wide) {
    new Float64Array(bytes.buffer, at, count).set(column.subarray(0, count))
    at += 8 * count
  }
  for (const column of narrow) {
    new Uint32Array(bytes.buffer, at, count).set(column.subarray(0, count))
    at += 4 * count
  }
  return bytes
}

/** Null if the bytes do not hold these columns. */
export function unpackColumns(bytes: Uint8Array, wideColumns: number, narrowColumns: number): UnpackedColumns | null {
  if (bytes.length < HEAD_BYTES) return null
  // Typed arrays need aligned memory, which a buffer from SQLite is not.
  const memory = new Uint8Array(bytes).buffer
  const count = new Uint32Array(memory, 0, 1)[0] as number
  if (bytes.length !== HEAD_BYTES + count * (8 * wideColumns + 4 * narrowColumns)) return null
  const wide: Float64Array[] = []
  const narrow: Uint32Array[] = []
  let at = HEAD_BYTES
  for (let column = 0; column < wideColumns; column++, at += 8 * count) wide.push(new Float64Array(memory, at, count))
  for (let column = 0; column < narrowColumns; column++, at += 4 * count) narrow.push(new Uint32Array(memory, at, count))
  return { count, wide, narrow }
}
