// STARTTLS command injection (CVE-2011-0411 Postfix, and "NO STARTTLS", Poddebniak et al., USENIX Security 2021): somebody in the middle puts
// commands behind the client's STARTTLS in the clear; a server that keeps them in its buffer runs them as if they had come through TLS.
//
// What must hold: whatever has come behind STARTTLS in the clear, in the same piece or before TLS is up, is never run, and ends the connection.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ImapPreauth } from '#imap/preauth.ts'
import { Pop3Preauth } from '#pop3/preauth.ts'
import { TestClient } from '#smtp/memory-host.test-support.ts'
import { SubmissionPreauth } from '#smtp/preauth.ts'

const INJECTED = [
  'NOOP\r\n',
  'M',
  '\r\n',
  '\n',
  '\0',
  'EHLO x\r\nMAIL FROM:<a@example.net>\r\nRCPT TO:<ann@example.org>\r\n',
]
const REFUSED = '554 5.5.1 Nothing may follow STARTTLS in the clear\r\n'

test('SMTP: behind STARTTLS in the same piece', async () => {
  for (const injected of INJECTED) {
    const client = new TestClient()
    await client.say('EHLO c\r\n')
    assert.equal(await client.say(`STARTTLS\r\n${injected}`), REFUSED)
    assert.deepEqual([client.host.wantsTls, client.host.hasEnded, client.host.senders.length], [false, true, 0])
    assert.deepEqual(client.host.events, ['startTlsInjection'])
  }
})

test('SMTP: behind STARTTLS, before TLS is up', async () => {
  for (const injected of INJECTED) {
    const client = new TestClient()
    await client.say('EHLO c\r\n')
    assert.match(await client.say('STARTTLS\r\n'), /^220 /)
    assert.equal(await client.say(injected), REFUSED)
    assert(client.host.hasEnded)
    // Even if the handshake had begun.
    client.engine.secured({ version: 'TLSv1.3', cipher: 'x' })
    assert.equal(await client.say('NOOP\r\n'), '')
  }
})

test('SMTP: half a command in the clear is not completed in TLS, and nothing said before counts', async () => {
  const client = new TestClient()
  await client.say('EHLO c\r\nMAIL FROM:<a@example.net>\r\nSTARTTLS\r\n')
  client.engine.secured({ version: 'TLSv1.3', cipher: 'x' })
  assert.equal(await client.say('RCPT TO:<ann@example.org>\r\n'), '503 5.5.1 MAIL first\r\n')
})

const END = { kind: 'end' }

/** Each engine before login, asked for TLS with `behind` in the same piece. */
const preauths = [
  (behind: string) => {
    const options = { hostname: 'x', peerAddress: '192.0.2.7', tls: null, isLoopback: false, offersStartTls: true }
    const engine = new SubmissionPreauth(options)
    engine.receive(Buffer.from('EHLO c\r\n'))
    return { engine, output: engine.receive(Buffer.from(`STARTTLS\r\n${behind}`)) }
  },
  (behind: string) => {
    const engine = new ImapPreauth({ isTls: false, isLoopback: false, offersStartTls: true })
    return { engine, output: engine.receive(Buffer.from(`a STARTTLS\r\n${behind}`)) }
  },
  (behind: string) => {
    const engine = new Pop3Preauth({ isTls: false, isLoopback: false, offersStartTls: true })
    return { engine, output: engine.receive(Buffer.from(`STLS\r\n${behind}`)) }
  },
]

test('submission, IMAP and POP3 before login: in the same piece, or before TLS is up', () => {
  for (const begin of preauths) {
    for (const injected of INJECTED) {
      const together = begin(injected).output
      assert.match(together.reply, /Nothing may follow/)
      assert.deepEqual(together.effect, END)
      const { engine, output } = begin('')
      assert.deepEqual(output.effect, { kind: 'startTls' })
      assert.deepEqual(engine.receive(Buffer.from(injected)).effect, END)
    }
  }
})
