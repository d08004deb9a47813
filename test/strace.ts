// strace on threads of a process that runs: what it writes is counted, delayed, or fails as on a broken or full device.
//
// Under the permission model (docs/adr/0025-durable-writes-without-fsync.md) a group of commits is written through a descriptor with O_DSYNC; everything else
// first into the page cache, and then again like that. So what a fault means depends on the file.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import fs from 'node:fs'

export interface Call {
  /** Seconds since the Unix epoch. */
  readonly begin: number
  readonly end: number
  readonly thread: number
  readonly text: string
}

export interface Trace extends AsyncDisposable {
  /** Ends it, if the process has not ended. What was called. */
  stop(): Promise<readonly Call[]>
}

/** Ids of its threads. The pool's are there once something was made durable. */
export function threadsOf(pid: number): number[] {
  return fs.readdirSync(`/proc/${pid}/task`).map(Number)
}

/** Names of files that it has open, as strace knows them: those in which `part` occurs. */
export function openFilesOf(pid: number, part: string): string[] {
  const names = fs.readdirSync(`/proc/${pid}/fd`).map((descriptor) => nameOf(`/proc/${pid}/fd/${descriptor}`))
  return [...new Set(names)].filter((name) => name.includes(part))
}

/** Empty if it was closed meanwhile. */
function nameOf(link: string): string {
  try {
    return fs.readlinkSync(link)
  } catch {
    return ''
  }
}

/** Traces pwrite64 of these threads, to these files if there are any. `inject`: as strace takes it, after `pwrite64:`. */
export async function traceWrites(
  threads: readonly number[],
  files: readonly string[],
  inject: string | null = null,
): Promise<Trace> {
  const child = spawn(
    'strace',
    [
      '-ttt',
      '-T',
      '-y',
      '-e',
      'trace=pwrite64',
      '-e',
      'signal=none',
      ...(inject === null ? [] : ['-e', `inject=pwrite64:${inject}`]),
      ...files.flatMap((file) => ['-P', file]),
      ...threads.flatMap((thread) => ['-p', String(thread)]),
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  )
  let output = ''
  const attached = Promise.withResolvers<void>()
  child.stderr.on('data', (chunk: Buffer) => {
    output += chunk.toString('latin1')
    if (output.split(' attached').length > threads.length) attached.resolve()
  })
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  await Promise.race([
    attached.promise,
    ended.then(() => assert.fail(`strace cannot trace: run npm test where it may: ${output}`)),
  ])
  const stop = async (): Promise<readonly Call[]> => {
    child.kill('SIGINT')
    await ended
    return callsOf(output)
  }
  return { stop, [Symbol.asyncDispose]: async () => void (await stop()) }
}

/** A call during which another thread called is told in two lines. */
function callsOf(output: string): Call[] {
  const calls: Call[] = []
  const unfinished = new Map<string, { readonly begin: number; readonly text: string }>()
  for (const line of output.split('\n')) {
    const [, thread = '', time = '', rest = ''] = /^(?:\[pid +(\d+)\] )?(\d+\.\d+) (.*)$/.exec(line) ?? []
    if (/^pwrite64\(.*<unfinished \.\.\.>$/.test(rest)) unfinished.set(thread, { begin: Number(time), text: rest })
    const seconds = Number(/<(\d+\.\d+)>$/.exec(rest)?.[1])
    if (Number.isNaN(seconds)) continue
    const begun = unfinished.get(thread)
    if (rest.startsWith('pwrite64(')) {
      calls.push({ begin: Number(time), end: Number(time) + seconds, thread: Number(thread), text: rest })
    } else if (begun !== undefined && rest.startsWith('<... pwrite64 resumed>')) {
      calls.push({ begin: begun.begin, end: begun.begin + seconds, thread: Number(thread), text: begun.text + rest })
      unfinished.delete(thread)
    }
  }
  return calls
}
