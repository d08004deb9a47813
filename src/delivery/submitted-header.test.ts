import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HeaderCollector, headerFacts, missingFields } from './submitted-header.ts'

const MESSAGE = Buffer.from('From: Ada <ada@example.org>,\r\n bob@example.org\r\nSubject: x\r\n\r\nbody\r\n\r\nmore')

test('the header is complete when its empty line is there, however it comes', () => {
  for (const size of [1, 2, 7, 1000]) {
    const collector = new HeaderCollector()
    let at = 0
    let isComplete = false
    while (!isComplete && at < MESSAGE.length) {
      isComplete = collector.push(MESSAGE.subarray(at, at + size))
      at += size
    }
    assert.ok(isComplete)
    assert.ok(collector.bytes.includes('\r\n\r\n'))
    assert.ok(collector.bytes.equals(MESSAGE.subarray(0, at)))
  }
})

test('a message without a body or without a header is not waited for', () => {
  const collector = new HeaderCollector()
  assert.equal(collector.push(Buffer.from('Subject: x\r\n')), false)
  assert.equal(collector.bytes.toString(), 'Subject: x\r\n')
  assert.equal(new HeaderCollector().push(Buffer.from('\r\nbody')), true)
})

test('a header that does not end is bounded', () => {
  const collector = new HeaderCollector()
  const line = Buffer.from(`X-Long: ${'x'.repeat(65_000)}\r\n`)
  let lines = 0
  while (!collector.push(line)) lines++
  assert.ok(lines < 20)
})

test('every author is found, and what is missing is made', () => {
  const facts = headerFacts(MESSAGE)
  assert.deepEqual(
    facts.from.map(({ email }) => email),
    ['ada@example.org', 'bob@example.org'],
  )
  const added = missingFields(facts, 'example.org', 0).toString()
  assert.match(added, /^Date: Thu, 1 Jan 1970 00:00:00 \+0000\r\nMessage-ID: <[\w-]{22}@example\.org>\r\n$/)
  const complete = headerFacts(Buffer.from('date: x\r\nMessage-Id: <a@b>\r\nFrom: a@b\r\nfrom: c@d\r\n\r\n'))
  assert.equal(missingFields(complete, 'example.org', 0).length, 0)
  assert.deepEqual(
    complete.from.map(({ email }) => email),
    ['a@b', 'c@d'],
  )
})
