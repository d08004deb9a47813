// Actions of RFC 5228 §4, and of the extensions that add actions.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mistakes, runOn, summary } from './run.test-support.ts'

const lists = { mailboxes: ['Lists', 'Work/Now'] }

test('§2.10.2: the implicit keep', () => {
  assert.equal(summary(runOn('')), 'INBOX')
  assert.equal(summary(runOn('if false { discard; }')), 'INBOX')
  assert.equal(summary(runOn('discard;')), 'discard')
  assert.equal(summary(runOn('redirect "ada@example.org";')), 'redirect:ada@example.org')
  assert.equal(summary(runOn('require "fileinto"; fileinto "Lists"; discard;', lists)), 'Lists')
  assert.equal(summary(runOn('discard; keep;')), 'INBOX')
  assert.equal(summary(runOn('discard; stop; keep;')), 'discard')
  assert.equal(summary(runOn('require "copy"; redirect :copy "ada@example.org";')), 'INBOX redirect:ada@example.org')
  assert.equal(summary(runOn('require ["copy", "fileinto"]; fileinto :copy "Lists";', lists)), 'Lists INBOX')
})

test('§2.10.3: in each mailbox once', () => {
  const script = 'require "fileinto"; keep; fileinto "inbox"; fileinto "Lists"; fileinto "Lists"; keep;'
  assert.equal(summary(runOn(script, lists)), 'INBOX Lists')
})

test('§2.10.6: an error leaves the message in INBOX, and nothing else is done', () => {
  const script =
    'require ["fileinto", "imap4flags"];\r\naddflag "\\\\Seen"; redirect "ada@example.org";\r\n  fileinto "Nowhere";'
  const outcome = runOn(script, lists)
  assert.equal(summary(outcome), 'error 3:3 there is no mailbox "Nowhere"')
  assert.deepEqual(outcome.filings, [{ mailbox: null, specialUse: null, create: false, flags: [] }])
  assert.deepEqual([outcome.redirects, outcome.vacation, outcome.seen], [[], null, []])
})

test('§2.10.4: so many actions and no more', () => {
  const many = Array.from({ length: 5 }, (_, at) => `redirect "a${at}@example.org";`)
  assert.equal(summary(runOn(many.slice(0, 4).join(''))).split(' ').length, 4)
  assert.match(summary(runOn(many.join(''))), /^error .* a message may be sent on to 4 addresses$/)
  assert.equal(summary(runOn('redirect "a@example.org";'.repeat(9))), 'redirect:a@example.org')
  const boxes = Array.from({ length: 33 }, (_, at) => `M${at}`)
  const filings = boxes.map((name) => `fileinto "${name}";`).join('')
  assert.match(
    summary(runOn(`require "fileinto";${filings}`, { mailboxes: boxes })),
    /a message may be filed 32 times$/,
  )
})

test('§4.2: addresses that mail can be sent to', () => {
  for (const address of [
    'ada@example.org',
    'Ada <ada@example.org>',
    '\\"A, B\\" <a.b+c@example.org>',
    'z\u00fc@b\u00fccher.example',
  ]) {
    assert.deepEqual(mistakes(`redirect "${address}";`), [], address)
  }
  for (const address of [
    '',
    'ada',
    'a@b@c',
    'a@example.org, b@example.org',
    'G: a@example.org;',
    '<@r:a@example.org>',
    'a b@example.org',
    'a@-x',
  ]) {
    assert.deepEqual(mistakes(`redirect "${address}";`), ['1:10 that is not an address mail can be sent to'], address)
  }
})

test('RFC 5490 §3.2 and RFC 8579 §4: a mailbox that is made, or known by its use', () => {
  assert.equal(summary(runOn('require ["fileinto", "mailbox"]; fileinto :create "New/One";')), 'New/One+')
  assert.match(summary(runOn('require ["fileinto", "mailbox"]; fileinto :create "a//b";')), /no mailbox can be made/)
  const junk = { mailboxes: ['Spam', 'Other'], specialUse: { '\\Junk': 'Spam' } }
  const script = (attribute: string): string =>
    `require ["fileinto", "special-use"]; fileinto :specialuse "\\\\${attribute}" "Other";`
  assert.equal(summary(runOn(script('Junk'), junk)), 'Spam')
  assert.equal(summary(runOn(script('Archive'), junk)), 'Other')
  const made = runOn('require ["fileinto", "special-use", "mailbox"]; fileinto :specialuse "\\\\Junk" :create "Mess";')
  assert.deepEqual(made.filings, [{ mailbox: 'Mess', specialUse: '\\Junk', create: true, flags: [] }])
})

test('RFC 5232: flags', () => {
  const flags = (script: string): string =>
    summary(runOn(`require ["imap4flags", "fileinto", "variables", "relational"]; ${script}`, lists))
  assert.equal(
    flags('addflag ["\\\\Seen", "$Label1"]; addflag "$label1 \\\\Flagged";'),
    'INBOX[\\Seen $Label1 \\Flagged]',
  )
  assert.equal(flags('setflag "a b"; removeflag "B"; keep;'), 'INBOX[a]')
  assert.equal(flags('addflag "a"; setflag "b";'), 'INBOX[b]')
  assert.equal(flags('keep :flags ["  x   y ", ""];'), 'INBOX[x y]')
  assert.equal(flags('keep :flags "\\\\Recent \\\\Foo (bad) b%d ok";'), 'INBOX[ok]')
  assert.equal(flags('addflag "v" "\\\\Deleted"; fileinto :flags "${v}" "Lists";'), 'Lists[\\Deleted]')
  assert.equal(flags('keep :flags "a"; fileinto "inbox";'), 'INBOX')
  assert.equal(flags('setflag "A B"; if hasflag "b A" { discard; }'), 'discard')
  assert.equal(flags('setflag "A B"; if hasflag ["c", "a"] { discard; }'), 'discard')
  assert.equal(flags('setflag "A B"; if hasflag "c" { discard; }'), 'INBOX[A B]')
  const mine = 'set "MyVar" "NonJunk Junk gnus-forward $Forwarded NotJunk JunkRecorded $Junk $NotJunk";'
  for (const test of ['"Junk"', '"forward"', '["label", "forward"]', '"junk forward"']) {
    assert.equal(flags(`${mine} if hasflag :contains "MyVar" ${test} { discard; }`), 'discard', test)
  }
  assert.equal(flags(`${mine} if hasflag :contains "MyVar" ["label1", "label2"] { discard; }`), 'INBOX')
  assert.equal(flags('set "f" "A B a"; if hasflag :count "eq" "f" "2" { discard; }'), 'discard')
  assert.deepEqual(mistakes('require "imap4flags"; addflag "v" "a";'), [
    '1:31 a variable of flags needs require "variables"',
  ])
})

test('RFC 5229: variables', () => {
  const value = (script: string): string => {
    const outcome = runOn(`require ["variables", "fileinto", "mailbox", "vacation"]; ${script} vacation "\${v}";`)
    return outcome.failure?.text ?? outcome.vacation?.reason ?? ''
  }
  assert.equal(value('set "v" "a"; set "V" "${v}b";'), 'ab')
  assert.equal(value('set "c" "ACME"; set "v" "${BAD${c}";'), '${BADACME')
  assert.equal(value('set "c" "ACME"; set "v" "${President, ${C} Inc.}";'), '${President, ACME Inc.}')
  assert.equal(value('set "v" "x${full}y";'), 'xy')
  assert.equal(value('set "v" "&%${}!";'), '&%${}!')
  assert.equal(value('set "v" "${doh!}";'), '${doh!}')
  assert.equal(value('set :length "v" "juMBlEd lETteRS";'), '15')
  assert.equal(value('set :length "v" "\u00fc\u20ac";'), '2')
  assert.equal(value('set :lower "v" "juMBlEd";'), 'jumbled')
  assert.equal(value('set :upperfirst :lower "v" "juMBlEd lETteRS";'), 'Jumbled letters')
  assert.equal(value('set :quotewildcard "v" "Rock*?\\\\";'), 'Rock\\*\\?\\\\')
  assert.equal(value('if header :matches "subject" "* have a * for *" { set "v" "${1}|${2}|${03}|${4}|${0}"; }'),
    'I|present|you||I have a present for you') // prettier-ignore
  assert.equal(value('if address :matches "from" "coyote@**.org" { set "v" "${1}|${2}"; }'), '|desert.example')
  assert.equal(value('if header :matches "subject" "i ?*a*" { set "v" "${1}|${2}|${3}"; }'), 'h||ve a present for you')
  // A match that fails, and one of a body, leave them as they were.
  assert.equal(
    value('if header :matches "from" "*" { } if header :matches "from" "x*" { } set "v" "${1}";').length > 0,
    true,
  )
  assert.equal(value(`set "v" "${'x'.repeat(20_000)}";`).length, 16_384)
  assert.deepEqual(mistakes('require "variables"; set "1" "a";'), ['1:26 "1" is no name for a variable'])
  assert.deepEqual(mistakes('require "variables"; set "a.b" "a";'), ['1:26 "a.b" is no name for a variable'])
  assert.deepEqual(mistakes('require "variables"; set "${a}" "a";'), [
    "1:26 a variable's name must not have variables in it",
  ])
  assert.deepEqual(mistakes('require "variables"; set :lower :upper "a" "a";'), [
    '1:33 ":upper" and ":lower" exclude each other',
  ])
  assert.deepEqual(mistakes('require "variables"; set "a" "${x.y}";'), [
    '1:30 there is no namespace "x", or it has no such variable',
  ])
  assert.deepEqual(mistakes('require "variables"; set "a" "${33}";'), ['1:30 there are match variables up to 32'])
  // Without it nothing is replaced.
  assert.equal(runOn('require "vacation"; vacation "${a}";').vacation?.reason, '${a}')
})

test('RFC 5230 and RFC 6131: vacation', () => {
  const vacation = runOn(
    'require "vacation"; vacation :days 23 :subject "Gone" :from "Ada <ada@example.org>" :addresses ["a@example.net"] "Away";',
  )
  assert.deepEqual(vacation.vacation, {
    handle: '=["Gone","Ada <ada@example.org>",false,"Away"]',
    seconds: 23 * 86_400,
    subject: 'Gone',
    from: { name: 'Ada', email: 'ada@example.org' },
    addresses: ['a@example.net'],
    isMime: false,
    reason: 'Away',
  })
  assert.equal(summary(vacation), 'INBOX vacation')
  const seconds = (tag: string): number | undefined =>
    runOn(`require "vacation-seconds"; vacation ${tag} "x";`).vacation?.seconds
  assert.deepEqual([seconds(''), seconds(':days 0'), seconds(':days 9999'), seconds(':seconds 0'), seconds(':seconds 1800')], [
    604_800, 86_400, 366 * 86_400, 0, 1_800,
  ]) // prettier-ignore
  assert.match(
    summary(runOn('require "vacation"; vacation "a"; vacation "b";')),
    /^error 1:35 "vacation" may be run once/,
  )
  // §4.2: what is told apart is what is written, not what comes of it.
  const script =
    'require ["vacation", "variables"]; if header :matches "subject" "*" { vacation :subject "Re: ${1}" "x"; }'
  assert.equal(runOn(script).vacation?.subject, 'Re: I have a present for you')
  assert.equal(runOn(script).vacation?.handle, '=["Re: ${1}",null,false,"x"]')
  assert.deepEqual(mistakes('require "vacation-seconds"; vacation :days 1 :seconds 1 "x";'), [
    '1:46 ":seconds" and ":days" exclude each other',
  ])
})

test('RFC 6609: include', () => {
  const scripts = {
    spam: 'require ["fileinto", "include"]; if header :contains "subject" "present" { fileinto "Lists"; return; } discard;',
    stops: 'discard; stop;',
    self: 'require "include"; include "self";',
    once: 'require ["include", "variables"]; include :once "self"; global "n"; set "n" "${n}x";',
    broken: 'foo;',
    globals: 'require ["include", "variables"]; global ["a", "b"]; set "b" "${a}!"; set "local" "theirs";',
  }
  const run = (script: string): string => summary(runOn(script, { ...lists, scripts }))
  assert.equal(run('require "include"; include "spam";'), 'Lists')
  assert.equal(run('require "include"; include "spam"; keep;'), 'Lists INBOX')
  assert.equal(run('require "include"; include "stops"; keep;'), 'discard')
  assert.equal(run('require "include"; discard; return; keep;'), 'discard')
  assert.equal(run('require "include"; include "none";'), 'error 1:20 there is no script "none" to be included')
  assert.equal(run('require "include"; include :optional "none";'), 'INBOX')
  assert.equal(run('require "include"; include :global "spam";'), 'error 1:20 there is no script "spam" to be included')
  assert.match(run('require "include"; include "self";'), /^error 1:20 the script "self" includes itself$/)
  assert.match(run('require "include"; include "broken";'), /the included script "broken" has mistakes/)
  const twice =
    'require ["include", "variables", "vacation"]; global "n"; include :once "once"; include :once "once"; vacation "${n}";'
  assert.equal(runOn(twice, { scripts: { ...scripts, self: '' } }).vacation?.reason, 'x')
  const globals =
    'require ["include", "variables", "vacation"]; global "a"; set "a" "1"; set "local" "mine"; include "globals"; vacation "${global.b}${local}${b}";'
  assert.equal(runOn(globals, { scripts }).vacation?.reason, '1!mine')
  assert.match(
    run('require ["include", "variables"]; set "x" "1"; global "x";'),
    /"x" was set before it was declared global/,
  )
  assert.deepEqual(mistakes('require "include"; global "x";'), ['1:20 "global" needs require "variables"'])
})
