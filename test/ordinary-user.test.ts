// Everything as somebody who is not root and has no more than a home directory: it starts, takes mail and is read, and says which walls are missing.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import type { SystemStatus } from '#protocol/supervisor.ts'
import { mustRun, portsFrom, repository, reservePortBase, run, temporaryDirectory } from './harness.ts'
import { fetchAll, swaks } from './imap-client.ts'

/** Nobody on this machine. */
const UID = 54_321
const PASSWORD = 'a long pass phrase'

/** The program where that user can read it, however the way to it is closed to others: mounted, for the command alone. */
const MOUNT = 'mount --bind "$1" "$2" && cd / && shift 2 && exec "$@"'

test('it starts, works, and tells what is missing', async () => {
  assert.equal(process.getuid?.(), 0, 'becoming an ordinary user needs root: run npm test as root')
  using directory = temporaryDirectory()
  fs.chmodSync(directory.path, 0o755)
  const home = path.join(directory.path, 'home')
  const code = path.join(directory.path, 'code')
  for (const made of [home, code]) fs.mkdirSync(made)
  fs.chownSync(home, UID, UID)

  const asUser = [`--reuid=${UID}`, `--regid=${UID}`, '--clear-groups', '--bounding-set=-all', '--inh-caps=-all']
  const environment = ['env', '-i', `HOME=${home}`, 'PATH=/usr/bin:/bin']
  const mailkeep = (args: readonly string[], input = ''): ReturnType<typeof run> =>
    run(
      'unshare',
      [
        '--mount',
        'sh',
        '-c',
        MOUNT,
        'sh',
        repository,
        code,
        'setpriv',
        ...asUser,
        ...environment,
        `${code}/mailkeep`,
        ...args,
      ],
      { input },
    )
  const must = async (args: readonly string[], input?: string): Promise<string> => {
    const { status, stdout, stderr } = await mailkeep(args, input)
    assert.equal(status, 0, `${args.join(' ')}: ${stdout}\n${stderr}`)
    return stdout
  }

  using reserved = await reservePortBase()
  const { base } = reserved
  const ports = portsFrom(base)
  try {
    // Where data goes if nobody says.
    await must(['start', '--port-base', String(base), '--detach'])
    const data = path.join(home, '.local/share/mailkeep')
    assert.equal(fs.statSync(data).uid, UID)
    await must(['domain', 'add', 'example.org'])
    await must(['account', 'add', 'ada@example.org', '--password-stdin'], `${PASSWORD}\n`)
    await swaks({ port: ports.smtp, from: 'a@example.net', to: 'ada@example.org', subject: 'Hello', body: 'a body' })
    const texts = (await fetchAll(ports.imap, 'ada@example.org', PASSWORD)).map(({ bytes }) => bytes.toString())
    assert(texts.some((text) => /^Subject: Hello\r\n/m.test(text) && text.includes('\r\n\r\na body\r\n')))

    const status = JSON.parse(await must(['status', '--json'])) as SystemStatus
    assert.equal(status.isReady, true)
    assert.deepEqual(new Set(status.processes.map(({ uid }) => uid)), new Set([UID]))
    const { users, network, files } = status.walls
    assert.deepEqual({ users, files }, { users: false, files: false })
    for (const { name, pid } of status.processes) {
      const isApart = fs.readlinkSync(`/proc/${pid}/ns/net`) !== fs.readlinkSync('/proc/self/ns/net')
      assert.equal(isApart, network && !['mx', 'gate', 'courier'].includes(name), name)
      // The last wall is there for everybody.
      assert.match(fs.readFileSync(`/proc/${pid}/cmdline`, 'latin1'), /\0--permission\0/)
    }
    const told = await must(['status'])
    assert.match(told, /share one user id/)
    assert.match(told, /no file system of their own/)
    assert.equal(/need no network are kept from it by nothing/.test(told), !network)

    // Its files are closed to others.
    const others = await run('setpriv', [
      '--reuid=54322',
      '--regid=54322',
      '--clear-groups',
      'ls',
      '-R',
      path.join(data, 'ledger'),
    ])
    assert.notEqual(others.status, 0)
  } finally {
    await mailkeep(['stop'])
  }
  // Nothing of it is left.
  await mustRun('sh', ['-c', `for i in $(seq 100); do pgrep -u ${UID} || exit 0; sleep 0.1; done; exit 1`])
})
