import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { CommandReader } from './command-reader.ts'

const limits = { lineBytesMax: 60, literalBytesMax: 40, commandBytesMax: 100, discardedBytesMax: 1_000 }

type Decision = 'keep' | 'stream' | 'refuse'

/** What a reader says of the chunks; literals are decided by the text before them. */
function read(chunks: readonly Buffer[], decide: (text: string) => Decision): string[] {
  const reader = new CommandReader(limits)
  const seen: string[] = []
  let streamed = ''
  const endStream = (): void => {
    if (streamed !== '') seen.push(`chunk ${streamed}`)
    streamed = ''
  }
  for (const chunk of chunks) {
    reader.push(chunk)
    for (let event = reader.next(); event !== null; event = reader.next()) {
      if (event.kind === 'chunk') {
        streamed += event.bytes.toString('latin1')
        continue
      }
      endStream()
      if (event.kind === 'flood') return [...seen, 'flood']
      if (event.kind === 'command') seen.push(`command ${event.text.toString('latin1')}`)
      else if (event.kind === 'skipped') seen.push(`skipped ${event.tooLong?.toString('latin1').slice(0, 20) ?? ''}`)
      else if (event.kind === 'literal') {
        const text = event.text.toString('latin1')
        seen.push(`literal ${text} ${event.sizeBytes} ${event.waits}`)
        reader[decide(text)]()
      }
    }
  }
  endStream()
  return seen
}

const readAll = (input: string, decide: (text: string) => Decision = () => 'keep'): string[] =>
  read([Buffer.from(input, 'latin1')], decide)

const refuse = (): Decision => 'refuse'
const byLength = (text: string): Decision => (['keep', 'stream', 'refuse'] as const)[text.length % 3] ?? 'keep'

test('commands end with their line', () => {
  assert.deepEqual(readAll('a NOOP\r\nb NOOP\nc'), ['command a NOOP', 'command b NOOP'])
})

test('a literal belongs to its command', () => {
  assert.deepEqual(readAll('a LOGIN {3}\r\nx\r\n {2+}\r\n{}\r\n'), [
    'literal a LOGIN {3} 3 true',
    'literal a LOGIN {3}\r\nx\r\n {2+} 2 false',
    'command a LOGIN {3}\r\nx\r\n {2+}\r\n{}',
  ])
})

test('a literal of no bytes, and braces that announce none', () => {
  assert.deepEqual(readAll('a X {0}\r\n\r\nb {x}\r\nc {+}\r\n{1\r\n}\r\n'), [
    'literal a X {0} 0 true',
    'command a X {0}\r\n',
    'command b {x}',
    'command c {+}',
    'command {1',
    'command }',
  ])
})

test('a streamed literal is not part of the text', () => {
  assert.deepEqual(
    readAll('a APPEND x {5}\r\nhello\r\nb NOOP\r\n', () => 'stream'),
    ['literal a APPEND x {5} 5 true', 'chunk hello', 'command ', 'command b NOOP'],
  )
})

test('a refused literal: the client that waits does not send it, the other does', () => {
  assert.deepEqual(
    readAll('a X {9}\r\nb NOOP\r\nc X {3+}\r\nx\r\n foo {2+}\r\n\r\n bar\r\nd NOOP\r\n', () => 'refuse'),
    ['literal a X {9} 9 true', 'skipped ', 'command b NOOP', 'literal c X {3+} 3 false', 'skipped ', 'command d NOOP'],
  )
})

test('a line that is too long is passed over with its literals', () => {
  const long = 'x'.repeat(100)
  assert.deepEqual(readAll(`tag ${long} {4+}\r\na\r\n${long}${long}\r\nb NOOP\r\n`), [
    'skipped tag xxxxxxxxxxxxxxxx',
    'command b NOOP',
  ])
  assert.deepEqual(readAll(`tag ${long} {4}\r\nb NOOP\r\n`), ['skipped tag xxxxxxxxxxxxxxxx', 'command b NOOP'])
})

test('what is announced after a refusal is read past up to a bound', () => {
  const literal = `{400+}\r\n${'x'.repeat(400)}`
  assert.deepEqual(readAll(`a ${literal} ${literal}\r\nb\r\n`, refuse).slice(1), ['skipped ', 'command b'])
  assert.deepEqual(readAll(`a ${literal} ${literal} ${literal}\r\nb\r\n`, refuse).slice(1), ['flood'])
  assert.deepEqual(readAll('a {9999+}\r\n', refuse).slice(1), ['flood'])
})

test('sizes beyond all bounds are Infinity', () => {
  assert.deepEqual(readAll(`a ${'{' + '9'.repeat(40)}}\r\n`), [`literal a {${'9'.repeat(40)}} Infinity true`])
})

test('any division into chunks gives the same events', () => {
  const piece = fc.oneof(
    fc.constantFrom('a', ' ', '\r\n', '\n', '{', '}', '{3}\r\n', '{5+}\r\n', '~{2}\r\n', '{99999}\r\n', '"', '+', '7'),
    fc.string({ maxLength: 30, unit: fc.constantFrom('x', 'y', '{', '}', '1', '\r') }),
  )
  const input = fc.array(piece, { maxLength: 40 }).map((pieces) => Buffer.from(pieces.join(''), 'latin1'))
  fc.assert(
    fc.property(input, fc.array(fc.nat({ max: 300 }), { maxLength: 12 }), (bytes, cuts) => {
      const ends = [...cuts, 300].filter((cut) => cut < bytes.length).sort((left, right) => left - right)
      const chunks = [0, ...ends].map((start, index) => bytes.subarray(start, ends[index] ?? bytes.length))
      const whole = read([bytes], byLength)
      assert.deepEqual(read(chunks, byLength), whole)
      assert.deepEqual(
        read(
          Array.from(bytes, (byte) => Buffer.of(byte)),
          byLength,
        ),
        whole,
      )
    }),
    { numRuns: 500 },
  )
})

test('bytes one at a time take linear time', () => {
  const reader = new CommandReader({
    lineBytesMax: 1 << 20,
    literalBytesMax: 10,
    commandBytesMax: 1 << 20,
    discardedBytesMax: 0,
  })
  const byte = Buffer.from('x')
  const started = performance.now()
  for (let index = 0; index < 300_000; index++) {
    reader.push(byte)
    assert.equal(reader.next(), null)
  }
  assert(performance.now() - started < 3_000)
})

test('a line that does not end is a flood, however it is divided', () => {
  const line = Buffer.alloc(3_000, 'x')
  for (const size of [1, 7, 64, 3_000]) {
    const reader = new CommandReader(limits)
    let flooded = -1
    for (let at = 0; at < line.length && flooded < 0; at += size) {
      reader.push(line.subarray(at, at + size))
      const event = reader.next()
      if (event === null) continue
      assert.equal(event.kind, 'flood')
      flooded = at + size
    }
    assert(flooded >= 1_000, `${flooded}`)
    assert(size === 3_000 || flooded < 1_200, `${flooded}`)
  }
})

test('wiped means overwritten', () => {
  const reader = new CommandReader(limits)
  reader.push(Buffer.from('a LOGIN u secret\r\nrest'))
  const event = reader.next()
  assert(event?.kind === 'command')
  const { text } = event
  reader.wipeConsumed()
  assert(text.every((byte) => byte === 0))
  assert.equal(reader.takeRest().toString(), 'rest')
})
