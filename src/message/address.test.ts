import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Address, parseAddressList } from './address.ts'

function show(address: Address): string {
  if (address.kind === 'group') return `${address.name}:[${address.members.map(show).join(' ')}]`
  const { name, route, localPart, domain } = address
  return `${name === null ? '' : `{${name}}`}${route === null ? '' : `${route}:`}${localPart}|${domain}`
}

function parsed(text: string): string {
  return parseAddressList(text).map(show).join(' ')
}

function table(rows: readonly (readonly [string, string])[]): void {
  for (const [text, expected] of rows) assert.equal(parsed(text), expected, text)
}

test('mailboxes (RFC 5322 §3.4)', () => {
  table([
    ['a@b', 'a|b'],
    ['<a@b>', 'a|b'],
    ['John Doe <a@b>, c@d', '{John Doe}a|b c|d'],
    ['"Doe, John" <a@b>', '{Doe, John}a|b'],
    ['"John \\"Q\\" \\\\ Doe" <a@b>', '{John "Q" \\ Doe}a|b'],
    ['A (comment) B <a@b>', '{A B}a|b'],
    ['"a b"@c', 'a b|c'],
    ['<"a b"@c>', 'a b|c'],
    ['a@[1.2.3.4]', 'a|[1.2.3.4]'],
    ['a@[IPv6:::1]', 'a|[IPv6:::1]'],
    ['', ''],
  ])
})

test('groups', () => {
  table([
    ['Friends: a@b, C <c@d>;', 'Friends:[a|b {C}c|d]'],
    ['undisclosed-recipients:;', 'undisclosed-recipients:[]'],
    ['"A group": a@b;, c@d', 'A group:[a|b] c|d'],
    ['G: a@b', 'G:[a|b]'],
    ['A:;B:c@d;', 'A:[] B:[c|d]'],
  ])
})

test('obsolete forms (RFC 5322 §4.4)', () => {
  table([
    ['a . b @ c . d', 'a.b|c.d'],
    ['J. Q. Public <a@b>', '{J. Q. Public}a|b'],
    ['<@r1,@r2:a@b>', '@r1,@r2:a|b'],
    ['a@b,,c@d, ', 'a|b c|d'],
    ['a@b (John Doe)', '{John Doe}a|b'],
    ['a@b ((nested) \\) comment)', '{(nested) ) comment}a|b'],
    ['a@b ()', 'a|b'],
  ])
})

test('addresses as senders write them', () => {
  table([
    ['a@b <a@b>', '{a@b}a|b'],
    ['A <a@b', '{A}a|b'],
    ['A <a@b, B <c@d>', '{A}a|b {B}c|d'],
    ['a@b; c@d', 'a|b c|d'],
    ['A <a@b>; B <c@d>;', '{A}a|b {B}c|d'],
    ['<a@b><c@d>', 'a|b c|d'],
    ['a@b c@d', 'a|b c|d'],
    ['John Doe a@b', '{John Doe}a|b'],
    ['"John"a@b', '{John}a|b'],
    ['"unclosed <a@b>', '{unclosed}a|b'],
    ['[List] <a@b>', '{[List]}a|b'],
    ['=?utf-8?Q?a,b@c?= <a@b>', '{=?utf-8?Q?a,b@c?=}a|b'],
    ['\xe4 \xa0 <a@b>', '{\xe4 \xa0}a|b'],
    ['<<a@b>>', 'a|b'],
    ['a@b@c', 'a@b|c'],
    ['a@b.', 'a|b.'],
    ['root', 'root|'],
    ['John Doe', '{John Doe}|'],
    ['@b', '|b'],
    ['<>', '|'],
    ['<Undisclosed Recipients@b>', 'Undisclosed Recipients|b'],
    ['<recipients:;@b>', 'recipients:;|b'],
    ['"a@b": <c@d>', '"a@b"'.replaceAll('"', '') + ':[c|d]'],
    ['a@b: <c@d>', 'a|b c|d'],
    ['(only a comment)', ''],
  ])
})

test('any text costs no more than its length, and gives at most 10,000 addresses', () => {
  const started = process.cpuUsage()
  for (const piece of [
    'a,',
    '<',
    '>',
    '(',
    ')',
    '"',
    '""',
    '\\"',
    'a@',
    'a:',
    ';',
    '. ',
    'a ',
    'a@b ',
    '<a ',
    '(a)',
    '=?',
    '[',
    '@[',
  ]) {
    const text = piece.repeat(400_000 / piece.length)
    assert.ok(parseAddressList(text).length <= 10_000)
    parseAddressList(`"${text}`)
  }
  assert.ok(process.cpuUsage(started).user < 8_000_000)
})
