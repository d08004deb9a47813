// A process of Mailkeep that was taken over, or anybody who got at a socket of `run/`: hostile frames to every socket of a running system, as
// root, whom no permission keeps out. What is not of the boundary ends the connection that it came by; no process ends, none starts again, and
// mail goes on.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import net from 'node:net'
import { after, before, test } from 'node:test'
import { decode } from '#base/codec.ts'
import { type Hearing, hearings, hostileFrame, seeded, understood } from '#protocol/hostile-frames.test-support.ts'
import type { SystemStatus } from '#protocol/supervisor.ts'
import { type Mailkeep, startMailkeep } from '../harness.ts'
import { fetchAll } from '../imap-client.ts'
import { sendAll } from '../smtp-sender.ts'

const ANN = 'ann@example.org'
const PASSWORD = 'within these walls'
const CONNECTIONS = 24
const CLOSE_MS = 20_000

let mailkeep: Mailkeep
let started: SystemStatus

before(async () => {
  mailkeep = await startMailkeep({ accounts: { [ANN]: PASSWORD } })
  started = await mailkeep.status()
})
after(() => mailkeep[Symbol.asyncDispose]())

/** Who listens there, and what it understands. */
function hearingOf(file: string): Hearing {
  const [server, client] = file.split('.') as [string, string]
  if (server === 'ledger') return hearings.ledger
  if (server === 'directory') return hearings.directory
  if (server === 'supervisor') return hearings.supervisorAdmin
  if (server === 'courier') return client === 'admin' ? hearings.courierAdmin : hearings.courier
  if (client === 'admin') return hearings.vaultAdmin
  return client === 'web' ? hearings.vaultWeb : hearings.vaultSession
}

function isStop(message: Buffer): boolean {
  const decoded = decode(hearings.supervisorAdmin.codec, message)
  return decoded.ok && (decoded.value as { readonly body: { readonly kind: string } }).body.kind === 'stop'
}

/** Whether it was ended by the server within `waitMs`. */
function attack(file: string, bytes: Buffer, waitMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(`${mailkeep.directory}/run/${file}`)
    const timer = setTimeout(() => {
      socket.destroy()
      resolve(false)
    }, waitMs)
    socket.on('error', () => undefined)
    socket.on('data', () => undefined)
    socket.on('close', () => {
      clearTimeout(timer)
      resolve(true)
    })
    socket.write(bytes)
  })
}

async function attackWithFrames(file: string): Promise<void> {
  const hearing = hearingOf(file)
  const attacks = Array.from({ length: CONNECTIONS }, async (_, seed) => {
    const random = seeded(1_000 + seed)
    const frames = Array.from({ length: 1 + random(5) }, () => hostileFrame(hearing, random))
    const bytes = Buffer.concat(frames)
    const { messages, isBroken } = understood(hearing, bytes)
    // Who may ask for that may have it.
    if (file.startsWith('supervisor.') && messages.some(isStop)) return
    const wasEnded = await attack(file, bytes, isBroken ? CLOSE_MS : 200)
    assert(wasEnded || !isBroken, `${file}, seed ${1_000 + seed}: the connection goes on`)
  })
  await Promise.all(attacks)
}

function residentBytes(): number {
  const pid = started.processes.find(({ name }) => name === 'ledger')?.pid
  return 4096 * Number(fs.readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')[1])
}

function lives(processes: SystemStatus['processes']): unknown {
  return processes.map(({ name, restarts }) => ({ name, restarts }))
}

test('hostile frames end their connection, and nothing else', async () => {
  const files = fs.readdirSync(`${mailkeep.directory}/run`).filter((name) => name.endsWith('.sock'))
  assert(files.length >= 12, files.join(' '))
  for (const file of files) await attackWithFrames(file)
})

test('a frame that is announced and never comes is no memory that is taken', async () => {
  const announced = Buffer.alloc(4)
  announced.writeUInt32BE(2 * 1024 * 1024 - 1)
  const before = residentBytes()
  await Promise.all(
    Array.from({ length: 200 }, () => attack('ledger.mx.sock', Buffer.concat([announced, Buffer.alloc(100)]), 500)),
  )
  // All of them whole would be 400 MB.
  assert(residentBytes() - before < 100 * 1024 * 1024)
})

test('every process is the one that it was, and mail goes on', async () => {
  const { processes, isReady } = await mailkeep.status()
  assert(isReady)
  assert.deepEqual(lives(processes), lives(started.processes))
  const message = Buffer.from('Subject: still here\r\n\r\nyes\r\n')
  await sendAll([message], { port: mailkeep.ports.smtp, from: 'eve@example.net', to: ANN, inChunks: false })
  const found = await fetchAll(mailkeep.ports.imap, ANN, PASSWORD)
  assert(found.some(({ bytes }) => bytes.toString().endsWith('yes\r\n')))
})
