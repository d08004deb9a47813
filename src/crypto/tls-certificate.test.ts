import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createPrivateKey, X509Certificate } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import tls from 'node:tls'
import { ipAddressBytes } from './ip-address.ts'
import { selfSignedCertificate } from './tls-certificate.ts'

const names = ['mail.example.org', 'localhost', '127.0.0.1', '::1', '2001:db8::25:0'] as const

test('a certificate says what was asked for, and is signed with its own key', async () => {
  const now = Date.UTC(2026, 10, 20, 12)
  const { certificatePem, privateKeyPem } = await selfSignedCertificate({ names, days: 365, now })
  const certificate = new X509Certificate(certificatePem)
  assert.equal(certificate.subject, 'CN=mail.example.org')
  assert.equal(certificate.issuer, certificate.subject)
  assert.equal(
    certificate.subjectAltName,
    'DNS:mail.example.org, DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1, IP Address:2001:DB8:0:0:0:0:25:0',
  )
  assert.equal(certificate.validFromDate.getTime(), now - 3_600_000)
  assert.equal(certificate.validToDate.getTime(), now + 365 * 86_400_000)
  assert.equal(certificate.ca, false)
  assert.deepEqual(certificate.keyUsage, ['1.3.6.1.5.5.7.3.1'])
  assert.ok(certificate.verify(certificate.publicKey))
  assert.ok(certificate.checkPrivateKey(createPrivateKey(privateKeyPem)))
})

test('serial numbers differ, and dates after 2049 are kept', async () => {
  const now = Date.UTC(2049, 11, 1)
  const make = async (): Promise<X509Certificate> =>
    new X509Certificate((await selfSignedCertificate({ names, days: 365, now })).certificatePem)
  const [one, other] = await Promise.all([make(), make()])
  assert.notEqual(one.serialNumber, other.serialNumber)
  assert.equal(one.validToDate.getTime(), now + 365 * 86_400_000)
})

test('OpenSSL takes it at its strictest', async () => {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'mailkeep-certificate-'))
  try {
    const file = path.join(directory, 'certificate.pem')
    fs.writeFileSync(file, (await selfSignedCertificate({ names, days: 2, now: Date.now() })).certificatePem)
    const strict = ['-x509_strict', '-check_ss_sig', '-purpose', 'sslserver', '-verify_hostname', 'localhost']
    assert.match(execFileSync('openssl', ['verify', ...strict, '-CAfile', file, file], { encoding: 'utf8' }), /OK/)
  } finally {
    fs.rmSync(directory, { recursive: true })
  }
})

test('TLS works with it', async () => {
  const { certificatePem, privateKeyPem } = await selfSignedCertificate({ names, days: 2, now: Date.now() })
  const server = tls.createServer({ cert: certificatePem, key: privateKeyPem }, (socket) => socket.end('hello'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  const socket = tls.connect({ host: '127.0.0.1', port, ca: certificatePem })
  let heard = ''
  for await (const chunk of socket) heard += String(chunk)
  server.close()
  assert.equal(heard, 'hello')
})

const hex = (text: string): string | undefined => ipAddressBytes(text)?.toString('hex')

test('IP addresses and names are told apart', () => {
  assert.equal(hex('192.0.2.255'), 'c00002ff')
  assert.equal(hex('::'), '0'.repeat(32))
  assert.equal(hex('2001:DB8::'), `20010db8${'0'.repeat(24)}`)
  assert.equal(hex('1:2:3:4:5:6:7:8'), '00010002000300040005000600070008')
  for (const other of [
    'example.org',
    '1.2.3',
    '1.2.3.256',
    '1:2:3:4:5:6:7',
    '1::2::3',
    '1:2:3:4:5:6:7::8:9',
    ':1:2:3:4:5:6:7',
    'g::',
    '',
  ]) {
    assert.equal(ipAddressBytes(other), null, other)
  }
})
