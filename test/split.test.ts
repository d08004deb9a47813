// What each process must never do (docs/ARCHITECTURE.md) is tried as that process's user id, in its namespaces, with its command line, and over its
// sockets. What it may do is tried as well: a probe that always fails proves nothing.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { SystemStatus } from '#protocol/supervisor.ts'
import { type Mailkeep, mustRun, run, startMailkeep } from './harness.ts'
import { fetchAll, swaks } from './imap-client.ts'

const PASSWORD = 'a long pass phrase'
const PROBE = path.join(import.meta.dirname, 'split-probe.py')
const PROCESSES = ['ledger', 'directory', 'courier', 'vault-0', 'mx', 'gate'] as const
type Name = (typeof PROCESSES)[number]
type Attempt = readonly [string, ...(string | number)[]]

let mailkeep: Mailkeep
let status: SystemStatus

before(async () => {
  assert.equal(process.getuid?.(), 0, 'the walls between processes are tried as root: run npm test as root')
  mailkeep = await startMailkeep({ accounts: { 'ada@example.org': PASSWORD } })
  await swaks({ port: mailkeep.ports.smtp, from: 'a@example.net', to: 'ada@example.org', subject: 'x', body: 'x' })
  // Every process is in use, and the account has an index.
  assert.equal((await fetchAll(mailkeep.ports.imap, 'ada@example.org', PASSWORD)).length > 0, true)
  status = await mailkeep.status()
  assert.deepEqual(status.walls, { users: true, network: true, files: true })
})
after(() => mailkeep[Symbol.asyncDispose]())

function pidOf(name: string): number {
  const found = status.processes.find((one) => one.name === name)
  assert.ok(found, `${name} runs`)
  return found.pid
}

interface Identity {
  readonly uid: string
  readonly groups: readonly string[]
}

/** As the kernel has it. */
function identityOf(name: Name): Identity {
  const text = fs.readFileSync(`/proc/${pidOf(name)}/status`, 'latin1')
  const line = (title: string): string[] =>
    new RegExp(`^${title}:[ \\t]*(.*)$`, 'm').exec(text)?.[1]?.split(/\s+/) ?? []
  const uids = new Set(line('Uid'))
  assert.equal(uids.size, 1, `${name} cannot go back to another user id`)
  return { uid: [...uids][0] as string, groups: line('Groups').filter((group) => group !== '') }
}

/** `setpriv` and its arguments for being the process, as far as the system is concerned. */
function asProcess(name: Name): string[] {
  const { uid, groups } = identityOf(name)
  const supplementary = groups.length === 0 ? '--clear-groups' : `--groups=${groups.join(',')}`
  return ['setpriv', `--reuid=${uid}`, `--regid=${uid}`, supplementary, '--no-new-privs', '--inh-caps=-all', '--']
}

async function probe(command: readonly string[], attempts: readonly Attempt[]): Promise<string[]> {
  const [program, ...args] = [...command, '/usr/bin/env', 'python3', '-c', fs.readFileSync(PROBE, 'utf8')]
  return JSON.parse(await mustRun(program, args, { input: JSON.stringify(attempts), cwd: '/' })) as string[]
}

/** For each attempt, which processes succeed with it. Refusals must be refusals: not that there is nothing. */
async function whoCan(attempts: readonly Attempt[]): Promise<string[][]> {
  const able: string[][] = attempts.map(() => [])
  for (const name of PROCESSES) {
    const answers = await probe(asProcess(name), attempts)
    for (const [index, answer] of answers.entries()) {
      if (answer === 'ok') able[index]?.push(name)
      else assert.match(answer, /^E(?:ACCES|PERM)$/, `${name}: ${attempts[index]?.join(' ')}`)
    }
  }
  return able
}

function filesBelow(directory: string): string[] {
  return fs
    .readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
}

function enterNetwork(name: Name): string[] {
  return ['nsenter', `--target=${pidOf(name)}`, '--net', ...asProcess(name)]
}

/** TCP ports of sockets among the process's descriptors. */
function listening(pid: number): number[] {
  const inodes = new Map<string, number>()
  for (const line of fs.readFileSync('/proc/net/tcp', 'latin1').split('\n').slice(1)) {
    const [, local, , state, , , , , , inode] = line.trim().split(/\s+/)
    if (state === '0A') inodes.set(`socket:[${inode}]`, Number.parseInt(local?.split(':')[1] ?? '', 16))
  }
  return fs
    .readdirSync(`/proc/${pid}/fd`)
    .map((fd) => inodes.get(fs.readlinkSync(`/proc/${pid}/fd/${fd}`)))
    .filter((port) => port !== undefined)
}

test('every process has a user id of its own, no capabilities, and no way to get privileges', () => {
  const uids = new Set<string>()
  for (const name of PROCESSES) {
    uids.add(identityOf(name).uid)
    const text = fs.readFileSync(`/proc/${pidOf(name)}/status`, 'latin1')
    for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb']) {
      assert.match(text, new RegExp(`^${set}:\\s*0+$`, 'm'), `${name}: ${set}`)
    }
    assert.match(text, /^NoNewPrivs:\s*1$/m, name)
    const environment = fs.readFileSync(`/proc/${pidOf(name)}/environ`, 'latin1').split('\0')
    // The C library writes into what it was given.
    const known = /^(?:PATH|NODE_ENV|UV_THREADPOOL_SIZE|GLIBC_TUNABLES|PWD|OLDPWD)=|^glibc\.|^$/
    assert.deepEqual(
      environment.filter((entry) => !known.test(entry)),
      [],
      name,
    )
  }
  assert.equal(uids.size, PROCESSES.length)
  assert(!uids.has('0'))
})

describe('files, by user id alone', () => {
  test('only the ledger writes logs, and only those who need them read them', async () => {
    const ledger = path.join(mailkeep.directory, 'ledger')
    const files = filesBelow(ledger)
    assert(files.length > 8, files.join())
    const key = path.join(ledger, 'key')
    const read = files.filter((file) => file !== key).map((file): Attempt => ['read', file])
    for (const [index, names] of (await whoCan(read)).entries()) {
      assert.deepEqual(names, ['ledger', 'directory', 'vault-0'], read[index]?.[1] as string)
    }
    assert.deepEqual(await whoCan([['read', key]]), [['ledger']])
    const write = files.map((file): Attempt => ['write', file])
    for (const [index, names] of (await whoCan(write)).entries()) {
      assert.deepEqual(names, ['ledger'], write[index]?.[1] as string)
    }
    const directories = [ledger, ...new Set(files.map((file) => path.dirname(file)))]
    for (const names of await whoCan(directories.map((directory) => ['create', directory]))) {
      assert.deepEqual(names, ['ledger'])
    }
  })

  test('only a vault has its index, only the courier the queue', async () => {
    const index = path.join(mailkeep.directory, 'index/0')
    const queue = path.join(mailkeep.directory, 'queue')
    const indexFiles = filesBelow(index)
    const queueFiles = filesBelow(queue)
    assert(indexFiles.length > 0 && queueFiles.length > 0)
    for (const file of indexFiles)
      assert.deepEqual(
        await whoCan([
          ['read', file],
          ['write', file],
        ]),
        [['vault-0'], ['vault-0']],
      )
    for (const file of queueFiles)
      assert.deepEqual(
        await whoCan([
          ['read', file],
          ['write', file],
        ]),
        [['courier'], ['courier']],
      )
    assert.deepEqual(
      await whoCan([
        ['list', index],
        ['create', index],
      ]),
      [['vault-0'], ['vault-0']],
    )
    assert.deepEqual(
      await whoCan([
        ['list', queue],
        ['create', queue],
      ]),
      [['courier'], ['courier']],
    )
  })

  test('nobody has the server secret, the TLS key, the log, or may make a file or a socket beside others', async () => {
    const { directory } = mailkeep
    const secrets = ['server-secret', 'tls/key.pem', 'tls/certificate.pem', 'mailkeep.log'].map((name) =>
      path.join(directory, name),
    )
    const attempts: Attempt[] = [
      ...secrets.flatMap((file): Attempt[] => [
        ['read', file],
        ['write', file],
      ]),
      ...['', 'run', 'run/jail', 'index', 'tls'].map((name): Attempt => ['create', path.join(directory, name)]),
      ['list', directory],
      ['list', path.join(directory, 'run')],
    ]
    for (const names of await whoCan(attempts)) assert.deepEqual(names, [])
  })
})

describe('other processes', () => {
  test('a socket takes only the process that it is for', async () => {
    const sockets = fs.readdirSync(path.join(mailkeep.directory, 'run')).filter((name) => name.endsWith('.sock'))
    assert(sockets.length >= 12, sockets.join())
    const able = await whoCan(sockets.map((name) => ['connect', path.join(mailkeep.directory, 'run', name)]))
    for (const [index, socket] of sockets.entries()) {
      const client = /^[\w-]+\.(\w+)\.sock$/.exec(socket)?.[1] as string
      const expected =
        client === 'admin' ? [] : client === 'web' ? ['gate'] : client === 'vault' ? ['vault-0'] : [client]
      assert.deepEqual(able[index], expected, socket)
    }
  })

  test('no process can signal, trace, or look into another, nor the supervisor', async () => {
    const others = [...PROCESSES.map((name) => pidOf(name)), status.pid]
    const kinds = ['signal', 'trace', 'readMemory', 'openMemory', 'environment', 'descriptors']
    for (const pid of others) {
      const able = await whoCan(kinds.map((kind) => [kind, pid]))
      // Whoever runs under a user id may signal what else does: that is one process.
      const own = status.processes.find((one) => one.pid === pid)?.name
      for (const [index, names] of able.entries()) {
        assert.deepEqual(
          names.filter((name) => name !== own),
          [],
          `${kinds[index]} ${own ?? 'supervisor'}`,
        )
      }
    }
  })

  test('no process becomes another user, or mounts anything', async () => {
    const attempts: Attempt[] = [['become', 0], ['become', 1], ['mount']]
    for (const names of await whoCan(attempts)) assert.deepEqual(names, [])
  })
})

describe('the network', () => {
  for (const name of ['ledger', 'directory', 'vault-0'] as const) {
    test(`${name} has none`, async () => {
      const devices = await mustRun('nsenter', [`--target=${pidOf(name)}`, '--net', 'cat', '/proc/self/net/dev'])
      assert.deepEqual(
        devices
          .split('\n')
          .slice(2)
          .map((line) => line.trim().split(':')[0])
          .filter(Boolean),
        ['lo'],
      )
      const attempts: Attempt[] = [
        ['tcp', '127.0.0.1', mailkeep.ports.smtp],
        ['tcp', '192.0.2.1', 80],
        ['tcp', '0.0.0.0', mailkeep.ports.smtp],
      ]
      for (const answer of await probe(enterNetwork(name), attempts))
        assert.match(answer, /^E(?:NETUNREACH|NETDOWN|HOSTUNREACH)$/)
      assert.notEqual(fs.readlinkSync(`/proc/${pidOf(name)}/ns/net`), fs.readlinkSync('/proc/self/ns/net'))
    })
  }

  test('those who face it have it', async () => {
    for (const name of ['mx', 'gate', 'courier'] as const) {
      assert.deepEqual(await probe(enterNetwork(name), [['tcp', '127.0.0.1', mailkeep.ports.smtp]]), ['ok'])
    }
  })

  test('what listens for strangers is held by mx and gate alone', async () => {
    const { smtp, ...others } = mailkeep.ports
    assert.deepEqual(listening(pidOf('mx')), [smtp])
    assert.deepEqual(new Set(listening(pidOf('gate'))), new Set(Object.values(others)))
    for (const name of ['ledger', 'directory', 'vault-0', 'courier'] as const)
      assert.deepEqual(listening(pidOf(name)), [])
  })
})

describe('the file system that a process sees', () => {
  const DATA: Readonly<Record<Name, readonly string[]>> = {
    ledger: ['ledger', 'run'],
    directory: ['ledger', 'run'],
    courier: ['queue', 'run'],
    'vault-0': ['index', 'ledger', 'run'],
    mx: ['run'],
    gate: ['run'],
  }
  const WRITABLE: Readonly<Partial<Record<Name, string>>> = { ledger: 'ledger', courier: 'queue', 'vault-0': 'index/0' }

  for (const name of PROCESSES) {
    test(`of ${name}`, async () => {
      const root = `/proc/${pidOf(name)}/root`
      const { directory } = mailkeep
      assert.deepEqual(fs.readdirSync(root + directory).toSorted(), DATA[name])
      for (const missing of [
        '/home',
        '/root',
        '/proc',
        '/sys',
        '/var',
        '/boot',
        '/etc/passwd',
        '/etc/shadow',
        '/dev/mem',
        '/dev/sda',
        import.meta.dirname,
      ]) {
        assert(!fs.existsSync(root + missing), missing)
      }
      assert.deepEqual(fs.readdirSync(`${root}/dev`), ['null'])
      const inside = ['nsenter', `--target=${pidOf(name)}`, '--mount', '--root', '--wd', '--net', ...asProcess(name)]
      const places = [
        '/',
        '/tmp',
        '/usr',
        '/mailkeep',
        '/mailkeep/src',
        '/etc',
        `${directory}/run`,
        ...DATA[name].map((data) => `${directory}/${data}`),
        `${directory}/index/0`,
      ].filter((place) => fs.existsSync(root + place))
      const attempts = places.map((place): Attempt => ['create', place])
      for (const [index, answer] of (await probe(inside, attempts)).entries()) {
        const isOwn = places[index] === `${directory}/${WRITABLE[name]}`
        assert.match(answer, isOwn ? /^ok$/ : /^E(?:ACCES|PERM|ROFS)$/, `${name}: ${places[index]}`)
      }
    })
  }
})

describe('within a process', () => {
  const script = fs.readFileSync(path.join(import.meta.dirname, 'split-inside.mjs'), 'utf8')

  for (const name of PROCESSES) {
    test(`what ${name}'s command line allows`, async () => {
      const line = fs
        .readFileSync(`/proc/${pidOf(name)}/cmdline`, 'utf8')
        .split('\0')
        .slice(0, -1)
      const bundled = line.findIndex((argument) => argument.startsWith('/mailkeep/node_modules/.bundled/'))
      const [node = '', ...args] = line.slice(0, bundled)
      const [enter = '', entry = '', ...flags] = line.slice(bundled)
      assert.match(enter, /\/\.bundled\/[0-9a-f]{16}\/platform-enter\.mjs$/)
      assert.match(entry, /\/\.bundled\/[0-9a-f]{16}\/processes-[a-z]+\.mjs$/)
      assert.deepEqual(
        flags.filter((flag) => !args.includes(flag)),
        [],
        'what is set while modules are loaded is what it was started with',
      )
      const { directory } = mailkeep
      const environment = fs
        .readFileSync(`/proc/${pidOf(name)}/environ`, 'latin1')
        .split('\0')
        .filter(Boolean)
      const inside = ['nsenter', `--target=${pidOf(name)}`, '--mount', '--root', '--wd', '--net', ...asProcess(name)]
      const command = [
        ...inside,
        'env',
        '-i',
        ...environment,
        node,
        ...args,
        '--input-type=module',
        '--eval',
        script,
        enter,
        ...flags,
        directory,
      ]
      const [program = '', ...rest] = command
      const { status: code, stdout, stderr } = await run(program, rest)
      assert.equal(code, 0, stderr)
      const answers = JSON.parse(stdout) as Record<string, string>
      const may = Object.entries(answers)
        .filter(([, answer]) => answer === 'ok')
        .map(([what]) => what)
      const expected: Readonly<Record<Name, readonly string[]>> = {
        // Their one thread is started first, and then the right to start any is given up (src/platform/worker.test.ts).
        ledger: ['read code', 'read ledger', 'write ledger', 'start a thread'],
        directory: ['read code', 'read ledger'],
        courier: ['read code', 'read queue', 'write queue'],
        'vault-0': ['read code', 'read ledger', 'read index', 'write index', 'native code', 'start a thread'],
        mx: ['read code'],
        gate: ['read code'],
      }
      assert.deepEqual(may.toSorted(), [...expected[name]].toSorted(), JSON.stringify(answers, null, 1))
    })
  }
})
