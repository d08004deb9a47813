// Octets and characters written by their numbers (RFC 5228 §2.4.2.4). What is not well-formed stays as it is.

import type { Octets } from '#message/part.ts'

const SEQUENCE = /\$\{(hex|unicode):([0-9A-Fa-f\t\r\n ]+)\}/gi

/** Null: a character is named that Unicode does not have. */
export function decodeEncodedCharacters(text: Octets): Octets | null {
  if (!text.includes('${')) return text
  let isWrong = false
  const decoded = text.replace(SEQUENCE, (all: string, kind: string, list: string) => {
    const numbers = list.split(/[\t\r\n ]+/).filter((number) => number !== '')
    if (numbers.length === 0) return all
    if (kind.toLowerCase() === 'hex') {
      if (numbers.some((number) => number.length > 2)) return all
      return numbers.map((number) => String.fromCharCode(Number.parseInt(number, 16))).join('')
    }
    const points = numbers.map((number) =>
      number.length > 12 && !/^0+/.test(number) ? Infinity : Number.parseInt(number, 16),
    )
    if (points.some((point) => point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))) {
      isWrong = true
      return all
    }
    return points.map((point) => Buffer.from(String.fromCodePoint(point), 'utf8').toString('latin1')).join('')
  })
  return isWrong ? null : decoded
}
