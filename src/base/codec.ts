// A bounded binary codec, for the frames that Mailkeep's own processes exchange.
//
// A codec is a value built from smaller ones; its bounds are part of it, so that what it accepts is what it says. All
// integers are big-endian. Decoding refuses lengths over the bound, values out of range, unknown variants, ill-formed
// UTF-8 and bytes left over; it never allocates more than the input's own size.

import { asBuffer, utf8TextOrNull } from './bytes.ts'
import { type Result, fail, ok } from './result.ts'

class MalformedError extends Error {
  override name = 'MalformedError'
}

function malformed(what: string): never {
  throw new MalformedError(what)
}

const FIRST_BYTES = 256
/** Beyond what a long value needs, for what follows it. */
const SPARE_BYTES = 64

class ByteWriter {
  buffer = Buffer.allocUnsafe(FIRST_BYTES)
  length: number

  /** `room` bytes at the beginning are left to the caller. */
  constructor(room: number) {
    this.length = room
  }

  /** Makes room for so many bytes; returns where they begin in `buffer`. */
  reserve(size: number): number {
    const at = this.length
    const end = at + size
    if (end > this.buffer.length) this.#grow(end)
    this.length = end
    return at
  }

  finish(): Buffer {
    return this.buffer.subarray(0, this.length)
  }

  #grow(needed: number): void {
    const grown = Buffer.allocUnsafe(Math.max(needed + SPARE_BYTES, this.buffer.length * 2))
    this.buffer.copy(grown, 0, 0, this.length)
    this.buffer.fill(0)
    this.buffer = grown
  }
}

class ByteReader {
  readonly buffer: Buffer
  #at = 0

  constructor(bytes: Uint8Array) {
    this.buffer = asBuffer(bytes)
  }

  get left(): number {
    return this.buffer.length - this.#at
  }

  /** Passes over so many bytes; returns where they begin in `buffer`. */
  skip(size: number): number {
    const at = this.#at
    if (size > this.buffer.length - at) malformed('ends too early')
    this.#at = at + size
    return at
  }

  /** The next `size` bytes, as a view. */
  take(size: number): Buffer {
    const at = this.skip(size)
    return this.buffer.subarray(at, at + size)
  }
}

export interface Codec<T> {
  write(writer: ByteWriter, value: T): void
  read(reader: ByteReader): T
}

export type Decoded<C> = C extends Codec<infer T> ? T : never

/**
 * The value's bytes, after `room` bytes that are left to the caller. Throws RangeError if the value breaks the codec's own bounds: that is the
 * caller's mistake.
 */
export function encode<T>(codec: Codec<T>, value: T, room = 0): Buffer {
  const writer = new ByteWriter(room)
  codec.write(writer, value)
  return writer.finish()
}

/** Never throws for any bytes. Byte fields of the value are views into `bytes`. */
export function decode<T>(codec: Codec<T>, bytes: Uint8Array): Result<T> {
  const reader = new ByteReader(bytes)
  try {
    const value = codec.read(reader)
    return reader.left === 0 ? ok(value) : fail(`${reader.left} bytes left over`)
  } catch (error) {
    if (error instanceof MalformedError) return fail(error.message)
    throw error
  }
}

function unsigned(size: 1 | 2 | 4, max: number): Codec<number> {
  return {
    write(writer, value) {
      if (!Number.isInteger(value) || value < 0 || value > max) throw new RangeError(`not an unsigned integer ≤ ${max}`)
      const at = writer.reserve(size)
      if (size === 1) writer.buffer[at] = value
      else if (size === 2) writer.buffer.writeUInt16BE(value, at)
      else writer.buffer.writeUInt32BE(value, at)
    },
    read(reader) {
      const at = reader.skip(size)
      const { buffer } = reader
      if (size === 1) return buffer[at] as number
      return size === 2 ? buffer.readUInt16BE(at) : buffer.readUInt32BE(at)
    },
  }
}

export const u8 = unsigned(1, 0xff)
export const u16 = unsigned(2, 0xffff)
export const u32 = unsigned(4, 0xffff_ffff)

/** A whole number from 0 to 2^53 - 1, in 8 bytes. */
export const u53: Codec<number> = {
  write(writer, value) {
    if (!Number.isSafeInteger(value) || value < 0) throw new RangeError('not a safe unsigned integer')
    const at = writer.reserve(8)
    writer.buffer.writeUInt32BE(Math.floor(value / 0x1_0000_0000), at)
    writer.buffer.writeUInt32BE(value >>> 0, at + 4)
  },
  read(reader) {
    const at = reader.skip(8)
    const high = reader.buffer.readUInt32BE(at)
    if (high > 0x1f_ffff) malformed('over 2^53 - 1')
    return high * 0x1_0000_0000 + reader.buffer.readUInt32BE(at + 4)
  },
}

export const bool: Codec<boolean> = {
  write(writer, value) {
    const at = writer.reserve(1)
    writer.buffer[at] = value ? 1 : 0
  },
  read(reader) {
    const value = reader.buffer[reader.skip(1)]
    if (value !== 0 && value !== 1) malformed('not a boolean')
    return value === 1
  },
}

/** Exactly `size` bytes. */
export function fixed(size: number): Codec<Uint8Array> {
  return {
    write(writer, value) {
      if (value.length !== size) throw new RangeError(`not ${size} bytes`)
      const at = writer.reserve(size)
      writer.buffer.set(value, at)
    },
    read: (reader) => reader.take(size),
  }
}

/** At most `max` bytes. */
export function bytes(max: number): Codec<Uint8Array> {
  return {
    write(writer, value) {
      if (value.length > max) throw new RangeError(`over ${max} bytes`)
      u32.write(writer, value.length)
      const at = writer.reserve(value.length)
      writer.buffer.set(value, at)
    },
    read(reader) {
      const length = u32.read(reader)
      if (length > max) malformed(`over ${max} bytes`)
      return reader.take(length)
    },
  }
}

/** Well-formed UTF-8 of at most `max` bytes. */
export function text(max: number): Codec<string> {
  const inner = bytes(max)
  return {
    write(writer, value) {
      const length = Buffer.byteLength(value, 'utf8')
      if (length > max) throw new RangeError(`over ${max} bytes`)
      u32.write(writer, length)
      const at = writer.reserve(length)
      writer.buffer.write(value, at, length, 'utf8')
    },
    read: (reader) => utf8TextOrNull(inner.read(reader)) ?? malformed('not UTF-8'),
  }
}

/** One of at most 256 names, as its position in the list. */
export function oneOf<const T extends readonly string[]>(...names: T): Codec<T[number]> {
  return {
    write(writer, value) {
      const index = names.indexOf(value)
      if (index < 0) throw new RangeError('not one of the names')
      u8.write(writer, index)
    },
    read: (reader) => names[u8.read(reader)] ?? malformed('an unknown name'),
  }
}

export function nullable<T>(inner: Codec<T>): Codec<T | null> {
  return {
    write(writer, value) {
      bool.write(writer, value !== null)
      if (value !== null) inner.write(writer, value)
    },
    read: (reader) => (bool.read(reader) ? inner.read(reader) : null),
  }
}

export function list<T>(inner: Codec<T>, max: number): Codec<readonly T[]> {
  return {
    write(writer, values) {
      if (values.length > max) throw new RangeError(`over ${max} items`)
      u32.write(writer, values.length)
      for (const value of values) inner.write(writer, value)
    },
    read(reader) {
      const count = u32.read(reader)
      if (count > max) malformed(`over ${max} items`)
      const values: T[] = []
      for (let index = 0; index < count; index++) values.push(inner.read(reader))
      return values
    },
  }
}

type Fields = Readonly<Record<string, Codec<any>>>
type StructOf<F extends Fields> = { readonly [K in keyof F]: Decoded<F[K]> }

/** The fields one after the other, in the order written here. */
export function struct<F extends Fields>(fields: F): Codec<StructOf<F>> {
  return structAfter({}, fields)
}

/** What is read has the properties of `head`, too. */
function structAfter<F extends Fields>(head: Readonly<Record<string, unknown>>, fields: F): Codec<StructOf<F>> {
  const names = Object.keys(fields)
  const codecs = Object.values(fields)
  // An object that has all its properties from the beginning does not change its shape with each of them.
  const blank: Readonly<Record<string, unknown>> = { ...head, ...Object.fromEntries(names.map((name) => [name, null])) }
  return {
    write(writer, value) {
      for (let index = 0; index < names.length; index++) {
        const name = names[index] as string
        ;(codecs[index] as Codec<unknown>).write(writer, value[name])
      }
    },
    read(reader) {
      const value: Record<string, unknown> = { ...blank }
      for (let index = 0; index < names.length; index++) {
        value[names[index] as string] = (codecs[index] as Codec<unknown>).read(reader)
      }
      return value as StructOf<F>
    },
  }
}

type VariantOf<V extends Readonly<Record<string, Fields>>> = {
  [K in keyof V]: { readonly kind: K } & StructOf<V[K]>
}[keyof V]

/** A discriminated union on `kind`: one byte for the position of the name, then that variant's fields. */
export function variant<V extends Readonly<Record<string, Fields>>>(variants: V): Codec<VariantOf<V>> {
  const names = Object.keys(variants)
  const codecs = names.map((name) => structAfter({ kind: name }, variants[name] as Fields))
  return {
    write(writer, value) {
      const index = names.indexOf(value.kind as string)
      const codec = codecs[index]
      if (codec === undefined) throw new RangeError('not one of the variants')
      u8.write(writer, index)
      codec.write(writer, value)
    },
    read(reader) {
      const index = u8.read(reader)
      const codec = codecs[index] ?? malformed('an unknown variant')
      return codec.read(reader) as VariantOf<V>
    },
  }
}
