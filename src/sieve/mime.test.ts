// Parts of messages in scripts (RFC 5703): loops, tests of their headers, and their text.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { holds, mistakes, runOn, summary } from './run.test-support.ts'

const MESSAGE = Buffer.from(
  [
    'From: a@example.org',
    'Subject: outer',
    'Content-Type: multipart/mixed; boundary=o',
    '',
    '--o',
    'Content-Type: multipart/alternative; boundary=i',
    '',
    '--i',
    'Content-Type: text/plain; charset=iso-8859-1',
    'Content-Transfer-Encoding: quoted-printable',
    '',
    'Gr=FC=DFe',
    'two',
    '--i',
    'Content-Type: text/html; charset=utf-8',
    '',
    '<p>Hello</p>',
    '--i--',
    '--o',
    "Content-Type: application/pdf; name*=utf-8''%C3%BCber.pdf",
    'Content-Disposition: Attachment; filename="=?utf-8?Q?=C3=BCber=2Epdf?="; size=7',
    'Content-From: Tim <tim@example.com>',
    'Content-MD5: x',
    'X-Twice: one',
    'X-Twice: two',
    '',
    'pdf',
    '--o',
    'Content-Type: message/rfc822',
    '',
    'Subject: inner',
    'Content-Type: text/plain',
    '',
    'within',
    '--o',
    'Content-Type: text/plain; charset=x-unheard-of',
    '',
    '\u00fc',
    '--o--',
    '',
  ].join('\r\n'),
  'latin1',
)
const MIME = ['mime', 'relational', 'comparator-i;ascii-numeric', 'index']

test('§4.1: the message alone, or all of its parts', () => {
  for (const [written, is] of [
    ['header :mime :type "Content-Type" "multipart"', true],
    ['header :mime :type "Content-Type" "text"', false],
    ['header :mime :anychild :type "Content-Type" "text"', true],
    ['header :mime :subtype "Content-Type" "MIXED"', true],
    ['header :mime :anychild :contenttype "content-type" "text/html"', true],
    ['header :mime :anychild :contenttype "content-type" "text/css"', false],
    ['header :mime :anychild :type "Content-Disposition" "attachment"', true],
    ['header :mime :anychild :contenttype "Content-Disposition" "attachment"', true],
    ['header :mime :anychild :subtype "Content-Disposition" ""', true],
    ['header :mime :anychild :type "Content-MD5" ""', true],
    ['header :mime :anychild :param "filename" "Content-Disposition" "\u00fcber.pdf"', true],
    [
      'header :mime :anychild :param ["x", "name"] :contains ["Content-Type", "Content-Disposition"] "\u00dcBER"',
      false,
    ],
    ['header :mime :anychild :param ["x", "name"] :matches ["Content-Type", "Content-Disposition"] "*ber.PDF"', true],
    ['header :mime :param "filename" :contains "Content-Disposition" ""', false],
    ['header :mime :anychild "subject" "inner"', true],
    ['header "subject" "inner"', false],
    ['header :mime :anychild :index 2 "x-twice" "two"', true],
    ['header :mime :anychild :index 1 :last "x-twice" "one"', false],
    ['header :mime :anychild :count "eq" :comparator "i;ascii-numeric" :type "content-type" "8"', true],
    ['header :mime :anychild :count "eq" :comparator "i;ascii-numeric" :type "content-md5" "0"', true],
    [
      'header :mime :anychild :count "eq" :comparator "i;ascii-numeric" :param ["filename", "size", "x"] "content-disposition" "2"',
      true,
    ],
    ['address :mime :anychild :all "content-from" "tim@example.com"', true],
    ['address :mime :all "content-from" "tim@example.com"', false],
    ['exists :mime :anychild "content-md5"', true],
    ['exists :mime :anychild ["content-md5", "x-none"]', false],
    ['exists :mime "content-md5"', false],
    ['exists "content-md5"', false],
  ] as const) {
    assert.equal(holds(written, { message: MESSAGE }, MIME), is, written)
  }
  for (const [written, why] of [
    ['header :anychild "a" "b"', '":anychild" needs ":mime"'],
    ['exists :anychild "a"', '":anychild" needs ":mime"'],
    ['header :param "x" "a" "b"', '":param" needs ":mime"'],
    ['header :mime :type :subtype "a" "b"', '":subtype" and ":type" exclude each other'],
    ['address :mime :type "a" "b"', '"address" has no argument ":type"'],
  ] as const) {
    assert.match(mistakes(`require "mime"; if ${written} { }`)[0] ?? '', new RegExp(why), written)
  }
  assert.deepEqual(mistakes('if exists :mime "a" { }'), ['1:11 ":mime" needs require "mime"'])
})

/** What the script leaves in the variable `v`. */
function value(script: string, message: string | Buffer = MESSAGE): string {
  const required = '"foreverypart", "mime", "variables", "extracttext", "vacation", "fileinto", "include"'
  const outcome = runOn(`require [${required}]; ${script} vacation "\${v}|";`, { message, scripts: { part } })
  return outcome.failure?.text ?? outcome.vacation?.reason ?? ''
}

const part =
  'require ["mime", "variables", "include"]; global "v"; if header :mime :contenttype :matches "content-type" "*" { set "v" "${v} ${1}"; }'
const NOTE =
  'if header :mime :contenttype :matches "content-type" "*" { set "v" "${v} ${1}"; } else { set "v" "${v} -"; }'

test('§3: loops visit the message and all parts, depth first, and inner ones what is within', () => {
  assert.equal(
    value(`foreverypart { ${NOTE} }`),
    ' multipart/mixed multipart/alternative text/plain text/html application/pdf message/rfc822 text/plain text/plain|',
  )
  assert.equal(value(`foreverypart { ${NOTE} }`, 'From: x\r\n\r\ny'), ' -|')
  assert.equal(
    value(`foreverypart { if header :mime :subtype "content-type" "alternative" { foreverypart { ${NOTE} } } }`),
    ' text/plain text/html|',
  )
  assert.equal(
    value(`foreverypart { if header :mime :subtype "content-type" "pdf" { foreverypart { ${NOTE} } } }`),
    '|',
  )
  // Without :mime it is the message's own header, everywhere.
  assert.equal(value('foreverypart { if header :matches "subject" "*" { set "v" "${1}"; } }'), 'outer|')
  assert.equal(
    value('foreverypart { if header :mime :anychild :subtype "content-type" "html" { set "v" "${v}x"; } }'),
    'xxx|',
  )
  // An included script has no loop around it.
  assert.equal(value('global "v"; foreverypart { include "part"; break; }'), ' multipart/mixed|')
})

test('§3: break leaves the loop around it, or the one of that name', () => {
  assert.equal(value(`foreverypart { ${NOTE} if header :mime :type "content-type" "text" { break; } }`),
    ' multipart/mixed multipart/alternative text/plain|') // prettier-ignore
  assert.equal(value('foreverypart { foreverypart { set "v" "${v}i"; break; } set "v" "${v}o"; }'), 'ioiooooiooo|')
  assert.equal(
    value('foreverypart :name "a" { foreverypart { set "v" "${v}i"; break :name "a"; } set "v" "${v}o"; }'),
    'i|',
  )
  assert.equal(
    value('foreverypart :name "a" { foreverypart :name "a" { break :name "a"; } set "v" "${v}o"; }'),
    'oooooooo|',
  )
  const wrong = (script: string): string => mistakes(`require "foreverypart"; ${script}`)[0] ?? ''
  assert.equal(wrong('break;'), '1:25 "break" must stand within "foreverypart"')
  assert.equal(wrong('foreverypart { break :name "x"; }'), '1:40 there is no loop of that name around it')
  assert.equal(wrong('foreverypart;'), '1:25 "foreverypart" must be followed by a block')
  assert.match(wrong('foreverypart { '.repeat(5) + '}'.repeat(5)), /loops may be nested 4 deep/)
  assert.match(wrong('foreverypart { require "mime"; }'), /"require" must stand before all other commands/)
  assert.deepEqual(mistakes('foreverypart { }'), ['1:1 "foreverypart" needs require "foreverypart"'])
})

test('stop, and errors, end loops, too', () => {
  const script = 'require ["foreverypart", "fileinto"]; foreverypart { discard; stop; } keep;'
  assert.equal(summary(runOn(script, { message: MESSAGE })), 'discard')
  assert.equal(
    summary(runOn('require ["foreverypart", "fileinto"]; foreverypart { fileinto "No"; }', { message: MESSAGE })),
    'error 1:54 there is no mailbox "No"',
  )
})

test('§7: the text of a part, in UTF-8, of so many characters, with modifiers', () => {
  const text = (wanted: string, extract: string): string =>
    value(`foreverypart { if header :mime :contenttype "content-type" "${wanted}" { ${extract} break; } }`)
  assert.equal(text('text/plain', 'extracttext "v";'), 'Gr\u00c3\u00bc\u00c3\u009fe\r\ntwo|')
  assert.equal(text('text/plain', 'extracttext :first 3 "v";'), 'Gr\u00c3\u00bc|')
  assert.equal(text('text/plain', 'extracttext :upper :first 4 "v";'), 'GR\u00c3\u00bc\u00c3\u009f|')
  assert.equal(text('text/plain', 'extracttext :length :first 4 "v";'), '4|')
  assert.equal(text('text/html', 'extracttext "v";'), '<p>Hello</p>|')
  assert.equal(text('application/pdf', 'set "v" "x"; extracttext "v";'), '|')
  assert.equal(text('multipart/mixed', 'set "v" "x"; extracttext "v";'), '|')
  // Of an unknown character set there is nothing; it is the last.
  assert.equal(value('foreverypart { if header :mime :type "content-type" "text" { extracttext "v"; } }'), '|')
  assert.deepEqual(mistakes('require ["extracttext", "variables"]; extracttext "v";'), [
    '1:39 "extracttext" must stand within "foreverypart"',
  ])
  assert.deepEqual(mistakes('require ["extracttext", "foreverypart"]; foreverypart { extracttext "v"; }'), [
    '1:57 "extracttext" needs require "variables"',
  ])
})

test('many parts and loops within loops end, if not otherwise as an error', () => {
  const parts = '--b\r\nContent-Type: text/plain\r\n\r\nx\r\n'.repeat(4_000)
  const message = `From: x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n${parts}--b--\r\n`
  const nested = `${'foreverypart { '.repeat(4)}if header :mime :anychild "x" "y" { }${' }'.repeat(4)}`
  assert.equal(summary(runOn(`require ["foreverypart", "mime"]; ${nested}`, { message })), 'INBOX')
  const each = 'foreverypart { if header :mime :anychild "x" "y" { } foreverypart { if exists :mime "x" { } } }'
  assert.equal(summary(runOn(`require ["foreverypart", "mime"]; ${each}`, { message })), 'INBOX')
  const slow = 'foreverypart { if header "from" "y" { } } '.repeat(900)
  assert.match(summary(runOn(`require ["foreverypart"]; ${slow}`, { message })), /takes too long/)
})
