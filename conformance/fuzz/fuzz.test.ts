// A short run of the fuzzer, the same at every run; and readers that are broken on purpose, which it must find.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fuzz } from './run.ts'
import { type MakeReader, realReader } from './target.ts'

/** Loses a line end that comes as the first byte of a chunk. */
const losesLineEnds: MakeReader = () => {
  const reader = realReader()
  return {
    push: (chunk) => reader.push(chunk[0] === 0x0a && chunk.length > 1 ? chunk.subarray(1) : chunk),
    next: () => reader.next(),
    keep: () => reader.keep(),
    stream: () => reader.stream(),
    refuse: () => reader.refuse(),
  }
}

/** Fails at a literal of more than 200 bytes that does not wait. */
const fails: MakeReader = () => {
  const reader = realReader()
  return {
    push: (chunk) => reader.push(chunk),
    next() {
      const event = reader.next()
      if (event?.kind === 'literal' && !event.waits && event.sizeBytes > 200) throw new Error('it fails')
      return event
    },
    keep: () => reader.keep(),
    stream: () => reader.stream(),
    refuse: () => reader.refuse(),
  }
}

test('commands and literals, well-formed or not: nothing throws, and it does not matter how they are cut', () => {
  const { problem, parsed, parsers, corpus } = fuzz({ seed: 1, inputs: 2_000 })
  assert.equal(problem, null)
  assert.ok(parsed > 500)
  assert.ok(corpus > 500)
  assert.deepEqual(parsers.left, [], 'every parser has run')
})

test('a reader that is broken is found out', () => {
  assert.match(fuzz({ seed: 1, inputs: 20_000, makeReader: losesLineEnds }).problem?.why ?? '', /^cut at /)
  assert.match(fuzz({ seed: 1, inputs: 20_000, makeReader: fails }).problem?.why ?? '', /it fails/)
})
