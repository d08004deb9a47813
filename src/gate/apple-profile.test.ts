import assert from 'node:assert/strict'
import { test } from 'node:test'
import { appleProfile } from './apple-profile.ts'
import { SETTINGS, onlyPorts, python } from './setup-documents.test-support.ts'

const READ = 'import json, plistlib, sys; print(json.dumps(plistlib.loads(sys.stdin.buffer.read())))'
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

type Profile = Readonly<Record<string, unknown>> & {
  readonly PayloadContent: readonly Readonly<Record<string, unknown>>[]
}

function read(address: string, settings = SETTINGS): Profile {
  return python(READ, appleProfile(settings, address) as Buffer) as Profile
}

test('a profile has one account, with TLS, and no password', () => {
  const profile = read('ada@example.org')
  assert.deepEqual([profile['PayloadType'], profile['PayloadVersion']], ['Configuration', 1])
  const [account, ...more] = profile.PayloadContent
  assert(account)
  assert.deepEqual(more, [])
  assert.equal(account['PayloadType'], 'com.apple.mail.managed')
  const { EmailAccountType, EmailAddress, IncomingMailServerUsername, OutgoingPasswordSameAsIncomingPassword } = account
  assert.deepEqual(
    [EmailAccountType, EmailAddress, IncomingMailServerUsername, OutgoingPasswordSameAsIncomingPassword],
    ['EmailTypeIMAP', 'ada@example.org', 'ada@example.org', true],
  )
  for (const [direction, port] of [
    ['Incoming', 993],
    ['Outgoing', 465],
  ] as const) {
    assert.equal(account[`${direction}MailServerHostName`], 'mail.example.org')
    assert.equal(account[`${direction}MailServerPortNumber`], port)
    assert.equal(account[`${direction}MailServerUseSSL`], true)
    assert.equal(account[`${direction}MailServerAuthentication`], 'EmailAuthPassword')
  }
  assert(!Object.keys(account).some((key) => key.endsWith('Password') && !key.startsWith('OutgoingPasswordSame')))
})

test('the same address has the same identifiers, another one others', () => {
  const identifiers = (address: string): unknown[] => {
    const profile = read(address)
    return [profile, ...profile.PayloadContent].flatMap(({ PayloadUUID, PayloadIdentifier }) => [
      PayloadUUID,
      PayloadIdentifier,
    ])
  }
  const [ada, eve] = [identifiers('ada@example.org'), identifiers('eve@example.org')]
  assert.deepEqual(identifiers('ada@example.org'), ada)
  assert.equal(new Set([...ada, ...eve]).size, 8)
  for (const uuid of [ada[0], ada[2]]) assert.match(String(uuid), UUID)
})

test('an address stays text, whatever is in it', () => {
  const address = `a<b>&"'</string>é@example.org`
  assert.equal(read(address).PayloadContent[0]?.['EmailAddress'], address)
})

test('without IMAP it is POP3, and without a way in or one out there is no profile', () => {
  const pop = read('ada@example.org', onlyPorts({ pop3s: 10_995, submission: 587 })).PayloadContent[0]
  assert.deepEqual([pop?.['EmailAccountType'], pop?.['IncomingMailServerPortNumber']], ['EmailTypePOP', 10_995])
  assert.equal(appleProfile(onlyPorts({ imaps: 993 }), 'ada@example.org'), null)
  assert.equal(appleProfile(onlyPorts({ submissions: 465 }), 'ada@example.org'), null)
})
