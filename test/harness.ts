// A whole Mailkeep for one test: its own data directory, its own ports, started and driven by the commands that a user has.

import { spawn } from 'node:child_process'
import fs from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { addAccount } from '#cli/add-account.ts'
import { System } from '#cli/system.ts'
import type { SystemStatus } from '#protocol/supervisor.ts'

export const repository = path.dirname(import.meta.dirname)

export interface Ran {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly input?: string | Uint8Array
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  readonly timeoutMs?: number
}

/** Runs a program to its end. Never rejects for what the program does; a time-out kills it and gives status null. */
export function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: options.cwd ?? repository,
      env: { ...process.env, ...options.env },
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    const out: Buffer[] = []
    const err: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk))
    child.stdin.on('error', () => {})
    const timer = setTimeout(() => child.kill('SIGKILL'), options.timeoutMs ?? 120_000)
    child.on('error', reject)
    child.on('close', (status) => {
      clearTimeout(timer)
      resolve({ status, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() })
    })
    child.stdin.end(options.input)
  })
}

/** As `run`, but a status other than 0 is an error that shows what the program said. */
export async function mustRun(program: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { status, stdout, stderr } = await run(program, args, options)
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${status}\n${stdout}\n${stderr}`)
  return stdout
}

/** A directory that is removed with the test. Its parents can be entered by other users, as a data directory's should. */
export function temporaryDirectory(): { readonly path: string } & Disposable {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'mailkeep-test-'))
  return { path: directory, [Symbol.dispose]: () => fs.rmSync(directory, { recursive: true, force: true }) }
}

export interface Ports {
  readonly smtp: number
  readonly http: number
  readonly https: number
  readonly pop3: number
  readonly pop3s: number
  readonly imap: number
  readonly imaps: number
  readonly submission: number
  readonly submissions: number
  readonly managesieve: number
}

export interface Mailkeep extends AsyncDisposable {
  readonly directory: string
  readonly ports: Ports
  /** `./mailkeep ARGUMENT… --data DIR`. */
  cli(args: readonly string[], options?: RunOptions): Promise<Ran>
  /** As `cli`, but must end with 0; returns what it printed. */
  mustCli(args: readonly string[], options?: RunOptions): Promise<string>
  /** Adds the address's account (its domain must exist), as the command does, which takes a fifth of a second of a processor to be loaded; returns its recovery code. */
  addAccount(address: string, password: string): Promise<string>
  start(): Promise<void>
  stop(): Promise<void>
  /** What `mailkeep status` asks for. Throws if it does not run. */
  status(): Promise<SystemStatus>
}

export function portsFrom(base: number): Ports {
  const at = (port: number): number => base + port
  return {
    smtp: at(25),
    http: at(80),
    https: at(443),
    pop3: at(110),
    pop3s: at(995),
    imap: at(143),
    imaps: at(993),
    submission: at(587),
    submissions: at(465),
    managesieve: at(4190),
  }
}

interface PortBase extends Disposable {
  readonly base: number
}

/** Held by whoever uses the base: no protocol is there. */
const RESERVING_PORT = 1

/**
 * A base whose ports nobody uses, and no other test gets until it is disposed. Bases differ by 1000: two systems' ports never meet. All ports are below those
 * that Linux gives to connections (from 32768 on): one of these could take a port while a Mailkeep is restarted.
 */
export async function reservePortBase(): Promise<PortBase> {
  for (let tries = 0; tries < 200; tries++) {
    const base = 1000 * (10 + Math.floor(Math.random() * 18))
    const reservation = await listenOn(base + RESERVING_PORT)
    if (reservation === null) continue
    const taken = await Promise.all(Object.values(portsFrom(base)).map(isTaken))
    if (!taken.includes(true)) return { base, [Symbol.dispose]: () => void reservation.close() }
    reservation.close()
  }
  throw new Error('found no free range of ports')
}

/** Null if somebody listens there. */
function listenOn(port: number): Promise<net.Server | null> {
  return new Promise((resolve) => {
    const server = net.createServer()
    server.once('error', () => resolve(null))
    // Whoever forgets to dispose it is not kept waiting by it.
    server.listen(port, '127.0.0.1', () => resolve(server.unref()))
  })
}

async function isTaken(port: number): Promise<boolean> {
  const server = await listenOn(port)
  await new Promise<void>((resolve) => (server === null ? resolve() : server.close(() => resolve())))
  return server === null
}

export interface StartOptions {
  /** Domains to add; `example.org` if not given. */
  readonly domains?: readonly string[]
  /** Addresses and their passwords. */
  readonly accounts?: Readonly<Record<string, string>>
  /** Content of `mailkeep.yaml`. */
  readonly config?: string
}

/** A data directory and ports for a Mailkeep that is not started yet. Disposing it stops it and removes its data. */
export async function newMailkeep(config?: string): Promise<Mailkeep> {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'mailkeep-test-'))
  const reserved = await reservePortBase()
  const { base } = reserved
  if (config !== undefined) fs.writeFileSync(path.join(directory, 'mailkeep.yaml'), config)
  // What commands remember of logs is not the tester's.
  const withState = (options: RunOptions = {}): RunOptions => ({
    ...options,
    env: { XDG_STATE_HOME: `${directory}-state`, ...options.env },
  })
  const system = new System(directory)
  const mailkeep: Mailkeep = {
    directory,
    ports: portsFrom(base),
    cli: (args, runOptions) =>
      run(path.join(repository, 'mailkeep'), [...args, '--data', directory], withState(runOptions)),
    mustCli: (args, runOptions) =>
      mustRun(path.join(repository, 'mailkeep'), [...args, '--data', directory], withState(runOptions)),
    async addAccount(address, password) {
      const options = { identity: 'hybrid', quotaBytes: null } as const
      return (await addAccount(system, address, Buffer.from(password), options)).recoveryCode
    },
    async start() {
      await mailkeep.mustCli(['start', '--port-base', String(base), '--detach'])
    },
    async stop() {
      await mailkeep.mustCli(['stop'])
    },
    async status() {
      const status = await system.status()
      if (status === null) throw new Error('it does not run')
      return status
    },
    async [Symbol.asyncDispose]() {
      await system.stop()
      reserved[Symbol.dispose]()
      fs.rmSync(`${directory}-state`, { recursive: true, force: true })
      fs.rmSync(directory, { recursive: true, force: true })
    },
  }
  return mailkeep
}

/** Starts a Mailkeep on loopback with the given accounts. */
export async function startMailkeep(options: StartOptions = {}): Promise<Mailkeep> {
  const mailkeep = await newMailkeep(options.config)
  try {
    await mailkeep.start()
    for (const domain of options.domains ?? ['example.org']) await addDomain(mailkeep.directory, domain)
    for (const [address, password] of Object.entries(options.accounts ?? {}))
      await mailkeep.addAccount(address, password)
  } catch (error) {
    await mailkeep[Symbol.asyncDispose]()
    throw error
  }
  return mailkeep
}

async function addDomain(directory: string, domain: string): Promise<void> {
  const answer = await new System(directory).ask({ kind: 'addDomain', domain })
  if (answer.kind !== 'done') throw new Error(`the domain ${domain} was not added: ${answer.kind}`)
}
