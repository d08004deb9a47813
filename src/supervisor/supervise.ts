// The supervisor at work: prepares the data directory, makes every socket, starts the processes in the order in which they need each other, and
// stops them in the other. It parses its configuration, and nothing from a network.

import { parseRecipient } from '#crypto/age/recipient.ts'
import { type Configuration, formatProblem, parseConfiguration } from '#configuration/read.ts'
import type { Clock } from '#platform/clock.ts'
import { setMode, setOwner } from '#platform/files.ts'
import type { Log } from '#platform/log.ts'
import { type BoundSocket, bindTcp, bindUnix, changeDirectory, processId, userId } from '#platform/process.ts'
import { entryFile, programDirectory } from '#platform/program.ts'
import type { SocketInfo } from '#protocol/control.ts'
import type { SystemStatus } from '#protocol/supervisor.ts'
import { type LoadedCertificate, loadCertificate } from './certificate.ts'
import { CannotStartError, Child } from './child.ts'
import { clientSettings } from './client-settings.ts'
import { type DataPaths, type OwnedDirectory, dataPaths, handOverTree, makeOwnedDirectory } from './data-directory.ts'
import { StartError } from './errors.ts'
import { type ProcessPlan, type SocketPlan, planProcesses } from './plan.ts'
import { type ServerSecret, loadServerSecret } from './server-secret.ts'
import { orStartError, readForStart } from './start-files.ts'
import { type Users, oneUser, reservedUsers } from './users.ts'
import { type Walls, confine, findWalls } from './walls.ts'

export interface SuperviseOptions {
  /** Absolute. */
  readonly dataDirectory: string
  /** Null: as configured, else 10000. */
  readonly portBase: number | null
  readonly version: string
  /** Where the processes' output goes; null: where ours goes. */
  readonly logDescriptor: number | null
  /** Every process holds it, so that the next supervisor waits for the last of them. */
  readonly lockDescriptor: number
  readonly clock: Clock
  readonly log: Log
}

const DEFAULT_PORT_BASE = 10_000
const CONFIGURATION_BYTES_MAX = 1024 * 1024
const PASSWORD_BYTES_MAX = 1_024
const OPEN_DIRECTORY = 0o711
const PRIVATE_DIRECTORY = 0o700
/** New files and directories below it get its group. */
const SHARED_DIRECTORY = 0o2750

export class Supervisor {
  readonly #options: SuperviseOptions
  readonly #configuration: Configuration
  readonly #paths: DataPaths
  readonly #walls: Walls
  readonly #secret: ServerSecret
  readonly #certificate: LoadedCertificate
  readonly #startedAt: number
  readonly #sockets: BoundSocket[] = []
  readonly #listeners: SystemStatus['listeners'][number][] = []
  /** In the order of their start. */
  readonly #stages: Child[][] = []
  #stopping: Promise<void> | null = null

  private constructor(parts: {
    readonly options: SuperviseOptions
    readonly configuration: Configuration
    readonly paths: DataPaths
    readonly walls: Walls
    readonly secret: ServerSecret
    readonly certificate: LoadedCertificate
  }) {
    this.#options = parts.options
    this.#configuration = parts.configuration
    this.#paths = parts.paths
    this.#walls = parts.walls
    this.#secret = parts.secret
    this.#certificate = parts.certificate
    this.#startedAt = parts.options.clock.now()
  }

  /** Everything that can be wrong with the configuration, ports and files is found here. Throws StartError. */
  static async prepare(options: SuperviseOptions): Promise<Supervisor> {
    const paths = dataPaths(options.dataDirectory)
    const configuration = readConfiguration(paths)
    checkEscrow(configuration, paths)
    const walls = findWalls()
    const users = usersOf(configuration, walls)
    prepareDirectories(paths, configuration, users)
    const secret = loadServerSecret(configuration, paths)
    const hostname = configuration.hostname ?? 'localhost'
    const certificate = await loadCertificate(configuration, paths, hostname, options.clock.now())
    const supervisor = new Supervisor({ options, configuration, paths, walls, secret, certificate })
    const input = {
      configuration,
      portBase: options.portBase ?? configuration.portBase ?? DEFAULT_PORT_BASE,
      paths,
      users,
      serverSecret: secret.bytes,
      certificate,
      hostname,
      smarthostPassword: readSmarthostPassword(configuration),
    }
    // Names of sockets are relative: a data directory may have a long name.
    changeDirectory(paths.run)
    for (const stage of planProcesses(input)) supervisor.#stages.push(stage.map((plan) => supervisor.#child(plan)))
    secret.bytes.fill(0)
    return supervisor
  }

  /** Resolves when all processes are ready. Throws StartError, when all have ended, if one of them cannot start at all. */
  async start(): Promise<void> {
    try {
      for (const stage of this.#stages) {
        if (this.#stopping !== null) return
        await Promise.all(stage.map((child) => child.start()))
      }
    } catch (error) {
      if (!(error instanceof CannotStartError)) throw error
      await this.stop()
      throw new StartError(explain(error, this.#paths), { cause: error })
    }
  }

  /** Resolves when all have ended. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop()
    return this.#stopping
  }

  get status(): SystemStatus {
    const children = this.#stages.flat()
    const hostname = this.#configuration.hostname ?? 'localhost'
    return {
      kind: 'status',
      version: this.#options.version,
      pid: processId,
      dataDirectory: this.#paths.root,
      hostname,
      isReady: this.#stopping === null && children.every(({ isReady }) => isReady),
      startedAt: this.#startedAt,
      walls: this.#walls,
      secretBesideData: this.#secret.isBesideData,
      selfSigned: this.#certificate.isSelfSigned,
      clients: clientSettings(hostname, this.#listeners, this.#configuration.clients),
      listeners: this.#listeners,
      processes: children.map(({ status }) => status),
    }
  }

  async #stop(): Promise<void> {
    for (const stage of this.#stages.toReversed()) await Promise.all(stage.map((child) => child.stop()))
    for (const socket of this.#sockets) socket.close()
  }

  #child(plan: ProcessPlan): Child {
    const { name, confinement } = plan
    const made = plan.sockets.map((socket) => this.#makeSocket(socket))
    const infos = made.map(({ info }) => info)
    const spec = {
      name,
      command: confine(programDirectory, entryFile(plan.entry), confinement, this.#walls),
      directory: this.#paths.run,
      descriptors: [...made.map(({ descriptor }) => descriptor), this.#options.lockDescriptor],
      log: this.#options.logDescriptor,
      uid: confinement.owner?.uid ?? userId(),
    }
    // Keys are derived once: the secret itself is not kept.
    const init = plan.init(infos)
    return new Child({ ...spec, init: () => init }, this.#options.clock, this.#options.log)
  }

  #makeSocket(plan: SocketPlan): { readonly descriptor: number; readonly info: SocketInfo } {
    if (plan.kind === 'unix') {
      const socket = bindUnix(plan.file)
      this.#sockets.push(socket)
      setMode(plan.file, plan.mode)
      if (plan.owner !== null) setOwner(plan.file, plan.owner)
      const info = { name: plan.client, kind: 'unix', address: '', port: 0, implicitTls: false } as const
      return { descriptor: socket.descriptor, info }
    }
    const { protocol, address, port, implicitTls } = plan
    const socket = bindPort(address, port, protocol)
    this.#sockets.push(socket)
    this.#listeners.push({ protocol, address, port, implicitTls })
    return { descriptor: socket.descriptor, info: { name: protocol, kind: 'tcp', address, port, implicitTls } }
  }
}

/** In words for the person who started it, with what can be done. */
function explain({ reason, message }: CannotStartError, { root, ledger }: DataPaths): string {
  switch (reason) {
    case 'otherServerSecret':
      return (
        `The directory in ${ledger} cannot be read: it was sealed under another server secret than the one that is here.\n` +
        'If this is the same server, put its server secret back (docs/operations.md).\n' +
        `If the ledger comes from another machine, take it over: mailkeep adopt --data ${root}`
      )
    case 'directoryDamaged':
      return (
        `The directory in ${ledger} is damaged: ${message}. What is damaged: mailkeep verify --data ${root}\n` +
        'Put the ledger back from a copy. Where there is none, accounts can be opened with their recovery codes:\n' +
        `mailkeep adopt --data ${root}`
      )
    case 'ledgerDamaged':
      return (
        `The ledger in ${ledger} is damaged: ${message}.\n` +
        `Nothing was changed. What can still be read: mailkeep verify --data ${root}`
      )
  }
}

function bindPort(address: string, port: number, protocol: string): BoundSocket {
  try {
    return bindTcp(address, port)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown'
    const why =
      code === 'EADDRINUSE'
        ? 'another program listens there. Choose other ports with --port-base'
        : code === 'EACCES'
          ? 'ports under 1024 need root. Choose higher ones with --port-base'
          : code
    throw new StartError(`cannot listen for ${protocol} on ${address} port ${port}: ${why}`, { cause: error })
  }
}

/** Throws StartError with every problem. */
export function readConfiguration(paths: DataPaths): Configuration {
  const text = readForStart(paths.configuration, CONFIGURATION_BYTES_MAX)?.toString('utf8') ?? ''
  const parsed = parseConfiguration(text)
  if (parsed.ok) return parsed.value
  throw new StartError(parsed.error.map((problem) => formatProblem(paths.configuration, problem)).join('\n'))
}

function readSmarthostPassword({ outgoing }: Configuration): string | null {
  const file = outgoing.smarthost?.passwordFile
  if (file === undefined) return null
  const bytes = readForStart(file, PASSWORD_BYTES_MAX)
  if (bytes === null) throw new StartError(`outgoing.smarthost.passwordFile: ${file} is not there`)
  return bytes.toString('utf8').replace(/\r?\n$/, '')
}

/** Slots are sealed to it when nobody looks. Throws StartError. */
function checkEscrow({ escrow }: Configuration, { configuration: file }: DataPaths): void {
  if (escrow.recipient === undefined || parseRecipient(escrow.recipient) !== null) return
  throw new StartError(`${file}: escrow.recipient: it is mistyped, or of a kind that is not known here`)
}

function usersOf(configuration: Configuration, walls: Walls): Users {
  return walls.users ? reservedUsers(configuration.users.base) : oneUser
}

function ledgerDirectory({ ledger: path }: DataPaths, { ledger, readers }: Users): OwnedDirectory {
  const owner = ledger === null ? null : { uid: ledger.uid, gid: readers ?? ledger.gid }
  return { path, mode: SHARED_DIRECTORY, owner }
}

/** A ledger that somebody else has copied here becomes the ledger process's own. */
export function handOverLedger(configuration: Configuration, paths: DataPaths): void {
  handOverTree(ledgerDirectory(paths, usersOf(configuration, findWalls())))
}

function prepareDirectories(paths: DataPaths, configuration: Configuration, users: Users): void {
  const directories: OwnedDirectory[] = [
    { path: paths.root, mode: OPEN_DIRECTORY, owner: null },
    { path: paths.run, mode: OPEN_DIRECTORY, owner: null },
    { path: paths.index, mode: OPEN_DIRECTORY, owner: null },
    ledgerDirectory(paths, users),
    { path: paths.queue, mode: PRIVATE_DIRECTORY, owner: users.courier },
  ]
  for (let number = 0; number < configuration.vaults; number++) {
    directories.push({ path: `${paths.index}/${number}`, mode: PRIVATE_DIRECTORY, owner: users.vault(number) })
  }
  for (const directory of directories) {
    orStartError(directory.path, 'cannot be made or given to its process', () => makeOwnedDirectory(directory))
  }
}
