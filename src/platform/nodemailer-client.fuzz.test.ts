// A server that says anything: the client always ends, and never takes nonsense for acceptance of a message that was not sent.

import assert from 'node:assert/strict'
import net from 'node:net'
import { test } from 'node:test'
import { smtpClient } from './nodemailer-client.ts'

const SESSIONS = 80
const PIECES = [
  '220 hello\r\n',
  '250 ok\r\n',
  '250-PIPELINING\r\n250 SIZE 99999999999999999999\r\n',
  '250-AUTH PLAIN\r\n250-STARTTLS\r\n250 8BITMIME\r\n',
  '354 go on\r\n',
  '421 bye\r\n',
  '550 5.1.1 no\r\n',
  '334 \r\n',
  '2',
  '-',
  '\r\n',
  '\n',
  '\r',
  '\0',
  '250',
  '999 what\r\n',
  '250-\r\n',
  'é\u2028\r\n',
  'x'.repeat(3000),
  ' '.repeat(3000),
]

/** Reproducible: the same seed gives the same session. */
function generator(seed: number): (end: number) => number {
  let state = seed
  return (end) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff
    return Math.floor((state / 0x8000_0000) * end)
  }
}

/** What a server says that does not want to be odd. */
function usual(said: string): string {
  if (/^EHLO/m.test(said)) return '250-sink.test\r\n250-AUTH PLAIN\r\n250 PIPELINING\r\n'
  return said
    .split('\r\n')
    .map((line) => {
      if (line === 'DATA') return '354 go on\r\n'
      return line === '.' || /^(?:MAIL|RCPT|QUIT|AUTH|HELO)/.test(line) ? '250 2.0.0 ok\r\n' : ''
    })
    .join('')
}

test('whatever a server says', async (t) => {
  let seed = 0
  const server = net.createServer((socket) => {
    const below = generator(++seed)
    const speak = (said: string | null): void => {
      if (socket.destroyed) return
      if (below(4) > 0) socket.write(said === null ? '220 hello\r\n' : usual(said))
      else if (below(10) === 0) socket.destroy()
      else for (let count = below(3); count >= 0; count--) socket.write(PIECES[below(PIECES.length)] ?? '')
    }
    socket.on('error', () => undefined)
    socket.on('data', (chunk: Buffer) => speak(chunk.toString('latin1')))
    t.after(() => socket.destroy())
    speak(null)
  })
  t.after(() => server.close())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as net.AddressInfo
  const client = smtpClient({ name: 'courier.test', sessionTimeoutMs: 40, greetingTimeoutMs: 40 })
  const outcomes = new Set<string>()
  for (let session = 0; session < SESSIONS; session++) {
    const credentials = session % 2 === 0 ? null : { user: 'ada', password: 'secret' }
    const tls = session % 3 === 0 ? 'opportunistic' : 'never'
    const peer = { address: '127.0.0.1', port, name: 'mx.example.net', tls, credentials } as const
    let read = 0
    const message = {
      sender: 'ada@example.org',
      recipients: ['ben@example.net', 'eve@example.com'],
      sizeBytes: 6,
      eightBit: false,
      smtpUtf8: false,
      *content() {
        read++
        yield Buffer.from('hello\n')
      },
    }
    const result = await client.deliver(peer, message, new AbortController().signal)
    if (result.kind === 'noSession') outcomes.add('noSession')
    else {
      assert.equal(result.recipients.length, 2)
      for (const { kind } of result.recipients) {
        outcomes.add(kind)
        if (kind === 'accepted') assert.ok(read > 0)
      }
    }
  }
  for (const kind of ['noSession', 'accepted', 'refused', 'unknown']) assert.ok(outcomes.has(kind), kind)
})
