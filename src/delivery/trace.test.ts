import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Hop, deliveryFields, receivedField } from './trace.ts'

const TIME = Date.UTC(2026, 10, 20, 9, 55, 6)
const random = (length: number): Buffer => Buffer.alloc(length, 0xa5)

function hop(changes: Partial<Hop> = {}): Hop {
  return {
    from: { helo: 'client.example.net', address: '192.0.2.7', name: 'rev.example.net' },
    by: 'mail.example.org',
    protocol: 'ESMTPS',
    tls: { version: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384' },
    id: '00c0ffee',
    recipient: 'ada@example.org',
    time: TIME,
    ...changes,
  }
}

function unfolded(field: Buffer): string {
  return field.toString('utf8').replaceAll('\r\n ', ' ')
}

test('a message at its final delivery', () => {
  const fields = deliveryFields(hop(), { sender: 'eve@example.com', recipient: 'ada+news@example.org' }, random)
  assert.equal(
    fields.toString('latin1'),
    [
      'Return-Path: <eve@example.com>',
      'Delivered-To: ada+news@example.org',
      'Received: from client.example.net (rev.example.net [192.0.2.7]) by',
      ' mail.example.org with ESMTPS id 00c0ffee (paWlpaWlpaWlpaWlpaWlpQ) for',
      ' <ada@example.org> tls TLS_AES_256_GCM_SHA384 (TLSv1.3);',
      ' Fri, 20 Nov 2026 09:55:06 +0000',
      '',
    ].join('\r\n'),
  )
})

test('a bounce has an empty return path', () => {
  const fields = deliveryFields(hop(), { sender: '', recipient: 'ada@example.org' })
  assert.match(fields.toString('latin1'), /^Return-Path: <>\r\n/)
})

test('what the owner of an account sends does not tell from where', () => {
  const field = receivedField(hop({ from: null, protocol: 'ESMTPSA', recipient: null, tls: null }), random)
  assert.equal(
    unfolded(field),
    'Received: by mail.example.org with ESMTPSA id 00c0ffee (paWlpaWlpaWlpaWlpaWlpQ); Fri, 20 Nov 2026 09:55:06 +0000\r\n',
  )
})

function from(address: string, name: string | null = null): string {
  const field = unfolded(receivedField(hop({ from: { helo: 'h.example', address, name } })))
  return /from (.*?) by/.exec(field)?.[1] ?? ''
}

test('addresses of peers', () => {
  assert.equal(from('192.0.2.7'), 'h.example ([192.0.2.7])')
  assert.equal(from('::ffff:192.0.2.7'), 'h.example ([192.0.2.7])')
  assert.equal(from('2001:db8::7'), 'h.example ([IPv6:2001:db8::7])')
  assert.equal(from('fe80::1%eth0', 'not a name'), 'h.example ([IPv6:fe80::1])')
  assert.equal(from('no address'), 'h.example (unknown)')
})

test('a name in HELO that is none is shown in a comment', () => {
  const from = { helo: 'x) by evil (\r\nBcc: <a@b>', address: '192.0.2.7', name: null }
  assert.match(
    unfolded(receivedField(hop({ from }))),
    /^Received: from \[192\.0\.2\.7\] \(\[192\.0\.2\.7\]\) \(HELO x\? by evil \?\?\?Bcc: \?a@b\?\) by mail\.example\.org /,
  )
  const literal = { helo: '[192.0.2.9]', address: '192.0.2.7', name: null }
  assert.match(unfolded(receivedField(hop({ from: literal }))), /from \[192\.0\.2\.9\] \(\[192\.0\.2\.7\]\) by/)
})

test('addresses that are not ASCII stay as they are, in UTF-8', () => {
  const envelope = { sender: 'пример@пример.example', recipient: 'δοκιμή@example.org' }
  const fields = deliveryFields(hop({ recipient: envelope.recipient }), envelope).toString('utf8')
  assert.match(fields, /^Return-Path: <пример@пример\.example>\r\nDelivered-To: δοκιμή@example\.org\r\n/)
  assert.match(fields, /for\r?\n? <δοκιμή@example\.org>/)
})

test('no two fields are alike', () => {
  const fields = new Set(Array.from({ length: 100 }, () => receivedField(hop()).toString('latin1')))
  assert.equal(fields.size, 100)
})
