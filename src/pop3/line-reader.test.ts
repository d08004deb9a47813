import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { LineReader } from './line-reader.ts'

function read(chunks: readonly string[]): string[] {
  const reader = new LineReader(10)
  const events: string[] = []
  for (const chunk of chunks) {
    reader.push(Buffer.from(chunk))
    for (let event = reader.next(); event !== null; event = reader.next()) {
      events.push(event.kind === 'line' ? event.bytes.toString() : event.kind)
      if (event.kind === 'flood') return events
    }
  }
  return events
}

test('lines end in LF or CRLF; what is too long is dropped up to its end', () => {
  assert.deepEqual(read(['STAT\r\nLIST\nxxxxxxxxxxxxxxx\r\nQUIT\r\n']), ['STAT', 'LIST', 'tooLong', 'QUIT'])
})

test('a line that does not end is not waited for', () => {
  assert.deepEqual(read(['STAT\r\n', ...Array<string>(100).fill('x'.repeat(1_000)), '\r\nQUIT\r\n']), ['STAT', 'flood'])
  assert.deepEqual(read([`${'x'.repeat(100_000)}\r\nQUIT\r\n`]), ['flood'])
  assert.deepEqual(read([`${'x'.repeat(60_000)}\r\n`, `${'x'.repeat(60_000)}\r\nQUIT\r\n`]), [
    'tooLong',
    'tooLong',
    'QUIT',
  ])
})

test('any division into chunks gives the same lines', () => {
  const piece = fc.constantFrom('a', 'NOOP', '\r\n', '\n', '\r', 'x'.repeat(12), 'y'.repeat(30_000))
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), fc.array(fc.nat(70_000), { maxLength: 6 }), (pieces, cuts) => {
      const input = pieces.join('')
      const ends = [...cuts.filter((cut) => cut < input.length).sort((left, right) => left - right), input.length]
      const chunks = ends.map((end, index) => input.slice(ends[index - 1] ?? 0, end))
      assert.deepEqual(read(chunks), read([input]))
    }),
    { numRuns: 300 },
  )
})
