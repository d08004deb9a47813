import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HeaderScan } from './header-scan.ts'

function scan(message: string, pieceLength = message.length): HeaderScan {
  const scan = new HeaderScan()
  const bytes = Buffer.from(message, 'utf8')
  for (let at = 0; at < bytes.length; at += pieceLength) scan.push(bytes.subarray(at, at + pieceLength))
  return scan
}

test('eight bits in header and body are told apart, whatever the pieces', () => {
  const cases: readonly (readonly [string, boolean, boolean])[] = [
    ['Subject: plain\r\n\r\nplain\r\n', false, false],
    ['Subject: plain\r\n\r\nschön\r\n', true, false],
    ['Subject: schön\r\n\r\nplain\r\n', true, true],
    ['Subject: schön\n\nplain\n', true, true],
    ['\r\nSubject: schön', true, false],
    ['Subject: plain', false, false],
  ]
  for (const [message, eightBit, eightBitHeader] of cases) {
    for (const pieceLength of [1, 3, 100]) {
      const found = scan(message, pieceLength)
      assert.deepEqual([found.eightBit, found.eightBitHeader], [eightBit, eightBitHeader], JSON.stringify(message))
    }
  }
})

test('the length of the header', () => {
  assert.equal(scan('A: b\r\n c\r\n\r\nbody\r\n\r\n', 2).headerBytes, 12)
  assert.equal(scan('A: b\n\nbody').headerBytes, 6)
  assert.equal(scan('A: b').headerBytes, 4)
})

function withHops(hops: number, name = 'Received'): string {
  const fields = [`${name}: by x`, '\tReceived: not this', 'X-Received: nor this', 'Receivedd: x', 'Receive: x', '']
  return `${fields.join('\r\n').repeat(hops)}\r\n`
}

test('a message that has been through too many servers', () => {
  const body = 'Received: in the body\r\n'.repeat(200)
  for (const pieceLength of [1, 7, 10_000]) {
    assert.equal(scan(withHops(100) + body, pieceLength).isLoop, false)
    assert.equal(scan(withHops(101) + body, pieceLength).isLoop, true)
    assert.equal(scan(withHops(101, 'RECEIVED \t'), pieceLength).isLoop, true)
  }
})
