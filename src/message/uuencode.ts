// uuencode (POSIX uuencode(1)), which old mail names as the transfer encoding `x-uuencode`. Lines before `begin` and after `end` are left
// out, as are lines whose length byte makes no sense.

import { asBuffer } from '#base/bytes.ts'

const LF = 0x0a

export function decodeUuencode(bytes: Uint8Array): Buffer {
  const input = asBuffer(bytes)
  const result = Buffer.allocUnsafe(Math.ceil(input.length * 0.75) + 3)
  let length = 0
  let at = input.toString('latin1', 0, 6) === 'begin ' ? 0 : input.indexOf('\nbegin ') + 1
  let first = true
  while (at < input.length) {
    let feed = input.indexOf(LF, at)
    if (feed < 0) feed = input.length
    const size = ((input[at] as number) - 0x20) & 63
    if (!first) {
      if (size === 0 || input.toString('latin1', at, at + 3) === 'end') break
      length = decodeLine(input, at + 1, feed, size, result, length)
    }
    first = false
    at = feed + 1
  }
  return result.subarray(0, length)
}

function decodeLine(input: Buffer, start: number, end: number, size: number, result: Buffer, from: number): number {
  const sextet = (at: number): number => (at < end ? ((input[at] as number) - 0x20) & 63 : 0)
  let length = from
  // What is not there is not made up, however long the line says it is.
  const last = length + Math.min(size, Math.floor(((end - start) * 3) / 4))
  for (let at = start; length < last; at += 4) {
    const group = (sextet(at) << 18) | (sextet(at + 1) << 12) | (sextet(at + 2) << 6) | sextet(at + 3)
    for (let shift = 16; shift >= 0 && length < last; shift -= 8) result[length++] = (group >> shift) & 0xff
  }
  return length
}
