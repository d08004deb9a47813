import assert from 'node:assert/strict'
import { test } from 'node:test'
import { autoconfigDocument } from './autoconfig-document.ts'
import { SETTINGS, childrenNamed, onlyPorts, readXml, texts } from './setup-documents.test-support.ts'
import { xmlText } from './xml.ts'

const DOMAIN = { name: 'example.org', displayName: 'example.org' }

test('a program learns where to fetch and to send, TLS first, and puts in the name itself', () => {
  const root = readXml(autoconfigDocument(SETTINGS, DOMAIN) as Buffer)
  assert.deepEqual([root.name, root.attributes], ['clientConfig', { version: '1.1' }])
  const [provider] = childrenNamed(root, 'emailProvider')
  assert(provider)
  assert.equal(provider.attributes['id'], 'example.org')
  assert.deepEqual(texts(provider)['domain'], 'example.org')
  const servers = (name: string): string[] =>
    childrenNamed(provider, name).map((server) => {
      const { hostname, port, socketType, url, authentication, username } = texts(server)
      assert.equal(username, '%EMAILADDRESS%')
      return [server.attributes['type'], hostname, port, socketType, url, authentication]
        .filter((text) => text !== undefined)
        .join(' ')
    })
  assert.deepEqual(servers('incomingServer'), [
    'imap mail.example.org 993 SSL password-cleartext',
    'imap mail.example.org 143 STARTTLS password-cleartext',
    'pop3 mail.example.org 995 SSL password-cleartext',
    'pop3 mail.example.org 110 STARTTLS password-cleartext',
    'jmap https://mail.example.org/.well-known/jmap http-basic',
  ])
  assert.deepEqual(servers('outgoingServer'), [
    'smtp mail.example.org 465 SSL password-cleartext',
    'smtp mail.example.org 587 STARTTLS password-cleartext',
  ])
})

test('what is not to be told is not in it, and without a way in and one out there is none', () => {
  const text = String(autoconfigDocument(onlyPorts({ imap: 10_143, submission: 10_587 }), DOMAIN))
  assert.match(text, /<port>10143<\/port>/)
  assert.doesNotMatch(text, /SSL|pop3|jmap|webMail/)
  assert.equal(autoconfigDocument(onlyPorts({ imap: 143, https: 443 }), DOMAIN), null)
  assert.equal(autoconfigDocument(onlyPorts({ submissions: 465, https: 443 }), DOMAIN), null)
})

test('a domain of other letters is shown in them, and known by its A-labels', () => {
  const document = autoconfigDocument(SETTINGS, { name: 'xn--grn-ioa.example', displayName: 'grün.example' }) as Buffer
  const [provider] = readXml(document).children
  assert(provider)
  assert.deepEqual([texts(provider)['domain'], texts(provider)['displayName']], ['xn--grn-ioa.example', 'grün.example'])
})

test('text stays text, and names stay short', () => {
  const displayName = `<x y="&'">${'é'.repeat(200)}`
  const [provider] = readXml(autoconfigDocument(SETTINGS, { name: 'example.org', displayName }) as Buffer).children
  assert(provider)
  assert.equal(texts(provider)['displayName'], `${displayName.slice(0, 59)}…`)
  assert.equal(texts(provider)['displayShortName']?.length, 20)
  assert.equal(xmlText('a\0b\ud800\uffff]]>😀'), 'a\ufffdb\ufffd\ufffd]]&gt;😀')
})
