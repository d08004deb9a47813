// Whole numbers from 0 to 2^53 - 1 in 8 bytes, big-endian.

const HIGH = 0x1_0000_0000

export function writeU53(target: Buffer, at: number, value: number): void {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError('not a safe unsigned integer')
  target.writeUInt32BE(Math.floor(value / HIGH), at)
  target.writeUInt32BE(value % HIGH, at + 4)
}

/** Returns null for a number over 2^53 - 1. */
export function readU53(bytes: Buffer, at: number): number | null {
  const value = bytes.readUInt32BE(at) * HIGH + bytes.readUInt32BE(at + 4)
  return Number.isSafeInteger(value) ? value : null
}
