import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  bool,
  bytes,
  decode,
  encode,
  fixed,
  list,
  nullable,
  oneOf,
  struct,
  text,
  u16,
  u32,
  u53,
  u8,
  variant,
} from './codec.ts'

const sample = struct({
  small: u8,
  port: u16,
  count: u32,
  size: u53,
  flag: bool,
  key: fixed(4),
  body: bytes(100),
  name: nullable(text(40)),
  role: oneOf('mx', 'vault', 'gate'),
  parts: list(variant({ none: {}, some: { value: u8, text: text(8) } }), 5),
})

const arbitrary = fc.record(
  {
    small: fc.nat(0xff),
    port: fc.nat(0xffff),
    count: fc.nat(0xffff_ffff),
    size: fc.maxSafeNat(),
    flag: fc.boolean(),
    key: fc.uint8Array({ minLength: 4, maxLength: 4 }),
    body: fc.uint8Array({ maxLength: 100 }),
    name: fc.option(fc.string({ maxLength: 10 })),
    role: fc.constantFrom('mx' as const, 'vault' as const, 'gate' as const),
    parts: fc.array(
      fc.oneof(
        fc.constant({ kind: 'none' as const }),
        fc.record(
          { kind: fc.constant('some' as const), value: fc.nat(0xff), text: fc.string({ maxLength: 2 }) },
          { noNullPrototype: true },
        ),
      ),
      { maxLength: 5 },
    ),
  },
  { noNullPrototype: true },
)

test('what was encoded decodes to the same value', () => {
  fc.assert(
    fc.property(arbitrary, (value) => {
      const result = decode(sample, encode(sample, value))
      assert.ok(result.ok)
      const plain = {
        ...result.value,
        key: Uint8Array.from(result.value.key),
        body: Uint8Array.from(result.value.body),
      }
      assert.deepEqual(plain, { ...value, key: Uint8Array.from(value.key), body: Uint8Array.from(value.body) })
    }),
  )
})

test('hostile bytes never throw, and what is accepted is canonical', () => {
  fc.assert(
    fc.property(arbitrary, fc.nat(), fc.nat(0xff), fc.nat(3), (value, where, byte, cut) => {
      const bytes = Buffer.from(encode(sample, value))
      bytes[where % bytes.length] = byte
      const hostile = bytes.subarray(0, bytes.length - cut)
      const result = decode(sample, hostile)
      if (result.ok) assert.deepEqual(encode(sample, result.value), hostile)
    }),
    { numRuns: 1000 },
  )
})

test('a length far over the input does not allocate', () => {
  const huge = Buffer.from([0xff, 0xff, 0xff, 0xff])
  assert.equal(decode(list(u8, 0xffff_ffff), huge).ok, false)
  assert.equal(decode(bytes(0xffff_ffff), huge).ok, false)
})

test('bounds are checked on both sides', () => {
  assert.throws(() => encode(bytes(3), Buffer.alloc(4)), RangeError)
  assert.equal(decode(bytes(3), encode(bytes(4), Buffer.alloc(4))).ok, false)
  assert.throws(() => encode(u8, 256), RangeError)
  assert.equal(decode(u53, Buffer.from('ffffffffffffffff', 'hex')).ok, false)
})
