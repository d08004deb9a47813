import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { type SmtpClientOptions, smtpClient } from './nodemailer-client.ts'
import type { SmtpMessage, SmtpPeer, SmtpResult } from './smtp-client.ts'
import { type SinkOptions, SmtpSink, sinkCertificate } from './smtp-sink.test-support.ts'

const sinks: SmtpSink[] = []
const { signal } = new AbortController()

after(async () => {
  await Promise.all(sinks.map((sink) => sink.close()))
})

async function listen(options: SinkOptions = {}): Promise<SmtpSink> {
  const sink = await SmtpSink.listen(options)
  sinks.push(sink)
  return sink
}

function peerOf(sink: SmtpSink, changes: Partial<SmtpPeer> = {}): SmtpPeer {
  const { port } = sink
  return { address: '127.0.0.1', port, name: 'sink.test', tls: 'opportunistic', credentials: null, ...changes }
}

function message(content: string | readonly string[], changes: Partial<SmtpMessage> = {}): SmtpMessage {
  const pieces = (typeof content === 'string' ? [content] : content).map((piece) => Buffer.from(piece, 'utf8'))
  return {
    sender: 'ada@example.org',
    recipients: ['ben@example.net'],
    sizeBytes: pieces.reduce((sum, piece) => sum + piece.length, 0),
    eightBit: false,
    smtpUtf8: false,
    content: () => pieces,
    ...changes,
  }
}

function deliver(
  peer: SmtpPeer,
  sent: SmtpMessage,
  options: Partial<SmtpClientOptions> = {},
  abort: AbortSignal = signal,
): Promise<SmtpResult> {
  return smtpClient({ name: 'courier.test', ...options }).deliver(peer, sent, abort)
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve))
}

/** Each recipient's outcome in words. */
function outcomes(result: SmtpResult): string[] {
  if (result.kind === 'noSession') return [`no session: ${result.reply?.code ?? result.reason}`]
  return result.recipients.map((recipient) => {
    switch (recipient.kind) {
      case 'accepted':
      case 'refused':
        return `${recipient.kind} ${recipient.reply.code} ${recipient.reply.text}`
      case 'unsupported':
        return `no ${recipient.extension}`
      case 'unknown':
        return 'unknown'
    }
  })
}

const TEXT = 'Subject: hello\r\n\r\nhello\r\n'

test('a message arrives as it was, over TLS if the server offers it', async () => {
  const sink = await listen()
  const result = await deliver(peerOf(sink), message(TEXT, { recipients: ['ben@example.net', 'eve@example.com'] }))
  assert.deepEqual(outcomes(result), ['accepted 250 2.0.0 taken', 'accepted 250 2.0.0 taken'])
  assert.ok(result.kind === 'session' && result.tls.used)
  assert.match(result.tls.detail, /^TLSv1\.3 TLS_\w+, not verified: /)
  const [taken] = sink.messages
  assert.equal(taken?.data.toString(), TEXT)
  assert.deepEqual([taken?.sender, taken?.recipients], ['ada@example.org', ['ben@example.net', 'eve@example.com']])
  assert.equal(taken?.parameters, `SIZE=${TEXT.length}`)
  assert.ok(sink.commands.includes('EHLO courier.test'))
  await until(() => sink.commands.at(-1) === 'QUIT')
})

test('dots, and line ends that could smuggle a second message', async () => {
  const cases: readonly (readonly [string, string])[] = [
    ['.\r\n..\r\n.x\r\n', '.\r\n..\r\n.x\r\n'],
    ['a\n.\nb\r.\rc', 'a\r\n.\r\nb\r\n.\r\nc\r\n'],
    ['a\r\n.\r\nMAIL FROM:<eve@example.com>\r\n', 'a\r\n.\r\nMAIL FROM:<eve@example.com>\r\n'],
    ['a\n.\r\nQUIT\r\n', 'a\r\n.\r\nQUIT\r\n'],
    ['a\r\n.\nQUIT\r', 'a\r\n.\r\nQUIT\r\n'],
    ['', '\r\n'],
  ]
  const sink = await listen()
  for (const [sent, expected] of cases) {
    for (const content of [[sent], sent.split('')]) {
      const result = await deliver(peerOf(sink), message(content))
      assert.deepEqual(outcomes(result), ['accepted 250 2.0.0 taken'])
      assert.equal(sink.messages.pop()?.data.toString(), expected)
      assert.equal(sink.messages.length, 0)
    }
  }
})

test('each recipient has their own reply', async () => {
  for (const extensions of [['8BITMIME'], ['8BITMIME', 'PIPELINING']]) {
    const sink = await listen({ extensions })
    sink.misbehave = (command, argument) => {
      if (command !== 'RCPT') return null
      if (argument.includes('nobody')) return '550-5.1.1 there is\r\n550 5.1.1 nobody'
      return argument.includes('full') ? '452 4.2.2 full' : null
    }
    const recipients = ['ben@example.net', 'nobody@example.net', 'full@example.net']
    assert.deepEqual(outcomes(await deliver(peerOf(sink), message(TEXT, { recipients }))), [
      'accepted 250 2.0.0 taken',
      'refused 550 5.1.1 there is 5.1.1 nobody',
      'refused 452 4.2.2 full',
    ])
    assert.deepEqual(sink.messages[0]?.recipients, ['ben@example.net'])
    assert.deepEqual(outcomes(await deliver(peerOf(sink), message(TEXT, { recipients: recipients.slice(1) }))), [
      'refused 550 5.1.1 there is 5.1.1 nobody',
      'refused 452 4.2.2 full',
    ])
    assert.equal(sink.messages.length, 1)
    // Who was refused by name stays refused when the message is.
    const before = sink.misbehave
    sink.misbehave = (command, argument) => (command === '.' ? '451 4.3.0 later' : before(command, argument))
    assert.deepEqual(outcomes(await deliver(peerOf(sink), message(TEXT, { recipients }))), [
      'refused 451 4.3.0 later',
      'refused 550 5.1.1 there is 5.1.1 nobody',
      'refused 452 4.2.2 full',
    ])
  }
})

test('a failure at each step', async () => {
  const expected: Readonly<Record<string, readonly [string, string]>> = {
    greeting: ['no session: 421', 'no session'],
    EHLO: ['no session: 421', 'no session'],
    AUTH: ['no session: 421', 'no session'],
    MAIL: ['refused 421 4.3.0 no', 'unknown'],
    RCPT: ['refused 421 4.3.0 no', 'unknown'],
    DATA: ['refused 421 4.3.0 no', 'unknown'],
    '.': ['refused 421 4.3.0 no', 'unknown'],
  }
  for (const [step, [refused, closed]] of Object.entries(expected)) {
    for (const extensions of [['AUTH PLAIN'], ['AUTH PLAIN', 'PIPELINING']]) {
      const sink = await listen({ extensions })
      const peer = peerOf(sink, { tls: 'never', credentials: { user: 'ada', password: 'secret' } })
      sink.misbehave = (command) => (command === step ? '421 4.3.0 no' : null)
      assert.deepEqual(outcomes(await deliver(peer, message(TEXT))), [refused], `${step} refused`)
      sink.misbehave = (command) => (command === step ? 'close' : null)
      assert.match(outcomes(await deliver(peer, message(TEXT)))[0] ?? '', new RegExp(`^${closed}`), `${step}: closed`)
      assert.equal(sink.messages.length, 0)
      // What it does with QUIT is nobody's business.
      sink.misbehave = (command) => (command === 'QUIT' ? 'close' : null)
      assert.deepEqual(outcomes(await deliver(peer, message(TEXT))), ['accepted 250 2.0.0 taken'])
    }
  }
})

test('nobody listens there', async () => {
  const sink = await SmtpSink.listen()
  const peer = peerOf(sink)
  await sink.close()
  assert.match(outcomes(await deliver(peer, message(TEXT)))[0] ?? '', /^no session: .*ECONNREFUSED/)
})

test('what the server would have to understand to take the message unchanged', async () => {
  const plain = await listen({ extensions: ['SIZE 1000'] })
  const peer = peerOf(plain)
  const utf8 = 'Subject: schön\r\n\r\n'
  const cases: readonly (readonly [SmtpMessage, readonly string[]])[] = [
    [message(utf8, { eightBit: true }), ['no 8BITMIME']],
    [message(utf8, { eightBit: true, smtpUtf8: true }), ['no SMTPUTF8']],
    [message(TEXT, { sender: 'жук@example.org' }), ['no SMTPUTF8']],
    [
      message(TEXT, { recipients: ['жук@example.net', 'ben@example.net'] }),
      ['no SMTPUTF8', 'accepted 250 2.0.0 taken'],
    ],
    [message('x'.repeat(1001)), ['no SIZE']],
    [
      message(TEXT, { recipients: ['a>b@example.net', 'ben@example.net'] }),
      ['refused 553 5.1.3 an address that cannot be sent', 'accepted 250 2.0.0 taken'],
    ],
  ]
  for (const [sent, expected] of cases) assert.deepEqual(outcomes(await deliver(peer, sent)), expected)
  assert.equal(plain.messages.length, 2)
  const able = await listen({ extensions: ['SIZE', '8BITMIME', 'SMTPUTF8'] })
  const sent = message(utf8, { eightBit: true, smtpUtf8: true, recipients: ['жук@example.net'] })
  assert.deepEqual(outcomes(await deliver(peerOf(able), sent)), ['accepted 250 2.0.0 taken'])
  await deliver(peerOf(able), message(utf8, { eightBit: true, smtpUtf8: true }))
  for (const { parameters, data } of able.messages) {
    assert.deepEqual(parameters.split(' ').sort(), ['BODY=8BITMIME', 'SIZE=19', 'SMTPUTF8'])
    assert.equal(data.toString(), utf8)
  }
  assert.equal(able.messages[0]?.recipients[0], 'жук@example.net')
  await deliver(peerOf(able), message(TEXT, { sender: '' }))
  assert.deepEqual([able.messages[2]?.sender, able.messages[2]?.parameters], ['', 'SIZE=25'])
})

test('a server that knows no EHLO', async () => {
  const sink = await listen({ misbehave: (command) => (command === 'EHLO' ? '502 what?' : null) })
  assert.deepEqual(outcomes(await deliver(peerOf(sink), message(TEXT))), ['accepted 250 2.0.0 taken'])
})

test('TLS: in clear where it may be, and never where it may not', async () => {
  const without = await listen({ extensions: ['AUTH PLAIN'] })
  const result = await deliver(peerOf(without), message(TEXT))
  assert.deepEqual(result.kind === 'session' && result.tls, { used: false, detail: 'not offered, or refused' })
  assert.match(outcomes(await deliver(peerOf(without, { tls: 'starttls' }), message(TEXT)))[0] ?? '', /^no session/)
  assert.match(outcomes(await deliver(peerOf(without, { tls: 'implicit' }), message(TEXT)))[0] ?? '', /^no session/)
  assert.equal(without.messages.length, 1)

  const refusing = await listen({ misbehave: (command) => (command === 'STARTTLS' ? '454 4.7.0 not now' : null) })
  assert.deepEqual(outcomes(await deliver(peerOf(refusing), message(TEXT))), ['accepted 250 2.0.0 taken'])
  assert.equal(outcomes(await deliver(peerOf(refusing, { tls: 'starttls' }), message(TEXT)))[0], 'no session: 454')

  // It says yes and then does nothing.
  const broken = await listen({ misbehave: (command) => (command === 'STARTTLS' ? '220 go' : null) })
  const fallback = await deliver(peerOf(broken), message(TEXT), { greetingTimeoutMs: 100 })
  assert.deepEqual(fallback.kind === 'session' && fallback.tls, { used: false, detail: 'the TLS handshake failed' })
  assert.deepEqual(broken.messages[0]?.tls, false)
  const strict = await deliver(peerOf(broken, { tls: 'starttls' }), message(TEXT), { greetingTimeoutMs: 100 })
  assert.match(outcomes(strict)[0] ?? '', /^no session/)
})

test('TLS with a certificate that is, or is not, for that name; credentials', async () => {
  const trusted = (await sinkCertificate('sink.test')).certificatePem
  const credentials = { user: 'ada', password: 'correct horse' }
  for (const tls of ['starttls', 'implicit'] as const) {
    const sink = await listen({ implicitTls: tls === 'implicit' })
    const peer = peerOf(sink, { tls, credentials })
    assert.match(outcomes(await deliver(peer, message(TEXT)))[0] ?? '', /^no session: .*self-signed/)
    assert.match(
      outcomes(await deliver({ ...peer, name: 'other.test' }, message(TEXT), { trusted }))[0] ?? '',
      /^no session/,
    )
    assert.ok(!sink.commands.some((command) => command.startsWith('AUTH')), 'no credentials for others')
    const result = await deliver(peer, message(TEXT), { trusted })
    assert.match(result.kind === 'session' ? result.tls.detail : '', /, verified$/)
    assert.deepEqual([sink.messages[0]?.user, sink.messages[0]?.tls], ['ada', true])
    sink.misbehave = (command) => (command === 'AUTH' ? '535 5.7.8 who?' : null)
    assert.deepEqual(outcomes(await deliver(peer, message(TEXT), { trusted })), ['no session: 535'])
    sink.misbehave = (command) => (command === 'EHLO' ? '250 sink.test' : null)
    if (tls === 'implicit') {
      assert.match(outcomes(await deliver(peer, message(TEXT), { trusted }))[0] ?? '', /does not offer AUTH/)
    }
  }
})

test('a content that cannot be read to its end is not taken for the whole', async () => {
  const sink = await listen()
  const failing = message(TEXT, {
    *content() {
      yield Buffer.from('Subject: half\r\n\r\n')
      throw new RangeError('damaged')
    },
  })
  await assert.rejects(deliver(peerOf(sink), failing), new RangeError('damaged'))
  assert.equal(sink.messages.length, 0)
})

test('a server that answers before the end, or refuses in the middle', async () => {
  const large = message(
    Array.from({ length: 400 }, () => `${'x'.repeat(9998)}\r\n`),
    { sizeBytes: 1 },
  )
  for (const [reply, expected] of [
    ['354 go\r\n250 2.0.0 taken', 'unknown'],
    ['354 go\r\n552 5.3.4 too much', 'refused 552 5.3.4 too much'],
  ] as const) {
    const sink = await listen({ misbehave: (command) => (command === 'DATA' ? reply : null) })
    assert.deepEqual(outcomes(await deliver(peerOf(sink), large)), [expected])
    assert.ok(!sink.commands.includes('QUIT'))
  }
})

test('silence, endless replies and slow sessions end in bounded time', async () => {
  const silent = await listen({ extensions: [], misbehave: (command) => (command === 'MAIL' ? '' : null) })
  assert.deepEqual(outcomes(await deliver(peerOf(silent), message(TEXT), { silenceTimeoutMs: 50 })), ['unknown'])
  assert.deepEqual(outcomes(await deliver(peerOf(silent), message(TEXT), { sessionTimeoutMs: 50 })), ['unknown'])
  const mute = await listen({ misbehave: (command) => (command === 'greeting' ? '220-wait' : null) })
  assert.match(outcomes(await deliver(peerOf(mute), message(TEXT), { greetingTimeoutMs: 50 }))[0] ?? '', /^no session/)
  const endless = await listen({ misbehave: (command) => (command === 'EHLO' ? '250-x\r\n'.repeat(20_000) : null) })
  assert.match(outcomes(await deliver(peerOf(endless), message(TEXT)))[0] ?? '', /^no session/)
})

test('given up from outside', async () => {
  const sink = await listen({ extensions: [], misbehave: (command) => (command === 'MAIL' ? '' : null) })
  const controller = new AbortController()
  const delivering = deliver(peerOf(sink), message(TEXT), {}, controller.signal)
  await until(() => sink.commands.some((command) => command.startsWith('MAIL')))
  controller.abort()
  assert.deepEqual(outcomes(await delivering), ['unknown'])
  assert.deepEqual(outcomes(await deliver(peerOf(sink), message(TEXT), {}, controller.signal)), [
    'no session: given up',
  ])
})
