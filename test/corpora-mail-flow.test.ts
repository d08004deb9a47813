// Real mail, all of it, through the whole system: delivered by SMTP over several connections at a time, and read back byte for byte by IMAP; samples
// of it by POP3 and as JMAP blobs. CORPORA_PART=<n>: an n-th of it, where there is much.

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import net from 'node:net'
import { after, before, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { asSmtp, corpusMessages } from './corpora.ts'
import { type Mailkeep, startMailkeep } from './harness.ts'
import { withoutTrace } from './imap-client.ts'
import { ImapConnection, fetchedString } from './imap-connection.ts'
import { sendAll } from './smtp-sender.ts'

const PASSWORD = 'eight thousand'
const ADA = 'ada@example.org'
/** Many wait for the disk together. */
const CONNECTIONS = 24
const FILED_MS = 120_000
const BATCH = 250
const SAMPLE = 150

let mailkeep: Mailkeep
const PART = Number(process.env['CORPORA_PART'] ?? 1)
const MUCH = 1_000
const messages = corpusMessages(Number.MAX_SAFE_INTEGER)
  .filter((_, at, { length }) => length < MUCH || at % PART === 0)
  .map((message) => {
    const text = asSmtp(message)
    return text.subarray(-2).equals(Buffer.from('\r\n')) ? text : Buffer.concat([text, Buffer.from('\r\n')])
  })
/** As stored, of every message in the INBOX, in order of UIDs. */
const stored: string[] = []

before(async () => {
  mailkeep = await startMailkeep({ accounts: { [ADA]: PASSWORD } })
  using imap = await ImapConnection.login(mailkeep.ports.imap, ADA, PASSWORD)
  await imap.must('SELECT INBOX')
  // What greets a new account.
  await imap.command('STORE 1:* +FLAGS.SILENT (\\Deleted)')
  await imap.must('EXPUNGE')
})
after(() => mailkeep[Symbol.asyncDispose]())

const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

test('delivered by DATA and by BDAT, over several connections', async () => {
  const shares = Array.from({ length: CONNECTIONS }, (_, share) =>
    messages.filter((_, at) => at % CONNECTIONS === share),
  )
  await Promise.all(
    shares.map((share, number) =>
      sendAll(share, { port: mailkeep.ports.smtp, from: 'list@example.net', to: ADA, inChunks: number % 2 === 1 }),
    ),
  )
})

test('by IMAP every one of them is there, byte for byte, once', async () => {
  using imap = await ImapConnection.login(mailkeep.ports.imap, ADA, PASSWORD)
  await allFiled(imap)
  const found: string[] = []
  for (let first = 1; first <= messages.length; first += BATCH) {
    const last = Math.min(first + BATCH - 1, messages.length)
    const fetched = await imap.must(`FETCH ${first}:${last} (BODY.PEEK[])`)
    for (const response of fetched.filter((line) => line.includes(' FETCH '))) {
      const bytes = Buffer.from(fetchedString(response, 'BODY[]'), 'latin1')
      stored.push(digest(bytes))
      found.push(digest(withoutTrace(bytes)))
    }
  }
  assert.deepEqual(found.sort(), messages.map(digest).sort())
})

/** What waited in the log is filed after login, in pieces, as clients see: nobody has to wait for all of it. */
async function allFiled(imap: ImapConnection): Promise<void> {
  const expected = `${messages.length} EXISTS`
  const isThere = (responses: readonly string[]): boolean => responses.includes(expected)
  if (isThere(await imap.must('SELECT INBOX'))) return
  for (let waited = 0; waited < FILED_MS; waited += 200) {
    if (isThere(await imap.must('NOOP'))) return
    await pause(200)
  }
  throw new Error(`there never were ${expected}`)
}

test('by POP3 a sample is the same', async () => {
  const pop3 = await Pop3.login(mailkeep.ports.pop3, ADA, PASSWORD)
  try {
    assert.match(await pop3.command('STAT'), new RegExp(`^\\+OK ${messages.length} `))
    for (const number of sampleOf(messages.length)) {
      assert.equal(digest(await pop3.retrieve(number)), stored[number - 1], `message ${number}`)
    }
    await pop3.command('QUIT')
  } finally {
    pop3.close()
  }
})

test('as JMAP blobs a sample is the same', async () => {
  const origin = `http://127.0.0.1:${mailkeep.ports.http}`
  const headers = { Authorization: `Basic ${Buffer.from(`${ADA}:${PASSWORD}`).toString('base64')}` }
  const session = (await (await fetch(`${origin}/jmap/session`, { headers })).json()) as {
    readonly downloadUrl: string
    readonly apiUrl: string
    readonly primaryAccounts: Readonly<Record<string, string>>
  }
  const accountId = session.primaryAccounts['urn:ietf:params:jmap:mail'] as string
  const call = async (name: string, parameters: object): Promise<Record<string, unknown>> => {
    const using = ['urn:ietf:params:jmap:core', 'urn:ietf:params:jmap:mail']
    const body = JSON.stringify({ using, methodCalls: [[name, { accountId, ...parameters }, 'c']] })
    const options = { method: 'POST', headers: { ...headers, 'Content-Type': 'application/json' }, body }
    const answer = (await (await fetch(session.apiUrl, options)).json()) as { methodResponses: unknown[][] }
    return answer.methodResponses[0]?.[1] as Record<string, unknown>
  }
  const { total } = await call('Email/query', { calculateTotal: true, limit: 1 })
  assert.equal(total, messages.length)
  const remaining = new Map<string, number>()
  for (const one of stored) remaining.set(one, (remaining.get(one) ?? 0) + 1)
  for (const position of sampleOf(messages.length)) {
    const { ids } = await call('Email/query', { position: position - 1, limit: 1 })
    const { list } = await call('Email/get', { ids, properties: ['blobId', 'size'] })
    const [{ blobId, size } = { blobId: '', size: 0 }] = list as { readonly blobId: string; readonly size: number }[]
    const values: Record<string, string> = { accountId, blobId, name: 'm', type: 'message/rfc822' }
    const url = session.downloadUrl.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
      encodeURIComponent(values[name] ?? ''),
    )
    const bytes = Buffer.from(await (await fetch(url, { headers })).arrayBuffer())
    assert.equal(bytes.length, size)
    const left = remaining.get(digest(bytes)) ?? 0
    assert.ok(left > 0, `the blob at position ${position} is no stored message, or came twice`)
    remaining.set(digest(bytes), left - 1)
  }
})

/** Numbers from 1, spread evenly. */
function sampleOf(count: number): number[] {
  const size = Math.min(SAMPLE, count)
  return Array.from({ length: size }, (_, at) => 1 + Math.floor((at * count) / size))
}

class Pop3 {
  readonly #socket: net.Socket
  #input = Buffer.alloc(0)
  #wake: (() => void) | null = null
  #ended = false

  private constructor(port: number) {
    this.#socket = net.connect(port, '127.0.0.1')
    this.#socket.on('data', (chunk: Buffer) => {
      this.#input = Buffer.concat([this.#input, chunk])
      this.#wake?.()
    })
    for (const event of ['error', 'close'] as const) {
      this.#socket.on(event, () => {
        this.#ended = true
        this.#wake?.()
      })
    }
  }

  static async login(port: number, user: string, password: string): Promise<Pop3> {
    const pop3 = new Pop3(port)
    await pop3.#until('\r\n')
    for (const command of [`USER ${user}`, `PASS ${password}`]) await pop3.command(command)
    return pop3
  }

  async command(text: string): Promise<string> {
    this.#socket.write(`${text}\r\n`)
    const reply = (await this.#until('\r\n')).toString('latin1')
    if (!reply.startsWith('+OK')) throw new Error(`${text.split(' ')[0]}: ${reply}`)
    return reply
  }

  async retrieve(number: number): Promise<Buffer> {
    await this.command(`RETR ${number}`)
    if (this.#input.indexOf('.\r\n') === 0) return this.#until('.\r\n')
    const text = (await this.#until('\r\n.\r\n')).toString('latin1')
    return Buffer.from(text.slice(0, -3).replaceAll(/(^|\r\n)\./g, '$1'), 'latin1')
  }

  close(): void {
    this.#socket.destroy()
  }

  /** All up to and with `end`. */
  async #until(end: string): Promise<Buffer> {
    for (;;) {
      const at = this.#input.indexOf(end)
      if (at >= 0) {
        const found = this.#input.subarray(0, at + end.length)
        this.#input = this.#input.subarray(at + end.length)
        return found
      }
      if (this.#ended) throw new Error('the server has ended the connection')
      await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }
}
