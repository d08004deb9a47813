// Damages messages byte by byte and looks for what must never happen. Short by default; MAILKEEP_FUZZ_ROUNDS asks for more, and
// MAILKEEP_FUZZ_SEED for the rounds of another run. A failure names its seed.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeText, decodeTransfer } from './body.ts'
import { checkBody, checkEnvelope } from './imap-grammar.ts'
import { generateMessage, randomFrom } from './message-generator.ts'
import { parseMessage } from './parse.ts'
import { decodePartTable, encodePartTable } from './part-table.ts'
import type { Part } from './part.ts'
import { renderBodyStructure, renderEnvelope } from './structure.ts'
import { summarize } from './summary.ts'
import { searchableText } from './text.ts'

const ROUNDS = Number(process.env['MAILKEEP_FUZZ_ROUNDS'] ?? 3000)
const FIRST_SEED = Number(process.env['MAILKEEP_FUZZ_SEED'] ?? 1)

function damaged(seed: number): Buffer {
  const random = randomFrom(seed)
  let bytes = generateMessage(random(0x7fff_ffff))
  for (let left = random(6); left > 0 && bytes.length > 0; left--) {
    const at = random(bytes.length)
    const size = random(Math.min(40, bytes.length - at) + 1)
    switch (random(4)) {
      case 0:
        bytes[at] = random(256)
        break
      case 1:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + size)])
        break
      case 2:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at, at + size), bytes.subarray(at)])
        break
      default: {
        const other = generateMessage(random(0x7fff_ffff))
        bytes = Buffer.concat([bytes.subarray(0, at), other.subarray(random(other.length + 1))])
      }
    }
  }
  return bytes
}

function walk(bytes: Buffer, part: Part): void {
  decodeTransfer(bytes, part)
  decodeText(bytes, part, 100)
  let position = part.bodyStart
  for (const child of part.children) {
    assert.ok(position <= child.start && child.end <= part.end)
    walk(bytes, child)
    position = child.end
  }
}

function readAll(bytes: Buffer): void {
  const part = parseMessage(bytes)
  assert.equal(part.end, bytes.length)
  walk(bytes, part)
  assert.equal(checkEnvelope(renderEnvelope(bytes, part).toString('latin1')), null)
  assert.equal(checkBody(renderBodyStructure(bytes, part, true).toString('latin1'), true), null)
  assert.deepEqual(decodePartTable(encodePartTable(part)), part)
  summarize(bytes, part)
  searchableText(bytes, part, { bodyLength: 500, sourceBytes: 2000 })
}

test(`${ROUNDS} damaged messages`, () => {
  for (let seed = FIRST_SEED; seed < FIRST_SEED + ROUNDS; seed++) {
    try {
      readAll(damaged(seed))
    } catch (cause) {
      throw new Error(`seed ${seed}`, { cause })
    }
  }
})

test('the fuzzer would notice: its messages reach every sort of part', () => {
  const seen = new Set<string>()
  const note = (part: Part): void => {
    seen.add(
      part.type === 'multipart'
        ? `multipart ${part.children.length > 1}`
        : `${part.type}/${part.subtype} ${part.children.length}`,
    )
    part.children.forEach(note)
  }
  for (let seed = 1; seed < 1000; seed++) note(parseMessage(damaged(seed)))
  for (const sort of [
    'multipart true',
    'multipart false',
    'message/rfc822 1',
    'message/rfc822 0',
    'text/html 0',
    'message/delivery-status 0',
  ]) {
    assert.ok(seen.has(sort), sort)
  }
})
