// The head of a record: docs/formats/ledger.md §2. 8 bytes of frame and 120 bytes of header, which is what the Merkle
// tree commits to.
//
// Invariant: `decodeHead(encodeHead(header))` is the header, and there is one encoding of each. Anything else is rejected:
// unknown versions, kinds, algorithms and states, a wrong checksum, padding that is not zero, numbers over 2^53 - 1.

import { crc32 } from 'node:zlib'
import { type AccountId, type Seq, accountIdFromBytes } from '#base/ids.ts'
import { asBuffer } from '#base/bytes.ts'
import { type Result, fail, ok } from '#base/result.ts'
import { sha256, sha512 } from '#crypto/hash.ts'
import { leafHash } from '#crypto/merkle.ts'
import { readU53, writeU53 } from './integer.ts'

export type RecordKind = 'mail' | 'journal' | 'slot' | 'release' | 'epoch' | 'mark' | 'digests'
export type DigestAlgorithm = 'sha256' | 'sha512'
/** `incoming` occurs in the commit journal only: the payload is in a file of its own. */
export type PayloadState = 'present' | 'dropped' | 'incoming'

export interface RecordHeader {
  readonly kind: RecordKind
  readonly digestAlgorithm: DigestAlgorithm
  readonly seq: Seq
  /** Milliseconds since the Unix epoch at the commit. */
  readonly time: number
  readonly payloadLength: number
  readonly account: AccountId
  /** 32 or 64 bytes, by the algorithm. */
  readonly digest: Buffer
}

/** Where a record's head is. */
export interface Location {
  /** The segment, by the sequence number of its first record. */
  readonly segment: Seq
  readonly offset: number
}

export interface DecodedHead {
  readonly header: RecordHeader
  readonly state: PayloadState
}

/** What is wrong with bytes that should be a head. */
export type HeadFault = 'magic' | 'checksum' | 'version' | 'field' | 'padding'

export const HEAD_BYTES = 128
/** Of a head, before the header that the tree commits to. */
export const FRAME_BYTES = 8
export const RECORD_MAGIC = Buffer.from('MKr', 'latin1')

const VERSION = 1
const KINDS: readonly RecordKind[] = ['mail', 'journal', 'slot', 'release', 'epoch', 'mark', 'digests']
const STATES: readonly PayloadState[] = ['present', 'dropped', 'incoming']
const ALGORITHMS: readonly DigestAlgorithm[] = ['sha256', 'sha512']
const DIGEST_BYTES: Readonly<Record<DigestAlgorithm, number>> = { sha256: 32, sha512: 64 }

const STATE_AT = 3
const CHECKSUM_AT = 4
const SEQ_AT = 16
const TIME_AT = 24
const LENGTH_AT = 32
const ACCOUNT_AT = 40
const DIGEST_AT = 56
const DIGEST_FIELD_BYTES = 64

/** Writes the 128 bytes of a head to `target` at `at`. */
export function encodeHeadInto(target: Buffer, at: number, header: RecordHeader, state: PayloadState): void {
  target.fill(0, at, at + HEAD_BYTES)
  RECORD_MAGIC.copy(target, at)
  target[at + STATE_AT] = STATES.indexOf(state) + 1
  target[at + 8] = VERSION
  target[at + 9] = KINDS.indexOf(header.kind) + 1
  target[at + 10] = ALGORITHMS.indexOf(header.digestAlgorithm) + 1
  writeU53(target, at + SEQ_AT, header.seq)
  writeU53(target, at + TIME_AT, header.time)
  writeU53(target, at + LENGTH_AT, header.payloadLength)
  target.write(header.account, at + ACCOUNT_AT, 16, 'hex')
  header.digest.copy(target, at + DIGEST_AT)
  target.writeUInt32BE(headChecksum(target.subarray(at, at + HEAD_BYTES)), at + CHECKSUM_AT)
}

export function encodeHead(header: RecordHeader, state: PayloadState = 'present'): Buffer {
  const head = Buffer.allocUnsafe(HEAD_BYTES)
  encodeHeadInto(head, 0, header, state)
  return head
}

/** The same head with another state. */
export function withState(head: Uint8Array, state: PayloadState): Buffer {
  const changed = Buffer.from(head)
  changed[STATE_AT] = STATES.indexOf(state) + 1
  changed.writeUInt32BE(headChecksum(changed), CHECKSUM_AT)
  return changed
}

/** Never throws: `bytes` may be anything that a disk returned. */
export function decodeHead(bytes: Uint8Array): Result<DecodedHead, HeadFault> {
  const head = asBuffer(bytes)
  if (head.length !== HEAD_BYTES || head.compare(RECORD_MAGIC, 0, 3, 0, 3) !== 0) return fail('magic')
  if (head.readUInt32BE(CHECKSUM_AT) !== headChecksum(head)) return fail('checksum')
  if (head[8] !== VERSION) return fail('version')
  const state = STATES[(head[STATE_AT] as number) - 1]
  const kind = KINDS[(head[9] as number) - 1]
  const digestAlgorithm = ALGORITHMS[(head[10] as number) - 1]
  const seq = readU53(head, SEQ_AT)
  const time = readU53(head, TIME_AT)
  const payloadLength = readU53(head, LENGTH_AT)
  if (state === undefined || kind === undefined || digestAlgorithm === undefined) return fail('field')
  if (seq === null || time === null || payloadLength === null) return fail('field')
  const digestBytes = DIGEST_BYTES[digestAlgorithm]
  if (!isZero(head, 11, SEQ_AT) || !isZero(head, DIGEST_AT + digestBytes, HEAD_BYTES)) return fail('padding')
  const header: RecordHeader = {
    kind,
    digestAlgorithm,
    seq: seq as Seq,
    time,
    payloadLength,
    account: accountIdFromBytes(head.subarray(ACCOUNT_AT, DIGEST_AT)),
    digest: Buffer.from(head.subarray(DIGEST_AT, DIGEST_AT + digestBytes)),
  }
  return ok({ header, state })
}

function headChecksum(head: Buffer): number {
  return crc32(head.subarray(FRAME_BYTES), crc32(head.subarray(STATE_AT, STATE_AT + 1)))
}

const ZEROS = Buffer.alloc(DIGEST_FIELD_BYTES + 8)

function isZero(bytes: Buffer, start: number, end: number): boolean {
  return bytes.compare(ZEROS, 0, end - start, start, end) === 0
}

/** The record's leaf in the account's Merkle tree. */
export function leafHashOf(header: RecordHeader): Buffer {
  return leafHash(encodeHead(header).subarray(FRAME_BYTES))
}

/** The same, of an encoded head. */
export function leafHashOfHead(head: Uint8Array): Buffer {
  return leafHash(head.subarray(FRAME_BYTES, HEAD_BYTES))
}

export function payloadDigest(algorithm: DigestAlgorithm, payload: Uint8Array): Buffer {
  return algorithm === 'sha256' ? sha256(payload) : sha512(payload)
}

export function payloadMatches(header: RecordHeader, payload: Uint8Array): boolean {
  return payload.length === header.payloadLength && payloadDigest(header.digestAlgorithm, payload).equals(header.digest)
}

/** Of an encoded head. */
export function payloadLengthOf(head: Buffer): number {
  return readU53(head, LENGTH_AT) ?? 0
}

/**
 * The payload of a whole record if its head is this one, which says that the payload is present, and its digest that of the head. There is one
 * encoding of each head: none needs to be decoded. Null if anything is different.
 */
export function payloadIfWhole(record: Buffer, head: Buffer): Buffer | null {
  const algorithm = ALGORITHMS[(head[10] as number) - 1]
  if (algorithm === undefined || head.length !== HEAD_BYTES || record.length < HEAD_BYTES) return null
  if (record.compare(head, 0, HEAD_BYTES, 0, HEAD_BYTES) !== 0) return null
  const payload = record.subarray(HEAD_BYTES)
  const digest = payloadDigest(algorithm, payload)
  const isWhole =
    payload.length === payloadLengthOf(head) && digest.compare(head, DIGEST_AT, DIGEST_AT + digest.length) === 0
  return isWhole && head[STATE_AT] === STATES.indexOf('present') + 1 ? payload : null
}

export function sameHeader(a: RecordHeader, b: RecordHeader): boolean {
  return encodeHead(a).equals(encodeHead(b))
}

/** Bytes that a record takes in a segment. */
export function recordBytes(header: RecordHeader, state: PayloadState): number {
  return HEAD_BYTES + (state === 'present' ? header.payloadLength : 0)
}
