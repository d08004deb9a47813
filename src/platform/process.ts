// This process, and starting others.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import net from 'node:net'
import os from 'node:os'

export function environment(name: string): string | undefined {
  return process.env[name]
}

/** Ends this process at once. */
export function exit(code: number): never {
  process.exit(code)
}

/** Errors that nobody caught: the process cannot be trusted any more. */
export function onUncaught(handle: (error: unknown) => void): void {
  process.on('uncaughtException', handle)
  process.on('unhandledRejection', handle)
}

export function onSignal(signal: 'SIGTERM' | 'SIGINT' | 'SIGHUP', handle: () => void): void {
  process.on(signal, handle)
}

export const processId: number = process.pid
export const executable: string = process.execPath

/** 0 for root; null where there are no user ids. */
export function userId(): number | null {
  return process.getuid?.() ?? null
}

/** Of this machine; swap is 0 where nobody can tell. */
export function systemMemory(): { readonly freeBytes: number; readonly swapBytes: number } {
  let swapBytes = 0
  try {
    const kilobytes = /^SwapTotal:\s+(\d+) kB/m.exec(fs.readFileSync('/proc/meminfo', 'latin1'))?.[1]
    swapBytes = Number(kilobytes ?? 0) * 1024
  } catch {
    // Not Linux.
  }
  return { freeBytes: os.freemem(), swapBytes }
}

export function homeDirectory(): string {
  return os.homedir()
}

/** All names that this process makes from now on relative are below it. */
export function changeDirectory(directory: string): void {
  process.chdir(directory)
}

export function currentDirectory(): string {
  return process.cwd()
}

/** Files and sockets that are made from now on are nobody else's unless their mode is set. */
export function restrictNewFiles(mask: number): void {
  process.umask(mask)
}

export interface StartedProcess {
  readonly pid: number
  /** The parent's end of descriptor 3 of the child. */
  readonly control: net.Socket
  kill(signal: NodeJS.Signals): void
  /** Resolves when it has ended. */
  readonly ended: Promise<{ readonly code: number | null; readonly signal: string | null }>
}

export interface StartOptions {
  readonly command: string
  readonly args: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  readonly directory: string
  /** Become descriptors 4, 5, … of the child. */
  readonly descriptors: readonly number[]
  /** Where standard output and error go; null: where ours go. */
  readonly log: number | null
}

/** Throws what the system says. */
export function startProcess(options: StartOptions): StartedProcess {
  const { command, args, environment: env, directory: cwd, descriptors, log } = options
  const output = log ?? 'inherit'
  const child: ChildProcess = spawn(command, [...args], {
    cwd,
    env: { ...env },
    stdio: ['ignore', output, output, 'pipe', ...descriptors],
  })
  const ended = new Promise<{ code: number | null; signal: string | null }>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }))
    child.once('error', () => resolve({ code: null, signal: null }))
  })
  return {
    pid: child.pid ?? 0,
    control: child.stdio[3] as net.Socket,
    kill: (signal) => void child.kill(signal),
    ended,
  }
}

/** With this process's output. True if it ended with status 0. */
export function runToEnd(command: string, args: readonly string[]): boolean {
  return spawnSync(command, [...args], { stdio: ['ignore', 'inherit', 'inherit'] }).status === 0
}

/** Whether the program is there and ends with status 0. */
export function startsWithSuccess(command: string, args: readonly string[]): boolean {
  return spawnSync(command, [...args], { stdio: 'ignore', timeout: 10_000 }).status === 0
}

/** A socket that is bound and does not listen yet: whoever gets the descriptor listens, and what connects meanwhile waits. */
export interface BoundSocket {
  readonly descriptor: number
  close(): void
}

interface ServerHandle {
  readonly fd: number
  close(): void
  /** Of TCP handles. */
  getsockname?(into: { port?: number }): number
}

/**
 * Throws what the system says: EADDRINUSE, EACCES. `node:net` has no public way to bind without accepting; and libuv keeps EADDRINUSE back until
 * somebody listens, on a socket that has no port then and gets a random one.
 */
function createServerHandle(address: string, port: number, family: number): BoundSocket {
  const create = (net as unknown as { _createServerHandle: (...args: unknown[]) => ServerHandle | number })
    ._createServerHandle
  const handle = create(address, port, family)
  if (typeof handle === 'number') throw bindError(systemCode(handle))
  const bound: { port?: number } = {}
  handle.getsockname?.(bound)
  if (port > 0 && bound.port !== port) {
    handle.close()
    throw bindError('EADDRINUSE')
  }
  return { descriptor: handle.fd, close: () => handle.close() }
}

function bindError(code: string): NodeJS.ErrnoException {
  const error: NodeJS.ErrnoException = new Error(`bind: ${code}`)
  error.code = code
  return error
}

function systemCode(number: number): string {
  const entry = Object.entries(os.constants.errno).find(([, value]) => value === -number)
  return entry?.[0] ?? `E${-number}`
}

export function bindTcp(address: string, port: number): BoundSocket {
  return createServerHandle(address, port, net.isIPv6(address) ? 6 : 4)
}

/**
 * Takes a name that nobody else on this machine can take as long as any process has the descriptor open. Null: it is taken. Linux keeps such names
 * apart from files.
 */
export function reserveName(name: string): BoundSocket | null {
  try {
    return createServerHandle(`\0${name}`, -1, -1)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return null
    throw error
  }
}

/** At most 107 bytes: names below the current directory are short. A file of that name is removed first. */
export function bindUnix(path: string): BoundSocket {
  fs.rmSync(path, { force: true })
  return createServerHandle(path, -1, -1)
}

export interface RunningCommand {
  kill(signal: NodeJS.Signals): void
  /** Resolves with its status; null if a signal ended it. */
  readonly ended: Promise<number | null>
  /** It goes on when this process ends. */
  release(): void
}

/** With this process's input, output and environment; or, if `log` is given, in a session of its own, writing there. */
export function startCommand(command: string, args: readonly string[], log: number | null): RunningCommand {
  const child = spawn(command, [...args], {
    stdio: log === null ? 'inherit' : ['ignore', log, log],
    detached: log !== null,
  })
  const ended = new Promise<number | null>((resolve) => {
    child.once('exit', (code) => resolve(code))
    child.once('error', () => resolve(null))
  })
  return { kill: (signal) => void child.kill(signal), ended, release: () => child.unref() }
}
