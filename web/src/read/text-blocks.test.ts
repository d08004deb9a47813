import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { textBlocks, textPieces } from './text-blocks.ts'

test('a quote with the line that introduces it, and a signature', () => {
  assert.deepEqual(textBlocks('Yes.\n\nOn Monday, Orchard wrote:\n> Shall we?\n>\n> Orchard\n\nSee below\n-- \nAda'), [
    { kind: 'text', text: 'Yes.' },
    { kind: 'quote', text: 'On Monday, Orchard wrote:\n> Shall we?\n>\n> Orchard' },
    { kind: 'text', text: 'See below' },
    { kind: 'signature', text: '-- \nAda' },
  ])
})

test('links end before the punctuation of the sentence', () => {
  assert.deepEqual(textPieces('See https://example.org/a_(b), or (https://example.net/x). Ask me@example.org.'), [
    { text: 'See ', href: null },
    { text: 'https://example.org/a_(b)', href: 'https://example.org/a_(b)' },
    { text: ', or (', href: null },
    { text: 'https://example.net/x', href: 'https://example.net/x' },
    { text: '). Ask ', href: null },
    { text: 'me@example.org', href: 'mailto:me@example.org' },
    { text: '.', href: null },
  ])
})

test('neither scripts nor misleading names become links', () => {
  for (const text of ['javascript:alert(1)', 'https://bank.example@evil.example/', 'data:text/html,x']) {
    assert.ok(
      textPieces(text).every(({ href }) => href === null || href.startsWith('mailto:')),
      text,
    )
  }
})

test('no text is lost, whatever it is', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 500 }), (text) => {
      assert.equal(
        textPieces(text)
          .map((piece) => piece.text)
          .join(''),
        text,
      )
      textBlocks(text)
    }),
  )
})
