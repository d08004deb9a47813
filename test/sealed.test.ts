// While an account is locked, nothing of its mail, its owner's password or its keys is in any file of the data directory or in the memory of any
// process: looked for by a program of its own.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import https from 'node:https'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { swaks } from './imap-client.ts'
import { LineClient } from './line-client.ts'
import { type Mailkeep, mustRun, startMailkeep, temporaryDirectory } from './harness.ts'
import { type Needle, formatFound, formsOf, scanMailkeep, scanMemory } from './memory-scan.ts'
import { useNewPasskey } from './passkey-client.ts'
import { secretsOf } from './secrets.ts'
import { SmtpSink } from '#platform/smtp-sink.test-support.ts'

/** Begins everything that must not be found; no two runs have the same. */
const word = `Kv${randomBytes(16)
  .toString('base64')
  .replaceAll(/[^A-Za-z]/g, '')
  .slice(0, 10)}`
const marks = formsOf(word)
const password = `correct horse ${word}Password staple`
const other = 'the pass phrase of somebody else'

/** What is overwritten when somebody has been served is gone after a few seconds. */
const SOON_MS = 6_500
const LATE_MS = 90_000

let mailkeep: Mailkeep
/** Where mail for others goes. */
let relay: SmtpSink
let ada: { readonly id: string; readonly recoveryCode: string }

async function add(address: string, secret: string): Promise<typeof ada> {
  const args = ['account', 'add', address, '--password-stdin', '--json']
  return JSON.parse(await mailkeep.mustCli(args, { input: `${secret}\n` })) as typeof ada
}

async function assertNowhere(needles: readonly Needle[]): Promise<void> {
  await sleep(SOON_MS)
  const deadline = Date.now() + LATE_MS - SOON_MS
  for (;;) {
    const scan = await scanMailkeep(mailkeep, needles)
    assert(scan.files > 10 && scan.memoryBytes.size === 7, 'the data directory and all processes were read')
    for (const [name, bytes] of scan.memoryBytes) assert(bytes > 5e6, `the memory of ${name} was read: ${bytes} bytes`)
    if (scan.found.length === 0) return
    // A busy machine takes longer.
    if (Date.now() > deadline) assert.fail(formatFound(scan.found))
    await sleep(3_000)
  }
}

function secrets(): Needle[] {
  return secretsOf(path.join(mailkeep.directory, 'ledger'), ada.id, ada.recoveryCode)
}

before(async () => {
  relay = await SmtpSink.listen()
  const config = `outgoing:\n  smarthost: { host: 127.0.0.1, port: ${relay.port}, tls: none }\n`
  mailkeep = await startMailkeep({ config })
  ada = await add('ada@example.org', password)
  await add('bob@example.org', other)
})
after(async () => {
  await mailkeep[Symbol.asyncDispose]()
  await relay.close()
})

test('the search finds every form of a word in the memory of a program', async () => {
  const holder = spawn('python3', [
    '-c',
    'import sys; held = sys.stdin.buffer.readline(); print(flush=True); sys.stdin.read()',
  ])
  try {
    const texts = [word, word.toLowerCase(), word.toUpperCase()].flatMap((text) => [
      Buffer.from(text),
      Buffer.from(text, 'utf16le'),
      ...['', 'x', 'xy'].map((before) => Buffer.from(Buffer.from(`${before}${text} and more`).toString('base64'))),
    ])
    holder.stdin.write(Buffer.concat([...texts, Buffer.from('\n')]))
    await new Promise((resolve) => holder.stdout.once('data', resolve))
    const { found } = await scanMemory({ pids: [holder.pid as number], directories: [], needles: marks })
    assert.deepEqual(new Set(found.map(({ needle }) => needle)), new Set(marks.map(({ name }) => name)))
  } finally {
    holder.kill()
  }
})

test('mail that is delivered to a locked account', async () => {
  using directory = temporaryDirectory()
  const attachment = path.join(directory.path, `${word}.txt`)
  fs.writeFileSync(attachment, `attached ${word}Attachment`)
  const long = path.join(directory.path, 'long.txt')
  fs.writeFileSync(long, `${word}Attachment\n`.repeat(40_000))
  const sends = [
    ['--tls', '--attach', `@${attachment}`],
    ['--attach', `@${attachment}`],
    ['--tls', '--attach', `@${long}`],
    ['--attach', `@${long}`],
  ]
  for (const args of sends) {
    await swaks({
      port: mailkeep.ports.smtp,
      from: `${word}Return@example.net`,
      to: 'ada@example.org',
      subject: `about ${word}Subject`,
      body: `The body with ${word}Body in it`,
      args: ['--h-From', `${word}Sender@example.net`, ...args],
    })
  }
  await assertNowhere([...marks, ...secrets()])
})

test('after its owner has read, searched and changed it, while somebody else is still there', async () => {
  const agent = new https.Agent({ keepAlive: true, rejectUnauthorized: false })
  // Bob reads on, and browsers keep their connections.
  using bob = await LineClient.connect(mailkeep.ports.imap)
  await bob.expect(/^\* OK/)
  await bob.say('a LOGIN bob@example.org "the pass phrase of somebody else"', /^a OK/)
  await bob.say('b SELECT INBOX', /^b OK/)
  await bob.say('c IDLE', /^\+/)

  const { ports } = mailkeep
  const input = JSON.stringify({ ports, user: 'ada@example.org', password, word })
  await mustRun('python3', [path.join(import.meta.dirname, 'sealed-clients.py')], { input })
  await getSession(agent)
  // What opens the account by her passkey is no less secret than her password.
  const prf = Buffer.alloc(32, `${word}Passkey`)
  const passkey = { address: 'ada@example.org', password, prf, label: `${word}Label` }
  assert.equal(await useNewPasskey(mailkeep, passkey), 200)
  // What she sent is on its way: a message in the queue is in a moment in the clear, whoever has locked what.
  while (relay.messages.length === 0) await sleep(50)

  const keys = secrets()
  const unlocked = await scanMailkeep(mailkeep, [...marks, ...keys.slice(0, 1)])
  const inVault = unlocked.found.filter(({ where }) => where.startsWith('vault-0 ')).map(({ needle }) => needle)
  for (const name of ['UTF-8', 'UTF-8 in lower case', 'root secret'])
    assert(inVault.includes(name), `while unlocked, the vault has it: ${name}`)

  await mailkeep.mustCli(['account', 'lock', 'ada@example.org'])
  await assertNowhere([...marks, ...keys])
  agent.destroy()

  // Bob was not disturbed.
  await bob.say('DONE', /^c OK/)
})

test('when the last account is locked, its vault is replaced', async () => {
  const vault = async (): Promise<number | undefined> =>
    (await mailkeep.status()).processes.find(({ name }) => name === 'vault-0')?.pid
  const first = await vault()
  await mailkeep.mustCli(['account', 'unlock', 'ada@example.org', '--password-stdin'], { input: `${password}\n` })
  await mailkeep.mustCli(['account', 'lock', 'ada@example.org'])
  await mailkeep.mustCli(['account', 'lock', 'bob@example.org'])
  await assertNowhere([...marks, ...secrets()])
  assert.notEqual(await vault(), first)
})

/** As a browser does it, which keeps the connection. */
async function getSession(agent: https.Agent): Promise<void> {
  const authorization = `Basic ${Buffer.from(`ada@example.org:${password}`).toString('base64')}`
  const options = { port: mailkeep.ports.https, path: '/jmap/session', agent, headers: { authorization } }
  await new Promise<void>((resolve, reject) => {
    https
      .get(options, (response) => {
        assert.equal(response.statusCode, 200)
        response.on('data', () => undefined).on('end', resolve)
      })
      .on('error', reject)
  })
}
