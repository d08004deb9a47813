// DER (ITU-T X.690 §10): what an X.509 certificate consists of, encoded. Only our own values are encoded; nothing is parsed.

const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectId: 0x06,
  utf8String: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const

function element(tag: number, content: Uint8Array): Buffer {
  const { length } = content
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), content])
  if (length > 0xffff) throw new RangeError('over 65,535 bytes')
  const lengthBytes = length > 0xff ? [0x82, length >>> 8, length & 0xff] : [0x81, length]
  return Buffer.concat([Buffer.from([tag, ...lengthBytes]), content])
}

export function derSequence(...parts: Uint8Array[]): Buffer {
  return element(TAG.sequence, Buffer.concat(parts))
}

/** Of one element: more would have to be sorted. */
export function derSet(part: Uint8Array): Buffer {
  return element(TAG.set, part)
}

export const DER_TRUE: Uint8Array = element(TAG.boolean, Buffer.from([0xff]))

/** An integer that is not negative, big-endian, as short as it can be. */
export function derInteger(value: Uint8Array): Buffer {
  let start = 0
  while (start < value.length - 1 && value[start] === 0) start++
  const digits = value.subarray(start)
  // A first bit of 1 would be a sign.
  return element(TAG.integer, (digits[0] ?? 0) < 0x80 ? digits : Buffer.concat([Buffer.from([0]), digits]))
}

/** `unusedBits` at the end of the last byte are zero. */
export function derBitString(bytes: Uint8Array, unusedBits = 0): Buffer {
  return element(TAG.bitString, Buffer.concat([Buffer.from([unusedBits]), bytes]))
}

export function derOctetString(bytes: Uint8Array): Buffer {
  return element(TAG.octetString, bytes)
}

export function derUtf8(text: string): Buffer {
  return element(TAG.utf8String, Buffer.from(text))
}

/** From numbers joined by dots. X.690 §8.19. */
export function derObjectId(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  const bytes: number[] = []
  for (const number of [first * 40 + second, ...rest]) {
    const groups = [number & 0x7f]
    for (let left = number >>> 7; left > 0; left >>>= 7) groups.unshift((left & 0x7f) | 0x80)
    bytes.push(...groups)
  }
  return element(TAG.objectId, Buffer.from(bytes))
}

/** RFC 5280 §4.1.2.5: in two digits of the year until 2049, then in four. */
export function derTime(ms: number): Buffer {
  const date = new Date(ms)
  const digits = date.toISOString().replace(/[-:T]|\.\d+/g, '')
  return date.getUTCFullYear() < 2050
    ? element(TAG.utcTime, Buffer.from(digits.slice(2)))
    : element(TAG.generalizedTime, Buffer.from(digits))
}

/** `[number]` around whole elements. */
export function derExplicit(number: number, part: Uint8Array): Buffer {
  return element(0xa0 | number, part)
}

/** `[number]` in place of a primitive type's own tag. */
export function derImplicit(number: number, content: Uint8Array): Buffer {
  return element(0x80 | number, content)
}
