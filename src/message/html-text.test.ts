import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { htmlToText } from './html-text.ts'

function table(rows: readonly (readonly [string, string])[]): void {
  for (const [html, text] of rows) assert.equal(htmlToText(html), text, html)
}

test('text, blocks and white space', () => {
  table([
    ['plain', 'plain'],
    [' a \n b\t<b> c</b>d ', 'a b cd'],
    ['<p>one</p><p>two</p>', 'one\n\ntwo'],
    ['one<br>two<BR/>three<br><br><br>four', 'one\ntwo\nthree\n\nfour'],
    ['<div>a<div>b</div></div>c', 'a\nb\nc'],
    ['<ul><li>a<li>b</ul>', '• a\n• b'],
    ['<table><tr><td>a<td>b<tr><th>c</table>', 'a b\nc'],
    ['a<pre>\n x\n   y</pre>b', 'a\n\n x\n   y\n\nb'],
    ['a<span>b</span>c', 'abc'],
    ['a&nbsp;&nbsp;b', 'a\u00a0\u00a0b'],
  ])
})

test('what is no text is left out', () => {
  table([
    ['<html><head><title>t</title><style>p {x: "</p>"}</style><script>if (a<b) "</div>"</script></head>x', 'x'],
    ['a<!-- <b> -- > -->b<!-->c<!DOCTYPE x>d<?xml ?>e', 'abcde'],
    ['<STYLE>x</Style >y', 'y'],
    ['<a href="x>y" title=\'<b>\'>z</a>', 'z'],
    ['<img src=x alt="A cat"> and <img alt=\'dog\'/><img>', 'A cat and dog'],
    ['<svg><text>x</text></svg>y', 'y'],
  ])
})

test('what is not closed, and what is no markup', () => {
  table([
    ['a < b and 1<2 <', 'a < b and 1<2 <'],
    ['a</ x>b', 'ab'],
    ['x<script>never closed', 'x'],
    ['x<!-- never closed', 'x'],
    ['x<a href="never closed', 'x'],
    ['x<a href="unclosed>y</a>', 'xy'],
    ["<b title=it's>x</b>", 'x'],
    ['', ''],
  ])
})

test('character references', () => {
  table([
    ['&lt;b&gt; &amp;amp; &quot;&apos;&#39;&#x27;', "<b> &amp; \"'''"],
    ['&eacute;&Eacute;&euro;&mdash;&hellip;', 'éÉ€—…'],
    ['&copy 2020 &amp.x &notaname; &; &#; &#x; &', '© 2020 &.x &notaname; &; &#; &#x; &'],
    ['&#128;&#0;&#xD800;&#1114112;&#x1F600;', '€\ufffd\ufffd\ufffd😀'],
  ])
})

test('a limit of length', () => {
  assert.equal(htmlToText('<p>abc</p><p>def</p>', 4), 'abc\n')
  assert.equal(htmlToText('abc', 0), '')
})

test('any text gives text, of bounded length and without markup of its own', () => {
  const piece = fc.constantFrom(
    '<',
    '>',
    '</',
    '<!--',
    '-->',
    '<p>',
    '<br>',
    '<pre>',
    '</pre>',
    '<style>',
    '</style>',
    '<a href="',
    '"',
    "'",
    '=',
    '&',
    '&amp;',
    '&#',
    ';',
    'text',
    ' ',
    '\n',
    'é',
    '<li>',
    '<td',
    '/',
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 60 }), fc.nat(50), (pieces, max) => {
      const html = pieces.join('')
      const text = htmlToText(html)
      assert.ok(text.length <= html.length * 3)
      assert.equal(htmlToText(html, max), text.slice(0, max))
    }),
  )
})

test('hostile HTML costs no more than its length', () => {
  const pieces = [
    '<b>',
    '<div>',
    '<',
    '<a href="',
    '<a b=\'x">',
    '<a x="" y="">',
    '<!--',
    '<!-- -->',
    '&',
    '&amp;',
    '&#',
    '&a',
    '<script>',
    '<style></style>',
    '<img alt="',
    '<p>x',
    '</',
    '<pre> ',
    '<li>',
    '<svg><b>',
    ' =',
    '<a =',
    '<a "',
  ]
  for (const piece of pieces) {
    const html = piece.repeat(5_000_000 / piece.length)
    const started = process.threadCpuUsage()
    htmlToText(html, 1 << 20)
    const { user } = process.threadCpuUsage(started)
    // Measured at most 150 ms; more only where the machine is slower.
    assert.ok(user < 1_000_000, `${piece}: ${user / 1000} ms`)
  }
})
