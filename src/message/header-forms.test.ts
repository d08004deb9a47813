import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  addressesAsText,
  addressesForm,
  dateForm,
  groupedAddressesForm,
  messageIdsForm,
  rawForm,
  textForm,
  urlsForm,
} from './header-forms.ts'

const octets = (text: string): string => Buffer.from(text, 'utf8').toString('latin1')

test('raw (RFC 8621 §4.1.2.1)', () => {
  assert.equal(rawForm(octets(' Grüße\r\n x\0')), ' Grüße\r\n x')
  assert.equal(rawForm('\xe4x'), '\ufffdx')
})

test('text (§4.1.2.2)', () => {
  assert.equal(textForm('=?utf-8?Q?Gr=C3=BC=C3=9Fe?= x'), 'Grüße x')
})

test('addresses: the example of §4.1.2.3 and §4.1.2.4', () => {
  const value =
    '"  James Smythe" <james@example.com>, Friends: jane@example.com, =?UTF-8?Q?John_Sm=C3=AEth?= <john@example.com>;'
  assert.deepEqual(addressesForm(value), [
    { name: 'James Smythe', email: 'james@example.com' },
    { name: null, email: 'jane@example.com' },
    { name: 'John Smîth', email: 'john@example.com' },
  ])
  assert.deepEqual(groupedAddressesForm(value), [
    { name: null, addresses: [{ name: 'James Smythe', email: 'james@example.com' }] },
    {
      name: 'Friends',
      addresses: [
        { name: null, email: 'jane@example.com' },
        { name: 'John Smîth', email: 'john@example.com' },
      ],
    },
  ])
})

test('addresses outside of groups share one', () => {
  assert.deepEqual(
    groupedAddressesForm('a@b, c@d, G:;, e@f').map(({ name, addresses }) => [
      name,
      addresses.map(({ email }) => email),
    ]),
    [
      [null, ['a@b', 'c@d']],
      ['G', []],
      [null, ['e@f']],
    ],
  )
})

test('an address is written as an addr-spec', () => {
  assert.deepEqual(
    addressesForm('"a b"@c, "x"@y, root, "q\\"r"@s, <>, ".a"@b').map(({ email }) => email),
    ['"a b"@c', 'x@y', 'root', '"q\\"r"@s', '', '".a"@b'],
  )
  assert.equal(addressesForm(octets('<jürgen@müller.example>'))[0]?.email, 'jürgen@müller.example')
})

test('message identifiers (§4.1.2.5)', () => {
  assert.deepEqual(messageIdsForm('<a@b> (comment <no@id>) <c@d>'), ['a@b', 'c@d'])
  assert.deepEqual(messageIdsForm('Your message of "x" <a@b>'), ['a@b'])
  assert.deepEqual(messageIdsForm('<a\t@ b>'), ['a@b'])
  assert.deepEqual(messageIdsForm('a@b'), ['a@b'])
  assert.equal(messageIdsForm('no id'), null)
  assert.equal(messageIdsForm(''), null)
  assert.deepEqual(messageIdsForm('<unclosed <a@b>'), ['a@b'])
})

test('dates (§4.1.2.6)', () => {
  assert.deepEqual(dateForm('Fri, 21 Nov 1997 09:55:06 -0600'), { ms: 880_127_706_000, zoneMinutes: -360 })
  assert.equal(dateForm('x'), null)
})

test('URLs (§4.1.2.7, RFC 2369)', () => {
  assert.deepEqual(urlsForm('<mailto:list@host.com?subject=help> (List Instructions), <http://x/\r\n y>'), [
    'mailto:list@host.com?subject=help',
    'http://x/y',
  ])
  assert.equal(urlsForm('NO (posting not allowed)'), null)
})

test('as one text', () => {
  assert.equal(
    addressesAsText([
      { name: 'A', email: 'a@b' },
      { name: null, email: 'c@d' },
    ]),
    'A <a@b>, c@d',
  )
})
