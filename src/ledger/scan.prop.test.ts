import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { AccountId, Seq } from '#base/ids.ts'
import type { DiskFile } from '#platform/disk.ts'
import { HEAD_BYTES, encodeHead, leafHashOfHead, payloadDigest } from './record.ts'
import { type SegmentStep, scanSegment } from './scan.ts'
import { SEGMENT_HEAD_BYTES } from './segment.ts'

const account = 'cd'.repeat(16) as AccountId

function record(seq: number, payload: Uint8Array, of = account): Buffer {
  const digest = payloadDigest('sha256', payload)
  const fields = { kind: 'mail', digestAlgorithm: 'sha256', time: 5, payloadLength: payload.length } as const
  return Buffer.concat([encodeHead({ ...fields, seq: seq as Seq, account: of, digest }), payload])
}

function refuse(): never {
  throw new Error('nothing is written by a walk')
}

/** Counts reads, so that a test can tell how the file is read. */
function fileOf(bytes: Buffer): DiskFile & { reads: number } {
  return {
    reads: 0,
    read(buffer, position) {
      this.reads++
      return position >= bytes.length ? 0 : bytes.copy(buffer, 0, position, position + buffer.length)
    },
    write: refuse,
    datasync: refuse,
    writeDurably: refuse,
    size: () => bytes.length,
    truncate: refuse,
    close: () => {},
  }
}

interface Walked {
  readonly seqs: number[]
  readonly offsets: number[]
  readonly damage: (SegmentStep & { readonly kind: 'damage' })[]
  readonly end: SegmentStep & { readonly kind: 'end' }
}

function walk(bytes: Buffer, leaf?: (seq: number) => Uint8Array | null): Walked {
  const seqs: number[] = []
  const offsets: number[] = []
  const damage: Walked['damage'] = []
  const options = { account, seq: 0, offset: SEGMENT_HEAD_BYTES, ...(leaf === undefined ? {} : { leaf }) }
  for (const step of scanSegment(fileOf(bytes), options)) {
    if (step.kind === 'end') return { seqs, offsets, damage, end: step }
    if (step.kind === 'damage') {
      damage.push(step)
    } else {
      seqs.push(step.header.seq)
      offsets.push(step.offset)
    }
  }
  throw new assert.AssertionError({ message: 'a walk has an end' })
}

const head = Buffer.alloc(SEGMENT_HEAD_BYTES)
const payloads = fc.array(fc.uint8Array({ maxLength: 400 }), { minLength: 1, maxLength: 20 })

test('a file that is cut anywhere gives the records that are whole', () => {
  fc.assert(
    fc.property(payloads, fc.nat(), (payloads, where) => {
      const records = payloads.map((payload, seq) => record(seq, payload))
      const whole = Buffer.concat([head, ...records])
      const cut = where % (whole.length + 1)
      const { seqs, damage, end } = walk(whole.subarray(0, cut))
      let complete = 0
      for (let at = SEGMENT_HEAD_BYTES; complete < records.length; complete++) {
        at += records[complete]?.length ?? 0
        if (at > cut) break
      }
      assert.deepEqual(seqs, [...Array.from({ length: complete }).keys()])
      assert.deepEqual(damage, [])
      assert.equal(end.next, complete)
    }),
  )
})

test('a damaged head is stepped over, and the rest is found', () => {
  fc.assert(
    fc.property(payloads, fc.nat(), fc.nat(HEAD_BYTES - 1), (payloads, which, at) => {
      const records = payloads.map((payload, seq) => record(seq, payload))
      const damaged = which % records.length
      const offset = SEGMENT_HEAD_BYTES + records.slice(0, damaged).reduce((sum, { length }) => sum + length, 0)
      const bytes = Buffer.concat([head, ...records])
      bytes[offset + at] = (bytes[offset + at] as number) ^ 0x80
      const { seqs, damage, end } = walk(bytes)
      assert.deepEqual(
        seqs,
        [...records.keys()].filter((seq) => seq < damaged || (seq > damaged && damaged < records.length - 1)),
      )
      if (damaged < records.length - 1) {
        const length = records[damaged]?.length ?? 0
        const [only, ...more] = damage
        assert.deepEqual(more, [])
        assert.deepEqual(
          { ...only, fault: '' },
          { kind: 'damage', offset, end: offset + length, from: damaged, to: damaged + 1, fault: '' },
        )
        assert.equal(end.next, records.length)
      } else {
        assert.equal(end.offset, offset)
      }
    }),
    { numRuns: 300 },
  )
})

test('any bytes: ends, and never throws', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.constant(Buffer.from('MKr\u0001')))),
      (parts) => {
        walk(Buffer.concat([head, ...parts]))
      },
    ),
  )
})

test("other accounts' records, other sequence numbers and numbers that cannot be are not records", () => {
  const payload = Buffer.from('payload')
  for (const foreign of [
    record(0, payload, 'ee'.repeat(16) as AccountId),
    record(1, payload),
    record(2 ** 40, payload),
  ]) {
    const { seqs } = walk(Buffer.concat([head, foreign]))
    assert.deepEqual(seqs, [])
  }
})

test('a payload that looks like a record does not pass for one where the tree is known', () => {
  const inner = record(1, Buffer.from('forged'))
  const first = record(0, Buffer.concat([Buffer.alloc(200, 1), inner, Buffer.alloc(100, 2)]))
  const second = record(1, Buffer.from('true'))
  const bytes = Buffer.concat([head, first, second])
  bytes[SEGMENT_HEAD_BYTES + 20] = 0xff
  const leaves = [first, second].map((bytes) => leafHashOfHead(bytes))
  const { offsets, seqs } = walk(bytes, (seq) => leaves[seq] ?? null)
  assert.deepEqual(seqs, [1])
  assert.deepEqual(offsets, [SEGMENT_HEAD_BYTES + first.length])
})

test('a megabyte of false beginnings takes no longer than a megabyte', () => {
  const bait = Buffer.alloc(1024 * 1024, 'MKr')
  const bytes = Buffer.concat([head, bait, record(0, Buffer.of(1))])
  const file = fileOf(bytes)
  const steps = [...scanSegment(file, { account, seq: 0, offset: SEGMENT_HEAD_BYTES })]
  assert.deepEqual(
    steps.map(({ kind }) => kind),
    ['damage', 'record', 'end'],
  )
  assert.ok(file.reads < 20, `${file.reads} reads`)
})

test('small records are read in large blocks', () => {
  const records = Array.from({ length: 5000 }, (_, seq) => record(seq, Buffer.alloc(100, seq)))
  const file = fileOf(Buffer.concat([head, ...records]))
  const steps = [...scanSegment(file, { account, seq: 0, offset: SEGMENT_HEAD_BYTES })]
  assert.equal(steps.length, 5001)
  assert.ok(file.reads < 10, `${file.reads} reads`)
})
