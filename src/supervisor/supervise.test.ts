// What a supervisor finds wrong before it starts anything, and that it says it so that it can be mended; and what it makes of a new data directory.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { after, afterEach, test } from 'node:test'
import { systemClock } from '#platform/clock.ts'
import { Log } from '#platform/log.ts'
import { dataPaths } from './data-directory.ts'
import { StartError } from './errors.ts'
import { Supervisor, readConfiguration } from './supervise.ts'

const base = fs.mkdtempSync(path.join(os.tmpdir(), 'mailkeep-supervise-'))
const home = process.cwd()
const nowhere = fs.openSync('/dev/null', 'w')
const prepared: Supervisor[] = []
let count = 0
afterEach(async () => {
  process.chdir(home)
  for (const supervisor of prepared.splice(0)) await supervisor.stop()
})
after(() => {
  fs.closeSync(nowhere)
  fs.rmSync(base, { recursive: true })
})

function root(configuration: string | null = null): string {
  const directory = `${base}/${++count}`
  fs.mkdirSync(directory)
  if (configuration !== null) fs.writeFileSync(`${directory}/mailkeep.yaml`, configuration)
  return directory
}

async function prepare(dataDirectory: string, portBase: number | null = null): Promise<Supervisor> {
  const supervisor = await Supervisor.prepare({
    dataDirectory,
    portBase,
    version: '0',
    logDescriptor: nowhere,
    lockDescriptor: nowhere,
    clock: systemClock,
    log: new Log('supervisor', 'error', () => undefined),
  })
  prepared.push(supervisor)
  return supervisor
}

const RECIPIENT = 'age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj'

/** Where a test program may listen: from there on nobody does. */
async function freeBase(): Promise<number> {
  const server = net.createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as net.AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return Math.min(port, 60_000)
}

const says =
  (...words: readonly RegExp[]) =>
  (error: unknown): true => {
    assert.ok(error instanceof StartError, String(error))
    for (const word of words) assert.match(error.message, word)
    return true
  }

test('every problem of a configuration is told at once, with the place of each', () => {
  const configuration = 'vaults: many\nhostnme: x\nscrub: {every: soon}\n'
  const paths = dataPaths(root(configuration))
  assert.throws(() => readConfiguration(paths), says(/mailkeep\.yaml.*vaults/, /hostnme/, /scrub/))
  assert.equal(readConfiguration(dataPaths(root())).vaults > 0, true, 'without one, all is as it is by itself')
  const large = dataPaths(root(`# ${'x'.repeat(2 * 1024 * 1024)}`))
  assert.throws(() => readConfiguration(large), says(/mailkeep\.yaml cannot be read: it is too large/))
})

test('what a configuration names has to be there', async () => {
  await assert.rejects(prepare(root(`escrow: {recipient: ${RECIPIENT}x}\n`)), says(/escrow\.recipient/, /mistyped/))
  const absent = `${base}/absent`
  const smarthost = `outgoing: {smarthost: {host: mail.example.net, user: u, passwordFile: ${absent}}}\n`
  await assert.rejects(prepare(root(smarthost)), says(/passwordFile/, /absent is not there/))
  await assert.rejects(prepare(root(`tls: {certificate: ${absent}, key: ${absent}}\n`)), says(/absent is not there/))
  await assert.rejects(
    prepare(root(`serverSecret: {file: ${absent}}\n`)),
    says(/the server secret .*absent is not there/),
  )
})

test('a file in the place of a directory is told by its name', async () => {
  const directory = root()
  fs.writeFileSync(`${directory}/queue`, '')
  await assert.rejects(prepare(directory), says(/queue cannot be made .*: something else has that name/))
})

test('a new data directory is private where it must be; its sockets wait, and go with the supervisor', async () => {
  const directory = root()
  const supervisor = await prepare(directory, await freeBase())
  const mode = (name: string): string => (fs.statSync(`${directory}/${name}`).mode & 0o777).toString(8)
  assert.deepEqual(['server-secret', 'tls/key.pem', 'queue', 'index/0'].map(mode), ['600', '600', '700', '700'])
  const { status } = supervisor
  assert.equal(status.isReady, false)
  assert.ok(status.listeners.length >= 4 && status.processes.length >= 6)
  assert.ok(status.processes.every(({ state, pid }) => state === 'stopped' && pid === 0))
  assert.deepEqual([status.secretBesideData, status.selfSigned], [true, true])
  assert.ok(fs.readdirSync(`${directory}/run`).some((name) => name.endsWith('.sock')))
})

test('a port that another program has is named, with what can be done', async () => {
  const portBase = await freeBase()
  const directory = root()
  const first = await prepare(directory, portBase)
  const { port, protocol, address } = first.status.listeners[0] ?? assert.fail('nothing listens')
  await first.stop()
  prepared.length = 0
  process.chdir(home)
  const server = net.createServer()
  await new Promise<void>((resolve) => server.listen(port, address, resolve))
  try {
    const words = new RegExp(
      `cannot listen for ${protocol} on ${address.replaceAll('.', '\\.')} port ${port}: another program`,
    )
    await assert.rejects(prepare(directory, portBase), says(words, /--port-base/))
  } finally {
    await new Promise((resolve) => server.close(resolve))
  }
})
