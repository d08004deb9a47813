import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { LineReader } from './line-reader.ts'

const MAX = 12

/** The events until the first that ends the connection. */
function read(chunks: readonly Buffer[]): string[] {
  const reader = new LineReader(MAX)
  const events: string[] = []
  for (const chunk of chunks) {
    for (let at = 0; at < chunk.length; at = reader.next) {
      const event = reader.read(chunk, at)
      if (event === null) continue
      if (!('bytes' in event)) return [...events, event.kind]
      events.push(event.kind === 'line' ? `line ${event.bytes.toString('latin1')}` : event.kind)
    }
  }
  return events
}

function cut(input: Buffer, cuts: readonly number[]): Buffer[] {
  const ends = [...cuts].sort((left, right) => left - right)
  return [0, ...ends].map((start, index) => Buffer.from(input.subarray(start, ends[index] ?? input.length)))
}

test('RFC 5321 §2.3.8: only CRLF ends a line', () => {
  for (const [input, events] of [
    ['NOOP\r\n\r\nQUIT\r\n', ['line NOOP', 'line ', 'line QUIT']],
    ['NOOP\nQUIT\r\n', ['bareLf']],
    ['\nQUIT\r\n', ['bareLf']],
    ['NOOP\rQUIT\r\n', ['bareCr']],
    ['NOOP\r\r\n', ['bareCr']],
    ['NOOP\r\n\r', ['line NOOP']],
    ['0123456789\r\n', ['line 0123456789']],
    ['0123456789a\r\nNOOP\r\n', ['tooLong', 'line NOOP']],
    ['0123456789abcdef\nNOOP\r\n', ['bareLf']],
    ['0123456789abcdef\rNOOP\r\n', ['bareCr']],
    ['\x16\x03\x01\r\n', ['tls']],
    ['x\x16\r\n', ['line x\x16']],
    ['x'.repeat(65_537), ['flood']],
    [`${'x'.repeat(65_536)}\r\n`, ['tooLong']],
  ] as const) {
    assert.deepEqual(read([Buffer.from(input, 'latin1')]), events, JSON.stringify(input.slice(0, 40)))
  }
})

test('any division into chunks gives the same events', () => {
  const piece = fc.oneof(fc.constantFrom('\r\n', '\r\n', '\r\n', '\r', '\n', '\x16', 'NOOP', '0123456789abcdef'))
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), fc.array(fc.nat(60), { maxLength: 8 }), (pieces, cuts) => {
      const input = Buffer.from(pieces.join(''), 'latin1')
      assert.deepEqual(read(cut(input, cuts)), read([input]))
      assert.deepEqual(read(cut(input, [...input.keys()])), read([input]))
    }),
    { numRuns: 1_000 },
  )
})

test('an endless line is given up at the same byte, however it comes', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 65_530, max: 65_540 }),
      fc.constantFrom('\r\n', '\n', '\rx', '\r\r\n', 'x'),
      fc.array(fc.integer({ min: 65_520, max: 65_545 }), { maxLength: 8 }),
      (length, end, cuts) => {
        const input = Buffer.from('x'.repeat(length) + end)
        assert.deepEqual(read(cut(input, cuts)), read([input]))
      },
    ),
    { numRuns: 300 },
  )
})
