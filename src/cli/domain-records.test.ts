import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type RecordSource, domainRecords, recordNotes, zoneLines } from './domain-records.ts'

const SOURCE: RecordSource = {
  domain: 'example.org',
  mailHost: 'mx.example.org',
  clients: {
    host: 'mail.example.org',
    ports: {
      imaps: 993,
      imap: 143,
      pop3s: 995,
      pop3: null,
      submissions: 465,
      submission: 587,
      managesieve: 4190,
      https: 443,
    },
  },
  smtpPorts: [25],
}

test('a zone is told where mail comes and where programs connect', () => {
  assert.deepEqual(
    zoneLines(domainRecords(SOURCE)).map((line) => line.replaceAll(/ +/g, ' ')),
    [
      'example.org. 3600 IN MX 10 mx.example.org.',
      'autoconfig.example.org. 3600 IN CNAME mail.example.org.',
      'autodiscover.example.org. 3600 IN CNAME mail.example.org.',
      '_submissions._tcp.example.org. 3600 IN SRV 0 1 465 mail.example.org.',
      '_submission._tcp.example.org. 3600 IN SRV 10 1 587 mail.example.org.',
      '_imaps._tcp.example.org. 3600 IN SRV 0 1 993 mail.example.org.',
      '_imap._tcp.example.org. 3600 IN SRV 10 1 143 mail.example.org.',
      '_pop3s._tcp.example.org. 3600 IN SRV 20 1 995 mail.example.org.',
      // It is not there, and nobody need try.
      '_pop3._tcp.example.org. 3600 IN SRV 0 0 0 .',
      '_jmap._tcp.example.org. 3600 IN SRV 0 1 443 mail.example.org.',
      '_sieve._tcp.example.org. 3600 IN SRV 0 1 4190 mail.example.org.',
      '_autodiscover._tcp.example.org. 3600 IN SRV 0 1 443 mail.example.org.',
    ],
  )
})

test('no name points to itself, and without HTTPS there are none that programs would ask', () => {
  const { clients } = SOURCE
  const names = (source: RecordSource): string[] =>
    domainRecords(source)
      .filter(({ type }) => type === 'CNAME')
      .map(({ name }) => name)
  const own = { ...SOURCE, clients: { ...clients, host: 'autoconfig.example.org' } }
  assert.deepEqual(names(own), ['autodiscover.example.org.'])
  assert.deepEqual(names({ ...SOURCE, clients: { ...clients, ports: { ...clients.ports, https: null } } }), [])
})

test('what the records cannot bring about is said', () => {
  assert.deepEqual(recordNotes(SOURCE), [
    'mx.example.org needs A and AAAA records with the addresses of this server.',
    'mail.example.org needs A and AAAA records with the addresses of this server.',
  ])
  const { clients } = SOURCE
  const moved = {
    ...SOURCE,
    mailHost: 'Mail.example.org',
    smtpPorts: [10_025],
    clients: { ...clients, ports: { ...clients.ports, https: 10_443 } },
  }
  const [address, smtp, https, ...more] = recordNotes(moved)
  assert.match(address ?? '', /^mail\.example\.org /)
  assert.match(smtp ?? '', /port 25.* 10025/)
  assert.match(https ?? '', /port 443.* 10443/)
  assert.deepEqual(more, [])
  assert.match(recordNotes({ ...moved, mailHost: 'localhost' }).join(), /^No other machine finds localhost/)
})
