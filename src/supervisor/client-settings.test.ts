import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseConfiguration } from '#configuration/read.ts'
import type { Configuration } from '#configuration/read.ts'
import { clientSettings } from './client-settings.ts'

const LISTENERS = [
  { protocol: 'imap', port: 10_143 },
  { protocol: 'https', port: 10_443 },
  { protocol: 'imaps', port: 10_993 },
  // The same on another address.
  { protocol: 'imaps', port: 10_993 },
  { protocol: 'pop3s', port: 10_995 },
]

function configured(text: string): Configuration['clients'] {
  const parsed = parseConfiguration(text)
  assert(parsed.ok)
  return parsed.value.clients
}

test('programs are told of the ports that are listened on', () => {
  const { host, ports } = clientSettings('Mail.example.org', LISTENERS, configured(''))
  assert.equal(host, 'mail.example.org')
  assert.deepEqual(ports, {
    imaps: 10_993,
    imap: 10_143,
    pop3s: 10_995,
    pop3: null,
    submissions: null,
    submission: null,
    managesieve: null,
    https: 10_443,
  })
})

test('what the operator says goes before: another name, forwarded ports, and what is not to be told', () => {
  const clients = configured('clients: {host: imap.example.org, ports: {imaps: 993, pop3s: off, pop3: 110}}')
  const { host, ports } = clientSettings('mx.example.org', LISTENERS, clients)
  assert.equal(host, 'imap.example.org')
  assert.deepEqual([ports.imaps, ports.imap, ports.pop3s, ports.pop3], [993, 10_143, null, 110])
})
