// The walls around a process, and how to build them: a user id of its own, a network namespace without any network, a file system in which
// only its own files are, and in every case Node's permission model. Which of them this machine allows is found by trying.
//
// `jail.sh` does what needs root, step by step, before it gives up being root.

import { type FileOwner, fileExists, realPath } from '#platform/files.ts'
import { executable, startsWithSuccess, userId } from '#platform/process.ts'
import { entryFile } from '#platform/program.ts'

export interface Walls {
  /** Processes have user ids of their own. */
  readonly users: boolean
  /** Processes that need no network have none. */
  readonly network: boolean
  /** Processes see only their own files. */
  readonly files: boolean
}

export function findWalls(): Walls {
  if (userId() !== 0) {
    return {
      users: false,
      network: startsWithSuccess('unshare', ['--user', '--map-current-user', '--net', 'true']),
      files: false,
    }
  }
  const users = startsWithSuccess('setpriv', ['--reuid', '65534', '--regid', '65534', '--clear-groups', 'true'])
  const network = users && startsWithSuccess('unshare', ['--net', 'true'])
  const files =
    users && startsWithSuccess('unshare', ['--mount', 'sh', '-c', 'mount -t tmpfs tmpfs /mnt && umount /mnt'])
  return { users, network, files }
}

export interface Confinement {
  readonly owner: FileOwner | null
  readonly groups: readonly number[]
  readonly hasNetwork: boolean
  readonly hasAddons: boolean
  /** It starts one thread, and gives the right to start any up (`#platform/worker.ts`). */
  readonly hasWorker: boolean
  /** It holds mail, passwords or addresses of correspondents in the clear: what it frees is overwritten (`#platform/wipe-memory.ts`). */
  readonly seesMail: boolean
  /** Threads that wait for the disk or stretch passwords. */
  readonly threads: number
  readonly reads: readonly string[]
  readonly writes: readonly string[]
  readonly run: string
}

export interface CommandLine {
  readonly command: string
  readonly args: readonly string[]
  readonly environment: Readonly<Record<string, string>>
}

/** Where the program's own files are in a jail. */
const CODE_IN_JAIL = '/mailkeep'
const NODE_IN_JAIL = '/node'
const CODE = ['src', 'node_modules', 'package.json', 'web/dist']

const nodeFlags = [
  '--permission',
  // Unix sockets are network to Node: where there must be none, the namespace has none.
  '--allow-net',
  '--disable-proto=throw',
  '--disable-warning=ExperimentalWarning',
  '--disable-warning=SecurityWarning',
  // Processes of few and small objects: memory of the young generation and of compilation threads is what they would mostly have.
  '--max-semi-space-size=2',
  '--v8-pool-size=1',
]

/** Those of V8 which are off while modules are loaded (`#platform/enter.ts`). */
const v8Flags = ['--disallow-code-generation-from-strings', '--expose-gc']
/** `#platform/wipe-memory.ts`. */
const v8FlagsForMail = ['--clear-free-memory', '--no-memory-pool']

/** Of the C library: the first two for `#platform/wipe-memory.ts`. What is large goes back to the system when it is freed, whatever was freed before. */
const tunables = ['glibc.malloc.perturb=165', 'glibc.malloc.tcache_count=0', 'glibc.malloc.mmap_threshold=131072']

/** How to start `entry`, a file below `code`, within `walls`. */
export function confine(code: string, entry: string, confinement: Confinement, walls: Walls): CommandLine {
  const { owner, groups, hasNetwork, hasAddons, hasWorker, seesMail, threads, reads, writes, run } = confinement
  const inJail = walls.files && owner !== null
  const codeSeen = inJail ? CODE_IN_JAIL : code
  const flags = [...v8Flags, ...(seesMail ? v8FlagsForMail : [])]
  const node = [
    ...nodeFlags,
    ...flags,
    `--openssl-config=${codeSeen}/src/platform/openssl.cnf`,
    ...(hasAddons ? ['--allow-addons'] : []),
    ...(hasWorker ? ['--allow-worker'] : []),
    ...[...CODE.flatMap((name) => (inJail ? [`${codeSeen}/${name}`] : namesOf(`${code}/${name}`))), ...reads].map(
      (name) => `--allow-fs-read=${name}`,
    ),
    ...writes.flatMap((name) => [`--allow-fs-read=${name}`, `--allow-fs-write=${name}`]),
    `${codeSeen}/${entryFile('src/platform/enter.ts')}`,
    `${codeSeen}/${entry}`,
    ...flags,
  ]
  const environment: Record<string, string> = {
    PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
    NODE_ENV: 'production',
    UV_THREADPOOL_SIZE: String(threads),
    ...(seesMail ? { GLIBC_TUNABLES: tunables.join(':') } : {}),
  }
  const steps: string[] = []
  if (owner === null) {
    if (!hasNetwork && walls.network) steps.push('unshare', '--user', '--map-current-user', '--net')
    steps.push(executable, ...node)
  } else {
    const namespaces = [...(!hasNetwork && walls.network ? ['--net'] : []), ...(inJail ? ['--mount'] : [])]
    if (namespaces.length > 0) steps.push('unshare', ...namespaces)
    if (inJail) {
      const binds = [
        `ro:${executable}:${NODE_IN_JAIL}`,
        ...CODE.map((name) => `ro:${code}/${name}:${CODE_IN_JAIL}/${name}`),
        ...reads.map((name) => `ro:${name}:${name}`),
        ...[...writes, run].map((name) => `rw:${name}:${name}`),
      ]
      steps.push('sh', `${code}/src/supervisor/jail.sh`, `${run}/jail`, run, ...binds, '--', 'chroot', '.')
    }
    steps.push(
      'setpriv',
      `--reuid=${owner.uid}`,
      `--regid=${owner.gid}`,
      groups.length === 0 ? '--clear-groups' : `--groups=${groups.join(',')}`,
      '--no-new-privs',
      '--bounding-set=-all',
      '--inh-caps=-all',
    )
    // `chroot` begins at the root.
    if (inJail) steps.push('--', 'sh', '-c', 'cd "$1" && shift && exec "$@"', 'sh', run)
    steps.push(inJail ? NODE_IN_JAIL : executable, ...node)
  }
  const [command, ...args] = steps
  return { command: command as string, args, environment }
}

/** Packages may be elsewhere, and linked: a file is asked for by the name that it has there. */
function namesOf(file: string): string[] {
  return fileExists(file) ? [...new Set([file, realPath(file)])] : [file]
}
