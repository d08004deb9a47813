// The table of processes against what the design says that each must never do.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseConfiguration } from '#configuration/read.ts'
import { dataPaths } from './data-directory.ts'
import { type ProcessPlan, planProcesses } from './plan.ts'
import { oneUser, reservedUsers } from './users.ts'
import { confine } from './walls.ts'

function plan(users = reservedUsers(600_000)): ProcessPlan[] {
  const configuration = parseConfiguration('vaults: 2\n')
  assert(configuration.ok)
  return planProcesses({
    configuration: configuration.value,
    portBase: 10_000,
    paths: dataPaths('/var/lib/mailkeep'),
    users,
    serverSecret: Buffer.alloc(32, 1),
    certificate: { certificatePem: 'certificate', privateKeyPem: 'private key', isSelfSigned: true },
    hostname: 'mail.example.org',
    smarthostPassword: null,
  }).flat()
}

function named(name: string): ProcessPlan {
  const found = plan().find((process) => process.name === name)
  assert(found !== undefined, name)
  return found
}

test('only those who face the network have one, and only the ledger writes the ledger', () => {
  const processes = plan()
  const { ledger } = dataPaths('/var/lib/mailkeep')
  const names = (is: (process: ProcessPlan) => boolean): string[] => processes.filter(is).map(({ name }) => name)
  assert.deepEqual(
    names(({ confinement }) => confinement.hasNetwork),
    ['courier', 'mx', 'gate'],
  )
  assert.deepEqual(
    names(({ confinement }) => confinement.writes.includes(ledger)),
    ['ledger'],
  )
  for (const name of ['mx', 'gate']) {
    const { reads, writes } = named(name).confinement
    assert.deepEqual([reads, writes], [[], []])
  }
})

test('every process has a user id of its own, and no vault the index of another', () => {
  const owners = plan().map(({ confinement }) => confinement.owner?.uid)
  assert.equal(new Set(owners).size, owners.length)
  assert(!owners.includes(0) && !owners.includes(undefined))
  assert.notDeepEqual(named('vault-0').confinement.writes, named('vault-1').confinement.writes)
})

test('keys go to those who need them: the private key of TLS to none that holds mail', () => {
  for (const process of plan()) {
    const init = JSON.stringify(process.init([]))
    assert.equal(init.includes('private key'), ['mx', 'gate'].includes(process.name), process.name)
    assert(!init.includes(JSON.stringify(Buffer.alloc(32, 1))), process.name)
  }
})

test('every socket between processes is for its client alone', () => {
  for (const { sockets } of plan()) {
    for (const socket of sockets) {
      if (socket.kind !== 'unix') continue
      assert.equal(socket.mode & 0o007, 0, socket.file)
      if (socket.client !== 'admin') assert(socket.owner !== null, socket.file)
    }
  }
})

test('as an ordinary user there is one user, and the permissions of Node', () => {
  for (const { name, entry, confinement } of plan(oneUser)) {
    assert.equal(confinement.owner, null)
    const { command, args } = confine('/code', entry, confinement, { users: false, network: false, files: false })
    assert(!command.includes('setpriv'))
    assert(args.includes('--permission'))
    assert(!args.some((argument) => argument.startsWith('--allow-child-process')))
    // Their one thread is started at once, and the right is given up.
    assert.equal(args.includes('--allow-worker'), name === 'ledger' || name.startsWith('vault-'))
  }
})

test('as root a process gives up being root, its capabilities and its network before it runs', () => {
  const { entry, confinement } = named('vault-0')
  const { command, args } = confine('/code', entry, confinement, { users: true, network: true, files: true })
  const line = [command, ...args].join(' ')
  assert.match(line, /^unshare --net --mount sh \/code\/src\/supervisor\/jail\.sh /)
  for (const wall of [`--reuid=${confinement.owner?.uid}`, '--no-new-privs', '--bounding-set=-all', '--permission']) {
    assert(line.includes(` ${wall} `), wall)
  }
})
