// Too much of everything: connections that only stay (Slowloris, Hansen 2009), commands that mean nothing, passwords that are wrong, commands without
// waiting for replies. Whoever does that is told, or goes without an answer; memory does not grow with it, and others are served all the while.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import { after, before, test } from 'node:test'
import { type Mailkeep, mustRun, startMailkeep } from '../harness.ts'
import { LineClient } from '../line-client.ts'

const ANN = 'ann@example.org'
const BOB = 'bob@example.org'
const PASSWORD = 'high water'
const TOTAL_MAX = 60
const PER_ADDRESS_MAX = 5
/** Where somebody is who is not on this machine, as far as the server can tell. */
const ADDED_ADDRESS = '198.51.100.77'

let mailkeep: Mailkeep
let elsewhere = ''
let hasAddedAddress = false

before(async () => {
  elsewhere = await addressElsewhere()
  mailkeep = await startMailkeep({
    accounts: { [ANN]: PASSWORD, [BOB]: PASSWORD },
    config: `vaults: 1\nconnections: {max: ${TOTAL_MAX}, perAddress: ${PER_ADDRESS_MAX}}\n`,
  })
  await login(ANN)
})
after(async () => {
  await mailkeep[Symbol.asyncDispose]()
  if (hasAddedAddress) await mustRun('ip', ['address', 'delete', `${ADDED_ADDRESS}/32`, 'dev', 'lo'])
})

/** An address of this machine that is not the loopback's; where there is none, one is added, which takes root. */
async function addressElsewhere(): Promise<string> {
  const found = Object.values(os.networkInterfaces())
    .flatMap((list) => list ?? [])
    .find(({ family, internal }) => family === 'IPv4' && !internal)
  if (found !== undefined) return found.address
  await mustRun('ip', ['address', 'add', `${ADDED_ADDRESS}/32`, 'dev', 'lo'])
  hasAddedAddress = true
  return ADDED_ADDRESS
}

async function login(user: string, localAddress = '127.0.0.1'): Promise<LineClient> {
  const client = await LineClient.connect(mailkeep.ports.imap, { localAddress })
  await client.expect(/^\* OK /)
  await client.say(`a LOGIN ${user} "${PASSWORD}"`, /^a OK /)
  return client
}

/** Both of those whom nobody attacks: an owner of mail, and a sender of mail. */
async function othersAreServed(): Promise<void> {
  using imap = await login(BOB)
  await imap.say('b SELECT INBOX', /^b OK /)
  using smtp = await LineClient.connect(mailkeep.ports.smtp)
  await smtp.expect(/^220 /)
  await smtp.say('EHLO client.example.net', /^250 /)
}

async function greetedSomeTime(protocol: keyof typeof GREETINGS, localAddress = '127.0.0.1'): Promise<void> {
  for (;;) {
    using client = await LineClient.connect(mailkeep.ports[protocol], { localAddress })
    const greeting = await client.expect(/\r\n/).catch(() => '')
    if (GREETINGS[protocol].test(greeting)) return
  }
}

function residentBytes(pid: number): number {
  return 4096 * Number(fs.readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')[1])
}

const GREETINGS = { smtp: /^220 /, imap: /^\* OK /, pop3: /^\+OK /, submission: /^220 / } as const
const REFUSALS = {
  smtp: /^421 4\.7\.0 /,
  imap: /^\* BYE /,
  pop3: /^-ERR \[SYS\/TEMP\] /,
  submission: /^421 4\.7\.0 /,
} as const

test('one connection too many from an address is told so, for each protocol of its own process', async () => {
  for (const [process, protocols] of [
    ['mx', ['smtp']],
    ['gate', ['imap', 'pop3', 'submission']],
  ] as const) {
    const held: LineClient[] = []
    for (let count = 0; count < PER_ADDRESS_MAX; count++) {
      const protocol = protocols[count % protocols.length] as keyof typeof GREETINGS
      const client = await LineClient.connect(mailkeep.ports[protocol], { localAddress: elsewhere })
      held.push(client)
      await client.expect(GREETINGS[protocol])
    }
    for (const protocol of protocols) {
      using refused = await LineClient.connect(mailkeep.ports[protocol], { localAddress: elsewhere })
      await refused.expect(REFUSALS[protocol])
      await refused.ended()
    }
    if (process === 'gate') {
      using web = await LineClient.connect(mailkeep.ports.http, { localAddress: elsewhere })
      await web.expect(/^HTTP\/1\.1 503 /)
    }
    await othersAreServed()
    for (const client of held) client[Symbol.dispose]()
  }
  // Their places are free again, as soon as the server knows that they have gone.
  await greetedSomeTime('imap', elsewhere)
})

test('connections beyond the whole limit end at once; other protocols are served, and this one when they have gone', async () => {
  const flood = await Promise.all(Array.from({ length: 3 * TOTAL_MAX }, () => LineClient.connect(mailkeep.ports.pop3)))
  const greeted = await Promise.all(
    flood.map((client) =>
      client.expect(/^\+OK /).then(
        () => true,
        () => false,
      ),
    ),
  )
  const count = greeted.filter(Boolean).length
  assert(count > 0 && count <= TOTAL_MAX, String(count))
  await othersAreServed()
  for (const client of flood) client[Symbol.dispose]()
  await greetedSomeTime('pop3')
})

test('who sends its bytes one by one is understood, and nobody waits for that', async () => {
  const slow = await Promise.all(Array.from({ length: 20 }, () => LineClient.connect(mailkeep.ports.smtp)))
  const line = 'EHLO slow.example.net\r\n'
  for (let at = 0; at < line.length; at++) {
    for (const client of slow) client.send(line.charAt(at))
    if (at % 6 === 0) await othersAreServed()
  }
  for (const client of slow) await client.expect(/^250 /)
  for (const client of slow) client[Symbol.dispose]()
})

test('commands that mean nothing end the connection', async () => {
  for (const [protocol, goodbye] of [
    ['imap', /^\* BYE /],
    ['pop3', /^-ERR /],
    ['submission', /^421 /],
  ] as const) {
    using client = await LineClient.connect(mailkeep.ports[protocol])
    await client.expect(GREETINGS[protocol])
    client.send('nonsense nonsense\r\n'.repeat(2_000))
    await client.expect(goodbye)
    await client.ended()
  }
  using imap = await login(ANN)
  imap.send('nonsense nonsense\r\n'.repeat(2_000))
  await imap.expect(/^\* BYE /)
  await imap.ended()
  await othersAreServed()
})

test('a line without an end is not kept', async () => {
  const { processes } = await mailkeep.status()
  const pids = processes.filter(({ name }) => ['gate', 'mx'].includes(name)).map(({ pid }) => pid)
  const before = pids.map(residentBytes)
  await Promise.all(
    (['imap', 'pop3', 'smtp', 'submission'] as const).map(async (protocol) => {
      using client = await LineClient.connect(mailkeep.ports[protocol])
      await client.expect(GREETINGS[protocol])
      for (let count = 0; count < 64 && !client.hasEnded; count++) {
        client.send(Buffer.alloc(262_144, 'x'))
        await new Promise((resolve) => setTimeout(resolve, 2))
      }
      await client.ended()
    }),
  )
  const grown = pids.map((pid, at) => residentBytes(pid) - (before[at] as number))
  // Each was sent up to 48 MB.
  for (const bytes of grown) assert(bytes < 40 * 1024 * 1024, `${grown.join(' ')} bytes more`)
})

test('commands without reading replies are read as long as replies are', async () => {
  const { processes } = await mailkeep.status()
  const pids = processes.filter(({ name }) => ['gate', 'vault-0'].includes(name)).map(({ pid }) => pid)
  const before = pids.map(residentBytes)
  const socket = net.connect(mailkeep.ports.imap, '127.0.0.1')
  socket.pause()
  socket.write(`a LOGIN ${ANN} "${PASSWORD}"\r\n`)
  const line = Buffer.from('a NOOP\r\n'.repeat(8_192))
  let accepted = 0
  for (let isBlocked = false; !isBlocked && accepted < 256 * 1024 * 1024; accepted += line.length) {
    if (socket.write(line)) continue
    isBlocked = await new Promise<boolean>((resolve) => {
      const timer = setTimeout(() => resolve(true), 1_500)
      socket.once('drain', () => {
        clearTimeout(timer)
        resolve(false)
      })
    })
  }
  await othersAreServed()
  const grown = pids.map((pid, at) => residentBytes(pid) - (before[at] as number))
  socket.destroy()
  assert(accepted < 64 * 1024 * 1024, `${accepted} bytes of commands were taken`)
  // What was used once is not given back to the system at once; to keep commands and replies would take several times as much.
  for (const bytes of grown) assert(bytes < 192 * 1024 * 1024, `${grown.join(' ')} bytes more`)
})

test('a stranger who fails with a name is sent away; its owner is let in', async () => {
  let refusals = 0
  let isSentAway = false
  const strangers = Array.from({ length: 12 }, async () => {
    using stranger = await LineClient.connect(mailkeep.ports.imap, { localAddress: '127.0.0.9' })
    await stranger.expect(/^\* OK /)
    for (let count = 0; count < 3; count++) {
      const reply = await stranger.say(`a LOGIN ${ANN} "wrong ${count}"`, /^a NO /).catch(() => null)
      if (reply === null) break
      if (reply.includes('AUTHENTICATIONFAILED')) refusals++
      if (reply.includes('UNAVAILABLE')) isSentAway = true
    }
  })
  await Promise.race([Promise.all(strangers), new Promise((resolve) => setTimeout(resolve, 6_000))])
  // From where she has been before.
  using ann = await login(ANN)
  await ann.say('b NOOP', /^b OK /)
  await othersAreServed()
  // Of three times twelve attempts most wait still, or were not even looked at.
  assert(refusals < 30, String(refusals))
  assert(refusals > 0 || isSentAway)
})

test('no process has ended', async () => {
  const { processes, isReady } = await mailkeep.status()
  assert(isReady)
  assert(processes.every(({ restarts }) => restarts === 0))
})
