// The payload of an age file: STREAM over ChaCha20-Poly1305 in chunks of 64 KiB of plaintext, each with its own tag. The nonce
// is the chunk's number (11 bytes, big-endian) and one byte that is 1 for the last chunk. The last chunk may be short, but
// empty only if it is the only one.
//
// "Payload" here is the chunks alone, without the 16-byte nonce that precedes them in the file.

import { type Steps, atOnce } from '#base/steps.ts'
import { wipe } from '#base/bytes.ts'
import { chachaOpen, chachaSealInto, TAG_LENGTH } from './chacha.ts'

export const CHUNK_LENGTH = 65_536
export const SEALED_CHUNK_LENGTH = CHUNK_LENGTH + TAG_LENGTH

const NONCE_LENGTH = 12
/** Chunk numbers of 6 bytes reach further than any file. */
const NUMBER_LENGTH = 6

function chunkNonce(number: number, last: boolean): Buffer {
  const nonce = Buffer.alloc(NONCE_LENGTH)
  nonce.writeUIntBE(number, NONCE_LENGTH - 1 - NUMBER_LENGTH, NUMBER_LENGTH)
  nonce[NONCE_LENGTH - 1] = last ? 1 : 0
  return nonce
}

/** Of the payload for so many bytes of plaintext. */
export function agePayloadLength(plaintextLength: number): number {
  return plaintextLength + TAG_LENGTH * Math.max(1, Math.ceil(plaintextLength / CHUNK_LENGTH))
}

/**
 * Of the plaintext in a payload of so many bytes. For a length that no payload has, it is what its chunks have room for:
 * opening such a payload fails.
 */
export function agePlaintextLength(payloadLength: number): number {
  const whole = Math.floor(payloadLength / SEALED_CHUNK_LENGTH)
  const rest = payloadLength - whole * SEALED_CHUNK_LENGTH
  return whole * CHUNK_LENGTH + Math.max(0, rest - TAG_LENGTH)
}

/** Writes the sealed chunk to `out` at `offset`. */
export function sealChunkInto(
  out: Uint8Array,
  offset: number,
  payloadKey: Uint8Array,
  number: number,
  last: boolean,
  plaintext: Uint8Array,
): void {
  chachaSealInto(out, offset, payloadKey, chunkNonce(number, last), plaintext)
}

/** Writes the whole payload to `out` at `offset`, where agePayloadLength(plaintext.length) bytes are free. */
export function sealPayloadInto(out: Uint8Array, offset: number, payloadKey: Uint8Array, plaintext: Uint8Array): void {
  let at = offset
  let number = 0
  let start = 0
  do {
    const chunk = plaintext.subarray(start, start + CHUNK_LENGTH)
    start += CHUNK_LENGTH
    sealChunkInto(out, at, payloadKey, number, start >= plaintext.length, chunk)
    at += chunk.length + TAG_LENGTH
    number++
  } while (start < plaintext.length)
}

/** Null if the chunk is not the one of that number, or is not the last when it should be, or the reverse. */
function openChunk(payloadKey: Uint8Array, number: number, last: boolean, sealed: Uint8Array): Buffer | null {
  const plaintext = chachaOpen(payloadKey, chunkNonce(number, last), sealed)
  return plaintext !== null && plaintext.length === 0 && number > 0 ? null : plaintext
}

/**
 * The chunks in order, each verified, until one is damaged; returns whether that was all. What a damaged payload's chunks say
 * is true, but something is missing after them. Each chunk belongs to the caller, who wipes it.
 */
export function* openChunks(payloadKey: Uint8Array, payload: Uint8Array): Generator<Buffer, boolean> {
  for (let number = 0, start = 0; ; number++, start += SEALED_CHUNK_LENGTH) {
    const sealed = payload.subarray(start, start + SEALED_CHUNK_LENGTH)
    const last = start + sealed.length === payload.length
    const plaintext = openChunk(payloadKey, number, last, sealed)
    if (plaintext !== null) {
      yield plaintext
      if (last) return true
    } else {
      // Cut off after a whole chunk, or continued after the last.
      const misplaced = sealed.length === SEALED_CHUNK_LENGTH ? openChunk(payloadKey, number, !last, sealed) : null
      if (misplaced !== null) yield misplaced
      return false
    }
  }
}

/** Some milliseconds of work. */
const CHUNKS_PER_STEP = 32

/** All of the plaintext, which the caller wipes; null if anything does not verify. */
export function openAgePayload(payloadKey: Uint8Array, payload: Uint8Array): Buffer | null {
  return atOnce(openAgePayloadInSteps(payloadKey, payload))
}

/** The same in steps. */
export function* openAgePayloadInSteps(payloadKey: Uint8Array, payload: Uint8Array): Steps<Buffer | null> {
  if (payload.length <= SEALED_CHUNK_LENGTH) return openChunk(payloadKey, 0, true, payload)
  const plaintext = Buffer.allocUnsafe(agePlaintextLength(payload.length))
  const chunks = openChunks(payloadKey, payload)
  let at = 0
  for (let count = 1; ; count++) {
    if (count % CHUNKS_PER_STEP === 0) yield
    const next = chunks.next()
    if (next.done === true) {
      if (next.value) return plaintext
      wipe(plaintext)
      return null
    }
    at += next.value.copy(plaintext, at)
    wipe(next.value)
  }
}

/**
 * Bytes `start` to `end` of the plaintext, which the caller wipes. Only the chunks that hold them are read and verified (one of
 * them if the range is empty); null if one is damaged, `read` gives less than it was asked for, or no payload has this length.
 * `read` gets offsets in the payload. Throws RangeError for a range that is not within `agePlaintextLength(payloadLength)`.
 */
export function openAgeRange(
  payloadKey: Uint8Array,
  payloadLength: number,
  read: (offset: number, length: number) => Uint8Array,
  start: number,
  end: number,
): Buffer | null {
  const plaintextLength = agePlaintextLength(payloadLength)
  if (!(start >= 0 && start <= end && end <= plaintextLength)) throw new RangeError('no such range')
  if (agePayloadLength(plaintextLength) !== payloadLength) return null
  const plaintext = Buffer.allocUnsafe(end - start)
  let number = Math.floor(Math.max(0, start === end ? start - 1 : start) / CHUNK_LENGTH)
  do {
    const offset = number * SEALED_CHUNK_LENGTH
    const length = Math.min(SEALED_CHUNK_LENGTH, payloadLength - offset)
    const sealed = read(offset, length)
    const last = offset + length === payloadLength
    const chunk = sealed.length === length ? openChunk(payloadKey, number, last, sealed) : null
    if (chunk === null) {
      wipe(plaintext)
      return null
    }
    const chunkStart = number * CHUNK_LENGTH
    chunk.copy(plaintext, Math.max(0, chunkStart - start), Math.max(0, start - chunkStart), end - chunkStart)
    wipe(chunk)
    number++
  } while (number * CHUNK_LENGTH < end)
  return plaintext
}
