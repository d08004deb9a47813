// The search that every byte of every message goes through.

/** Up to here are NUL, LF and CR, and only few other bytes of ordinary mail. */
const CONTROL_MAX = 0x0d

/**
 * Position of the first byte of `bytes[at, end)` that is 0x0D or less, or `end`. Four bytes at a time: measured against a native search for
 * CR and for LF per line, and against one byte at a time, this is twice as fast as either.
 */
export function nextControl(bytes: Uint8Array, at: number, end: number): number {
  let i = at
  const last = end - 3
  while (i < last) {
    if ((bytes[i] as number) <= CONTROL_MAX) return i
    if ((bytes[i + 1] as number) <= CONTROL_MAX) return i + 1
    if ((bytes[i + 2] as number) <= CONTROL_MAX) return i + 2
    if ((bytes[i + 3] as number) <= CONTROL_MAX) return i + 3
    i += 4
  }
  while (i < end && (bytes[i] as number) > CONTROL_MAX) i++
  return i
}
