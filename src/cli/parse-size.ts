// Sizes as people write them on the command line: `10GiB`, `500M`, or bytes.

import { InvalidArgumentError } from 'commander'

const KIB = 1024
const UNITS: Readonly<Record<string, number>> = { '': 1, b: 1, k: KIB, m: KIB ** 2, g: KIB ** 3, t: KIB ** 4 }

export function parseSize(text: string): number {
  const match = /^(\d{1,15})\s*([kmgtb]?)(?:i?b)?$/i.exec(text.trim())
  const unit = UNITS[(match?.[2] ?? '').toLowerCase()]
  if (match === null || unit === undefined) throw new InvalidArgumentError('a size is a number of bytes, or like 10GiB')
  return Number(match[1]) * unit
}
