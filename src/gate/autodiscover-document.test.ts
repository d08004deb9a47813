import assert from 'node:assert/strict'
import { test } from 'node:test'
import { autodiscoverDocument, autodiscoverError } from './autodiscover-document.ts'
import { SETTINGS, onlyPorts, readXml, texts } from './setup-documents.test-support.ts'

const OUTER = '{http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006}'
const INNER = '{http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a}'

test('a program learns one server for each protocol, and the name to log in with', () => {
  const root = readXml(autodiscoverDocument(SETTINGS, 'ada&co@example.org') as Buffer)
  const [response] = root.children
  assert.deepEqual([root.name, response?.name], [`${OUTER}Autodiscover`, `${INNER}Response`])
  const [account] = response?.children ?? []
  assert(account)
  assert.deepEqual([texts(account)['AccountType'], texts(account)['Action']], ['email', 'settings'])
  const protocols = account.children.filter(({ name }) => name === `${INNER}Protocol`).map(texts)
  assert.deepEqual(
    protocols.map(({ Type, Server, Port, SSL, Encryption, LoginName }) =>
      [Type, Server, Port, SSL, Encryption, LoginName].join(' '),
    ),
    [
      'IMAP mail.example.org 993 on SSL ada&co@example.org',
      'POP3 mail.example.org 995 on SSL ada&co@example.org',
      'SMTP mail.example.org 465 on SSL ada&co@example.org',
    ],
  )
  assert(protocols.every(({ SPA, AuthRequired }) => SPA === 'off' && AuthRequired === 'on'))
})

test('where there is only STARTTLS, that, and never without TLS', () => {
  const text = String(autodiscoverDocument(onlyPorts({ imap: 143, submission: 587 }), 'ada@example.org'))
  assert.equal(text.match(/<SSL>on<\/SSL>\s*<Encryption>TLS<\/Encryption>/g)?.length, 2)
  assert.equal(autodiscoverDocument(onlyPorts({ imaps: 993, pop3s: 995 }), 'ada@example.org'), null)
  assert.equal(autodiscoverDocument(onlyPorts({ submissions: 465 }), 'ada@example.org'), null)
})

test('an error has its code and a time of day', () => {
  const [response] = readXml(autodiscoverError('invalidRequest', Date.UTC(2030, 0, 2, 3, 4, 5, 6))).children
  const [error] = response?.children ?? []
  assert(error)
  assert.equal(error.attributes['Time'], '03:04:05.006')
  assert.equal(texts(error)['ErrorCode'], '600')
})
