import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { DataDecoder, type DataOutcome } from './data-decoder.ts'

interface Decoded {
  readonly content: string
  readonly outcome: DataOutcome
  /** What comes after the message. */
  readonly rest: string
  readonly hasNul: boolean
}

function decode(input: Buffer, cuts: readonly number[] = []): Decoded {
  const decoder = new DataDecoder()
  const ends = [...cuts].filter((at) => at < input.length).sort((left, right) => left - right)
  let content = ''
  for (const [index, start] of [0, ...ends].entries()) {
    const end = ends[index] ?? input.length
    const chunk = Buffer.from(input.subarray(start, end))
    if (chunk.length === 0) continue
    const outcome = decoder.decode(chunk, 0)
    content += decoder.content.toString('latin1')
    if (outcome !== 'more') {
      return { content, outcome, rest: input.toString('latin1', start + decoder.next), hasNul: decoder.hasNul }
    }
  }
  return { content, outcome: 'more', rest: '', hasNul: decoder.hasNul }
}

/** RFC 5321 §4.5.2, as a client does it. */
function stuff(message: string): string {
  return `${message.replaceAll(/(^|\r\n)\./g, '$1..')}.\r\n`
}

/** The grammar again, one byte at a time, written to be read. */
function model(input: string): Decoded {
  const nul = (until: number): boolean => input.slice(0, until).includes('\0')
  let content = ''
  let isLineStart = true
  for (let at = 0; at < input.length;) {
    if (isLineStart && input.startsWith('.\r\n', at)) {
      return { content, outcome: 'end', rest: input.slice(at + 3), hasNul: nul(at) }
    }
    if (isLineStart && input[at] === '.') at++
    if (input.startsWith('\r\n', at)) {
      content += '\r\n'
      at += 2
      isLineStart = true
      continue
    }
    const byte = input[at]
    if (byte === '\n') return { content, outcome: 'bareLf', rest: input.slice(at), hasNul: nul(at) }
    if (byte === '\r') {
      if (at + 1 < input.length)
        return { content: `${content}\r`, outcome: 'bareCr', rest: input.slice(at + 1), hasNul: nul(at) }
      return { content: `${content}\r`, outcome: 'more', rest: '', hasNul: nul(at) }
    }
    content += byte ?? ''
    at++
    isLineStart = false
  }
  return { content, outcome: 'more', rest: '', hasNul: nul(input.length) }
}

const cuts = fc.array(fc.nat(60), { maxLength: 8 })

test('RFC 5321 §4.5.2: what a client stuffs comes out as it was', () => {
  const piece = fc.constantFrom('\r\n', '\r\n', '.', '..', 'text', '\t', '\x80\xff', ' ')
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 20 }), cuts, (pieces, cuts) => {
      const message = `${pieces.join('')}\r\n`
      const input = Buffer.from(`${stuff(message)}QUIT\r\n`, 'latin1')
      const expected = { content: message, outcome: 'end', rest: 'QUIT\r\n', hasNul: false } as const
      assert.deepEqual(decode(input), expected)
      assert.deepEqual(decode(input, cuts), expected)
      assert.deepEqual(decode(input, [...input.keys()]), expected)
    }),
    { numRuns: 500 },
  )
})

test('any bytes, any chunks: as the grammar has it', () => {
  const piece = fc.constantFrom('\r\n', '\r\n', '\r\n', '.', '.', '\r', '\n', '\0', 'text', '\t', '\r\n.\r\n')
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 16 }), cuts, (pieces, cuts) => {
      const input = Buffer.from(pieces.join(''), 'latin1')
      const expected = model(input.toString('latin1'))
      const whole = decode(input)
      assert.equal(whole.outcome, expected.outcome)
      if (whole.outcome === 'end') assert.deepEqual({ ...whole, hasNul: false }, { ...expected, hasNul: false })
      if (whole.outcome === 'end') assert.equal(whole.hasNul, expected.content.includes('\0'))
      assert.deepEqual(decode(input, cuts), whole)
      assert.deepEqual(decode(input, [...input.keys()]), whole)
    }),
    { numRuns: 3_000 },
  )
})

test('content is given as a view of the chunk: nothing is copied, whatever the size', () => {
  const decoder = new DataDecoder()
  const chunk = Buffer.from('..a\r\n..b\r\n'.repeat(100))
  assert.equal(decoder.decode(chunk, 0), 'more')
  assert.equal(decoder.content.buffer, chunk.buffer)
  assert.equal(decoder.content.toString(), '.a\r\n.b\r\n'.repeat(100))
})
