// Writes a response as JSON in pieces, with pauses: a list of a thousand messages is not turned into text in one go.

import type { TimeSlice } from '#base/time-slice.ts'
import { isObject } from './json-object.ts'

const CHUNK_LENGTH = 65_536

/** Collects text in buffers of moderate size. */
export class JsonWriter {
  readonly #chunks: Buffer[] = []
  #pieces: string[] = []
  #length = 0
  /** UTF-16 units written so far. */
  lengthWritten = 0

  text(text: string): void {
    this.#pieces.push(text)
    this.#length += text.length
    this.lengthWritten += text.length
    if (this.#length >= CHUNK_LENGTH) this.#flush()
  }

  finish(): Buffer[] {
    this.#flush()
    return this.#chunks
  }

  #flush(): void {
    if (this.#length > 0) this.#chunks.push(Buffer.from(this.#pieces.join(''), 'utf8'))
    this.#pieces = []
    this.#length = 0
  }
}

/** The arguments of one response as text, long lists item by item. Null if it is longer than `lengthMax`. */
export async function writeArguments(
  args: Readonly<Record<string, unknown>>,
  slice: TimeSlice,
  lengthMax: number,
): Promise<JsonWriter | null> {
  const writer = new JsonWriter()
  for (const piece of pieces(args)) {
    writer.text(piece)
    if (writer.lengthWritten > lengthMax) return null
    if (slice.isOver) await slice.next()
  }
  return writer
}

function* pieces(args: Readonly<Record<string, unknown>>): Generator<string> {
  let separator = '{'
  for (const [name, value] of Object.entries(args)) {
    if (value === undefined) continue
    yield `${separator}${JSON.stringify(name)}:`
    separator = ','
    if (Array.isArray(value)) yield* items(value)
    else if (isObject(value)) yield* members(value)
    else yield JSON.stringify(value)
  }
  yield separator === '{' ? '{}' : '}'
}

function* items(array: readonly unknown[]): Generator<string> {
  let separator = '['
  for (const item of array) {
    yield separator + JSON.stringify(item)
    separator = ','
  }
  yield separator === '[' ? '[]' : ']'
}

function* members(object: object): Generator<string> {
  let separator = '{'
  for (const [name, value] of Object.entries(object)) {
    if (value === undefined) continue
    yield `${separator}${JSON.stringify(name)}:${JSON.stringify(value)}`
    separator = ','
  }
  yield separator === '{' ? '{}' : '}'
}
