// Looking for what should not be there: byte strings in the memory of processes and in files, by a program of its own (`memory-scan.py`).

import path from 'node:path'
import { type Mailkeep, mustRun } from './harness.ts'

export interface Needle {
  readonly name: string
  readonly bytes: Uint8Array
}

export interface Found {
  /** A file, or a process and the kind of memory. */
  readonly where: string
  readonly needle: string
  readonly around: string
}

export interface Scan {
  readonly found: readonly Found[]
  /** Bytes of memory that were read, by process. */
  readonly memoryBytes: ReadonlyMap<string, number>
  readonly files: number
}

interface Order {
  readonly pids: readonly number[]
  readonly directories: readonly string[]
  readonly needles: readonly Needle[]
}

interface Output {
  readonly bytes: Readonly<Record<string, number>>
  readonly files: number
  readonly found: readonly {
    readonly where: string
    readonly needle: string
    readonly mapping: string
    readonly around: string
  }[]
}

/** The word as memory and files may have it: in other cases, as UTF-16, and within base64, where it begins at any of three places. */
export function formsOf(word: string): Needle[] {
  const cases = new Map([
    ['', word],
    [' in lower case', word.toLowerCase()],
    [' in upper case', word.toUpperCase()],
  ])
  return [...cases].flatMap(([title, text]) => [
    { name: `UTF-8${title}`, bytes: Buffer.from(text) },
    { name: `UTF-16${title}`, bytes: Buffer.from(text, 'utf16le') },
    ...[0, 1, 2].map((before) => ({ name: `base64 at ${before}${title}`, bytes: withinBase64(text, before) })),
  ])
}

/** The characters that are the same whatever stands around the word. */
function withinBase64(word: string, before: number): Buffer {
  const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(word)])
  const whole = Math.floor((bytes.length * 8) / 6)
  return Buffer.from(bytes.toString('base64').slice(before === 0 ? 0 : before + 1, whole))
}

export async function scanMemory(order: Order): Promise<Output> {
  const needles = order.needles.map(({ name, bytes }) => [name, Buffer.from(bytes).toString('hex')])
  const script = path.join(import.meta.dirname, 'memory-scan.py')
  return JSON.parse(await mustRun('python3', [script], { input: JSON.stringify({ ...order, needles }) })) as Output
}

/** Every process of a running Mailkeep, and every file in its data directory. */
export async function scanMailkeep(mailkeep: Mailkeep, needles: readonly Needle[]): Promise<Scan> {
  const { pid, processes } = await mailkeep.status()
  const names = new Map([[String(pid), 'supervisor'], ...processes.map((one) => [String(one.pid), one.name] as const)])
  const output = await scanMemory({ pids: [...names.keys()].map(Number), directories: [mailkeep.directory], needles })
  return {
    found: output.found.map(({ where, needle, mapping, around }) => ({
      where: `${names.get(where) ?? where} (${mapping})`,
      needle,
      around,
    })),
    memoryBytes: new Map(Object.entries(output.bytes).map(([id, bytes]) => [names.get(id) ?? id, bytes])),
    files: output.files,
  }
}

/** For people. */
export function formatFound(found: readonly Found[]): string {
  return found.map(({ where, needle, around }) => `${needle} in ${where}: ${JSON.stringify(around)}`).join('\n')
}
