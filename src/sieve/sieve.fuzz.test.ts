// Scripts made of true and false tokens, over messages made of anything: nothing throws, what is refused says where, and every run ends with the
// message somewhere, or discarded by a script that says so. MAILKEEP_FUZZ_RUNS makes it long.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { compileScript } from './compile.ts'
import { EXTENSIONS } from './extensions.ts'
import type { SieveHost } from './host.ts'
import { MessageView } from './message-view.ts'
import { A_MESSAGE } from './run.test-support.ts'
import { runScript } from './run.ts'

const runs = Number(process.env['MAILKEEP_FUZZ_RUNS'] ?? 600)

const REQUIRE = `require [${EXTENSIONS.map((name) => `"${name}"`).join(',')}];`

const words = [
  'if', 'elsif', 'else', 'require', 'stop', 'keep', 'discard', 'fileinto', 'redirect', 'set', 'addflag', 'vacation', 'include', 'return', 'global',
  'header', 'address', 'envelope', 'exists', 'size', 'body', 'date', 'currentdate', 'string', 'hasflag', 'duplicate', 'ihave', 'error', 'not',
  'allof', 'anyof', 'true', 'false', ':is', ':contains', ':matches', ':count', ':value', ':comparator', ':over', ':under', ':index', ':last',
  ':flags', ':copy', ':create', ':content', ':raw', ':zone', ':lower', ':length', ':handle', ':seconds', ':mime', '"ge"', '"from"', '"subject"',
  '"i;octet"', '"*@*"', '"${1}"', '"${a}"', '"a"', '"INBOX"', '"x@example.org"', '"+0100"', '"year"', '1', '20K', '(', ')', '[', ']', '{', '}', ',',
  ';', ';', '#x\n', '/*', '*/', 'text:\n.\n', '"', '\\', '\u0000', '\u00ff',
] // prettier-ignore

/** Mostly whole commands, so that runs come far. */
const phrases = [
  'keep;', 'discard;', 'stop;', 'keep :flags "\\\\Seen";', 'addflag "a";', 'removeflag ["a", "b"];', 'set "a" "${1}${a}x";', 'fileinto "INBOX";',
  'fileinto :create :copy "b";', 'redirect "x@example.org";', 'vacation "x";', 'include :optional "y";', 'include "self";', 'return;',
  'if header :matches "subject" "*a*" {', 'if anyof (address :all "from" "x", body :contains "y") {', 'if not exists "x" {', '}', '} else {',
  'if hasflag :count "ge" "1" {', 'if string :value "lt" "${a}" "b" {', 'if date :originalzone "date" "year" "1997" {', 'if duplicate {', 'if ihave "nothing" {',
  'addheader "X-A" "${1}";', 'addheader :last "Subject" "b";', 'deleteheader :matches "subject" "*a*";', 'deleteheader :index 1 "to";',
  'if metadata :matches "INBOX" "/private/a" "*" {', 'if servermetadataexists ["/shared/a"] {',
  'if header :regex "subject" ["(a|b)*c?", "${1}"] {', 'if body :regex "^[^a-z]+$" {', 'set :quoteregex "a" "${a}.";',
  'foreverypart {', 'foreverypart :name "a" {', 'break;', 'break :name "a";', 'foreverypart { extracttext :first 3 "a";', 'if header :mime :anychild :type "content-type" "text" {',
  'if envelope :detail :matches "to" "*" {', 'if body :content "" :matches "*??a*" {', 'if size :over 1K {', 'x_thing "a";',
] // prettier-ignore

const script = fc
  .array(
    fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom(...phrases) },
      { weight: 1, arbitrary: fc.constantFrom(...words) },
    ),
    { maxLength: 25 },
  )
  .map((pieces) => pieces.join(' '))

const message = fc.oneof(
  fc.constant(Buffer.from(A_MESSAGE)),
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  fc
    .string({ maxLength: 200 })
    .map((text) => Buffer.from(`From: ${text}\r\nSubject: ${text}\r\nDate: ${text}\r\n\r\n${text}`)),
)

function hostOf(source: string): SieveHost {
  return {
    now: 1_000,
    envelope: { from: '', to: 'ada+x@example.org' },
    mailboxExists: (path) => path === 'INBOX',
    mayCreate: () => true,
    specialUse: () => null,
    annotation: (path) => path,
    environment: () => null,
    isDuplicate: () => false,
    script: (name) => (name === 'self' ? compileScript(source) : null),
  }
}

function tryOut(source: string, bytes: Buffer): void {
  const compiled = compileScript(source)
  if (!compiled.ok) {
    assert.ok(compiled.issues.length > 0)
    for (const { line, column, text } of compiled.issues) {
      assert.ok(line >= 1 && column >= 1 && text !== '', `${line}:${column} ${text}`)
      assert.ok(line <= source.split('\n').length)
    }
    return
  }
  // Jumps lead forward only.
  for (const [at, instruction] of compiled.program.instructions.entries()) {
    if (instruction.op === 'jump' || instruction.op === 'jumpIf') {
      assert.ok(instruction.to > at && instruction.to <= compiled.program.instructions.length)
    }
  }
  const outcome = runScript(compiled.program, new MessageView(bytes), hostOf(source))
  if (outcome.failure !== null) {
    assert.deepEqual(outcome.filings, [{ mailbox: null, specialUse: null, create: false, flags: [] }])
    assert.deepEqual([outcome.redirects, outcome.vacation, outcome.seen], [[], null, []])
  } else if (outcome.filings.length === 0) assert.match(source, /discard|redirect/)
}

test('scripts of true and false tokens', () => {
  let compiled = 0
  fc.assert(
    fc.property(script, message, fc.boolean(), (text, bytes, requires) => {
      const source = (requires ? REQUIRE : '') + text
      if (compileScript(source).ok) compiled++
      tryOut(source, bytes)
    }),
    { numRuns: runs },
  )
  // Otherwise nothing but the parser is tried.
  assert.ok(compiled > runs / 50, `${compiled} of ${runs} compile`)
})

test('scripts of any octets', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), message, (bytes, mail) =>
      tryOut(Buffer.from(bytes).toString('latin1'), mail),
    ),
    { numRuns: runs },
  )
})

test('the work for one message is bounded, and a script that wants more leaves it in INBOX', () => {
  const body = Buffer.from(`From: a@example.org\r\n\r\n${'a'.repeat(1 << 20)}`)
  const test = `body :matches "*${'?a'.repeat(400)}b*"`
  const source = `require ["body"]; ${`if ${test} { discard; }\n`.repeat(60)}`
  const compiled = compileScript(source)
  assert.ok(compiled.ok)
  const outcome = runScript(compiled.program, new MessageView(body), hostOf(source))
  assert.equal(outcome.failure?.text, 'the script takes too long for this message')
})
