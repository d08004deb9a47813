// Requests of programs that want to be set up, as the gate gets them: by which names, in the clear and over TLS, and what nobody learns.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SETTINGS } from '#gate/setup-documents.test-support.ts'
import { RequestRate } from '#gate/request-rate.ts'
import type { SetupKind } from '#gate/setup-request.ts'
import { systemClock } from '#platform/clock.ts'
import type { HttpRequest, HttpResponse } from '#platform/http.ts'
import { type GateSetupParts, answerSetup } from './gate-setup.ts'

interface Asked {
  readonly kind?: SetupKind
  readonly method?: string
  readonly path?: string
  readonly host?: string | null
  readonly query?: string
  readonly remoteAddress?: string
  readonly isTls?: boolean
  readonly body?: readonly Buffer[]
}

interface Answered {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

class TestGate {
  readonly asked: string[] = []
  isDirectoryThere = true
  readonly parts: GateSetupParts = {
    hostname: 'mx.example.org',
    clients: SETTINGS,
    rate: new RequestRate({ ...systemClock, monotonic: () => 0 }),
    servedDomain: (domain) => {
      this.asked.push(domain)
      const name = ['example.org', 'xn--grn-ioa.example'].find((one) => one === domain.toLowerCase()) ?? null
      return Promise.resolve(this.isDirectoryThere ? { name } : null)
    },
  }

  async ask(asked: Asked): Promise<Answered> {
    let status = 0
    let headers: Readonly<Record<string, string>> = {}
    const body: Buffer[] = []
    const isClosed = Promise.withResolvers<void>()
    const request: HttpRequest = {
      method: asked.method ?? 'GET',
      path: asked.path ?? '/mail/config-v1.1.xml',
      query: new URLSearchParams(asked.query ?? ''),
      header: (name) => (name === 'host' ? (asked.host ?? null) : null),
      remoteAddress: asked.remoteAddress ?? '192.0.2.1',
      isTls: asked.isTls ?? true,
      body: ReadableStream.from(asked.body ?? []) as AsyncIterable<Buffer>,
    }
    const response: HttpResponse = {
      closed: isClosed.promise,
      head(given, all) {
        assert.equal(status, 0)
        status = given
        headers = all
      },
      write(bytes) {
        body.push(Buffer.from(bytes))
        return null
      },
      end: () => isClosed.resolve(),
      abort: () => assert.fail('cut off'),
    }
    await answerSetup(this.parts, asked.kind ?? 'autoconfig', request, response)
    await isClosed.promise
    return { status, headers, body: Buffer.concat(body).toString() }
  }
}

const statusOf = async (asked: Asked): Promise<number> => (await new TestGate().ask(asked)).status

test('each domain has its answer by its own names, with and without an address', async () => {
  for (const asked of [
    { host: 'autoconfig.example.org' },
    { host: 'AUTOCONFIG.example.org.:443' },
    { host: 'example.org', path: '/.well-known/autoconfig/mail/config-v1.1.xml' },
    { host: 'autoconfig.example.org', query: 'emailaddress=ada%40example.org' },
    { host: 'autoconfig.example.org', query: 'emailaddress=' + encodeURIComponent('nobody@Example.ORG') },
    { host: 'mail.example.org', query: 'emailaddress=ada@example.org' },
    { host: 'mx.example.org:443', query: 'emailaddress=ada@example.org' },
    { host: 'autoconfig.mx.example.org', query: 'emailaddress=ada@example.org' },
    { host: '192.0.2.7', query: 'emailaddress=ada@example.org' },
    { host: '[2001:db8::7]:10443', query: 'emailaddress=ada@example.org' },
  ]) {
    const { status, headers, body } = await new TestGate().ask(asked)
    assert.equal(status, 200, JSON.stringify(asked))
    assert.match(body, /<domain>example\.org<\/domain>/)
    assert.match(body, /<hostname>mail\.example\.org<\/hostname>/)
    assert.equal(headers['Content-Type'], 'text/xml; charset=utf-8')
    assert.equal(headers['X-Content-Type-Options'], 'nosniff')
    assert.match(headers['Content-Security-Policy'] ?? '', /sandbox/)
    assert.equal(headers['Cache-Control'], 'public, max-age=300')
  }
  const { body } = await new TestGate().ask({ host: 'autoconfig.xn--grn-ioa.example' })
  assert.match(body, /<displayName>grün\.example<\/displayName>/)
})

test('names of others get nothing, whatever they ask for', async () => {
  for (const host of [
    null,
    '',
    'evil.example',
    'autoconfig.evil.example',
    'example.org.evil.example',
    'autoconfig.autoconfig.example.org',
    'xautoconfig.example.org',
  ]) {
    assert.equal(await statusOf({ host }), 421, String(host))
    assert.equal(await statusOf({ host, query: 'emailaddress=ada@example.org' }), 421, String(host))
  }
})

test('which accounts there are is not told, nor asked; which domains are served, is', async () => {
  const gate = new TestGate()
  const [known, unknown] = [
    await gate.ask({ host: 'mail.example.org', query: 'emailaddress=ada@example.org' }),
    await gate.ask({ host: 'mail.example.org', query: 'emailaddress=nobody@example.org' }),
  ]
  assert.deepEqual(known, unknown)
  assert(gate.asked.every((domain) => !domain.includes('@')))
  for (const query of [
    '',
    'emailaddress=',
    'emailaddress=ada@',
    'emailaddress=ada@example.net',
    'emailaddress=ada@exa%00mple.org',
    `emailaddress=ada@${'x'.repeat(2_000)}`,
  ]) {
    assert.equal(await statusOf({ host: 'mail.example.org', query }), 404, query)
  }
})

test('in the clear it is only told where to ask over TLS; within this machine it is answered', async () => {
  const gate = new TestGate()
  const clear = { isTls: false, host: 'autoconfig.example.org' }
  const { status, headers } = await gate.ask(clear)
  assert.equal(status, 302)
  const path = '/mail/config-v1.1.xml'
  assert.equal(headers['Location'], `https://mail.example.org${path}?emailaddress=%40example.org`)
  assert(!('Strict-Transport-Security' in headers))
  const query = 'emailaddress=ada%2Bx@example.org'
  const told = (await gate.ask({ ...clear, query })).headers['Location'] ?? ''
  assert.equal(new URL(told).searchParams.get('emailaddress'), 'ada+x@example.org')
  // And there it is found.
  const followed = { host: 'mail.example.org', query: new URL(headers['Location'] ?? '').search }
  assert.equal((await gate.ask(followed)).status, 200)
  assert.equal((await gate.ask({ ...clear, method: 'POST' })).status, 403)
  assert.equal((await gate.ask({ ...clear, host: 'evil.example' })).status, 421)
  assert.equal((await gate.ask({ ...clear, remoteAddress: '127.0.0.1' })).status, 200)
})

test('a browser is told to want TLS for this server alone, never for the domain and what else is there', async () => {
  const gate = new TestGate()
  const query = 'emailaddress=ada@example.org'
  assert('Strict-Transport-Security' in (await gate.ask({ host: 'mail.example.org', query })).headers)
  assert(!('Strict-Transport-Security' in (await gate.ask({ host: 'example.org' })).headers))
  assert(!('Strict-Transport-Security' in (await gate.ask({ host: 'autoconfig.example.org' })).headers))
})

test('HEAD is GET without a body, and other methods are none', async () => {
  const host = 'autoconfig.example.org'
  const [got, head] = [await new TestGate().ask({ host }), await new TestGate().ask({ host, method: 'HEAD' })]
  assert.deepEqual([head.status, head.body, head.headers], [200, '', got.headers])
  assert.equal(Number(head.headers['Content-Length']), Buffer.byteLength(got.body))
  const { status, headers } = await new TestGate().ask({ host, method: 'POST' })
  assert.deepEqual([status, headers['Allow']], [405, 'GET, HEAD'])
})

test('a profile for Apple is of the address that was named, whoever has it', async () => {
  const kind = 'appleProfile'
  const host = 'mail.example.org'
  const { status, headers, body } = await new TestGate().ask({
    kind,
    host,
    query: 'emailaddress=Nobody%2Bx@Example.org',
  })
  assert.deepEqual([status, headers['Content-Type']], [200, 'application/x-apple-aspen-config'])
  assert.match(headers['Content-Disposition'] ?? '', /^attachment; filename=".*\.mobileconfig"$/)
  assert.equal(headers['Cache-Control'], 'no-store')
  assert.match(body, /<string>nobody\+x@example\.org<\/string>/)
  for (const query of ['', 'emailaddress=', 'emailaddress=@example.org', 'emailaddress=ada%00@example.org']) {
    assert.equal(await statusOf({ kind, host, query }), 400, query)
  }
  assert.equal(await statusOf({ kind, host, query: `emailaddress=${'x'.repeat(5_000)}@example.org` }), 400)
  assert.equal(await statusOf({ kind, host, query: 'emailaddress=ada@example.net' }), 404)
  assert.equal(await statusOf({ kind, host: 'evil.example', query: 'emailaddress=ada@example.org' }), 421)
  assert.equal(await statusOf({ kind, host, method: 'POST', query: 'emailaddress=ada@example.org' }), 405)
})

const posted = (body: string): Asked => ({
  kind: 'autodiscover',
  path: '/autodiscover/autodiscover.xml',
  method: 'POST',
  host: 'autodiscover.example.org',
  // In pieces, as a network gives them.
  body: body.match(/[^]{1,50}/g)?.map((piece) => Buffer.from(piece)) ?? [],
})

function outlook(address: string, schema = 'outlook/responseschema/2006a'): Asked {
  const wanted = `<AcceptableResponseSchema>http://schemas.microsoft.com/exchange/autodiscover/${schema}</AcceptableResponseSchema>`
  return posted(`<Autodiscover><Request><EMailAddress>${address}</EMailAddress>${wanted}</Request></Autodiscover>`)
}

test('autodiscover: the settings for the address that was posted, and codes for what cannot be', async () => {
  const found = await new TestGate().ask(outlook('Nobody@Example.org'))
  assert.deepEqual([found.status, found.headers['Content-Type']], [200, 'text/xml; charset=utf-8'])
  assert.equal(found.headers['Cache-Control'], 'no-store')
  assert.match(found.body, /<LoginName>nobody@example\.org<\/LoginName>/)
  for (const [asked, code] of [
    [outlook('ada@example.net'), 500],
    [outlook('ada'), 600],
    [posted('<Autodiscover>'), 600],
    [posted(''), 600],
    [outlook('ada@example.org', 'mobilesync/responseschema/2006'), 601],
  ] as const) {
    const { status, body } = await new TestGate().ask(asked)
    assert.equal(status, 200)
    assert.match(body, new RegExp(`<ErrorCode>${code}</ErrorCode>`))
  }
  assert.equal(await statusOf(posted('x'.repeat(20_000))), 413)
  assert.equal(await statusOf({ ...outlook('ada@example.org'), host: 'autodiscover.evil.example' }), 421)
  const { status, headers } = await new TestGate().ask({ ...outlook('ada@example.org'), method: 'GET' })
  assert.deepEqual([status, headers['Allow']], [405, 'POST'])
})

test('autodiscover in the clear: where to post it, by whatever way a program looks for that', async () => {
  for (const method of ['GET', 'POST']) {
    const { status, headers } = await new TestGate().ask({ ...outlook('ada@example.org'), method, isTls: false })
    assert.equal(status, 302)
    assert.equal(headers['Location'], 'https://mail.example.org/autodiscover/autodiscover.xml')
  }
})

test('who asks too often is told when to ask again, before anybody is asked for him', async () => {
  const gate = new TestGate()
  for (let count = 0; count < 60; count++) await gate.ask({ host: 'evil.example' })
  const asked = gate.asked.length
  const { status, headers } = await gate.ask({ host: 'autoconfig.example.org' })
  assert.deepEqual([status, headers['Retry-After'], gate.asked.length], [429, '10', asked])
  assert.equal((await gate.ask({ host: 'autoconfig.example.org', remoteAddress: '198.51.100.1' })).status, 200)
})

test('while the directory cannot be asked, the answer is: later', async () => {
  const gate = new TestGate()
  gate.isDirectoryThere = false
  const { status, headers } = await gate.ask({ host: 'autoconfig.example.org' })
  assert.deepEqual([status, headers['Retry-After']], [503, '10'])
})
