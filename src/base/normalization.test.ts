import assert from 'node:assert/strict'
import { test } from 'node:test'
import { normalized } from './normalization.ts'

test('text is normalized as everywhere', () => {
  assert.equal(normalized('plain', 'NFC'), 'plain')
  assert.equal(normalized('Ame\u0301lie', 'NFC'), 'Am\u00e9lie')
  assert.equal(normalized('Am\u00e9lie', 'NFD'), 'Ame\u0301lie')
  assert.equal(normalized('\ufb01', 'NFKD'), 'fi')
  assert.equal(normalized('a\u0301\u0323', 'NFC'), 'a\u0301\u0323'.normalize('NFC'))
})

test('text that is composed as it is stays as it is, and whatever joins its characters is seen', () => {
  for (let code = 0; code < 0x2100; code++) {
    const text = `a${String.fromCharCode(code)}b`
    assert.equal(normalized(text, 'NFC'), text.normalize('NFC'), code.toString(16))
    assert.equal(normalized(`${text}\u0301\u2019`, 'NFC'), `${text}\u0301\u2019`.normalize('NFC'), code.toString(16))
  }
})

test('rows of combining characters are divided where no text has so many', () => {
  const row = 'a' + '\u0316'.repeat(30)
  assert.equal(normalized(row, 'NFC'), row)
  const long = normalized('a' + '\u0316'.repeat(61), 'NFC')
  assert.deepEqual(
    long.split('\u034f').map((piece) => piece.length),
    [31, 30, 1],
  )
  assert.equal(normalized(long, 'NFC'), long)
})

test('a word with a million combining characters is done with', () => {
  // To bring them into order in one row would take half an hour.
  assert(normalized('a' + '\u0301\u0323'.repeat(500_000), 'NFC').length > 1_000_000)
})
