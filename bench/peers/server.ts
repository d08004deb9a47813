// A server that is measured: where it listens, whose processes it is, and what says that mail has arrived. Peers run as instances of their own, on
// loopback, on free ports, with all they write in a temporary directory.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import type { ImapTarget } from '../load-imap.ts'
import type { SmtpTarget } from '../load-smtp.ts'

export interface Server extends AsyncDisposable {
  readonly name: string
  /** Of the process that all others of the server descend from. */
  readonly pid: number
  readonly mail: MailSide | null
  readonly imap: ImapTarget | null
}

/** How mail comes in, for measuring acceptance. */
export interface MailSide extends SmtpTarget {
  /** So many different mailboxes as asked for. */
  recipients(count: number): Promise<readonly string[]>
  /** Messages that are where they are to arrive. */
  arrived(recipients: readonly string[]): Promise<number>
  /** True where work goes on after the reply, and `arrived` costs nothing: then it is waited for. */
  readonly arrivesLater: boolean
  /** Before each measure: away with what piles up. */
  reset?(): Promise<void>
}

/** A peer that cannot be measured here: what its user can do about it, in one line. */
export class PeerMissing extends Error {
  override name = 'PeerMissing'
}

const READY_MS = 30_000
const STOP_MS = 20_000

/** Removed with the stack. Other users of the system may enter it, as servers that drop their rights must. */
export function stateDirectory(name: string, stack: AsyncDisposableStack): string {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), `mailkeep-bench-${name}-`))
  stack.defer(() => fs.rmSync(directory, { recursive: true, force: true }))
  fs.chmodSync(directory, 0o755)
  return directory
}

/** For what is downloaded once: `$XDG_CACHE_HOME/mailkeep-bench/NAME`. */
export function cacheDirectory(name: string): string {
  const base = process.env['XDG_CACHE_HOME'] ?? path.join(os.homedir(), '.cache')
  return path.join(base, 'mailkeep-bench', name)
}

/** Different ports that nobody listens on. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => net.createServer())
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((resolve, reject) => {
          server.once('error', reject)
          server.listen(0, '127.0.0.1', () => resolve((server.address() as net.AddressInfo).port))
        }),
    ),
  )
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}

/** Resolves when the port greets. */
export async function greeted(port: number, log: () => string): Promise<void> {
  const deadline = Date.now() + READY_MS
  while (!(await greets(port))) {
    if (Date.now() > deadline) throw new Error(`nobody greets on port ${port}\n${log()}`)
    await sleep(100)
  }
}

function greets(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1')
    const settle = (answer: boolean): void => {
      socket.destroy()
      resolve(answer)
    }
    socket.setTimeout(5000, () => settle(false))
    socket.once('data', () => settle(true))
    socket.once('error', () => settle(false))
    socket.once('close', () => settle(false))
  })
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

export interface Daemon {
  readonly pid: number
  /** The end of what it wrote. */
  log(): string
  stop(): Promise<void>
}

/** A server that stays in the foreground, ended by SIGTERM. */
export function startDaemon(
  program: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly env?: Readonly<Record<string, string>> },
): Daemon {
  const logFile = path.join(options.cwd, 'output.log')
  const log = fs.openSync(logFile, 'a')
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', log, log],
  })
  fs.closeSync(log)
  const ended = new Promise<void>((resolve) => {
    child.once('error', () => resolve())
    child.once('exit', () => resolve())
  })
  if (child.pid === undefined) throw new Error(`${program} does not start`)
  return {
    pid: child.pid,
    log: () => tail(logFile),
    stop: () => stopChild(child, ended),
  }
}

async function stopChild(child: ChildProcess, ended: Promise<void>): Promise<void> {
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
  await ended
  clearTimeout(timer)
}

export function tail(file: string): string {
  return fs.existsSync(file) ? fs.readFileSync(file, 'utf8').slice(-2000) : ''
}

/** Runs a program to its end; an error with what it said if that is not 0. */
export function mustRun(
  program: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly input?: string; readonly env?: Readonly<Record<string, string>> } = {},
): string {
  const result = spawnSync(program, args, { ...options, env: { ...process.env, ...options.env }, encoding: 'utf8' })
  if (result.status !== 0)
    throw new Error(`${program} ${args.join(' ')}: ${result.error?.message ?? `${result.stdout}${result.stderr}`}`)
  return result.stdout
}

/** Files in a directory, at any depth. */
export function countFiles(directory: string, counts: (name: string) => boolean): number {
  let count = 0
  for (const entry of fs.readdirSync(directory, { recursive: true, withFileTypes: true })) {
    if (entry.isFile() && counts(entry.name)) count++
  }
  return count
}
