// What a server with all its processes uses, as the kernel counts it (proc(5)): the tree is everything that descends from one process.

import fs from 'node:fs'

/** USER_HZ: what /proc counts in, on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100

interface Stat {
  readonly pid: number
  readonly parent: number
  /** User and system time, that of reaped children included. */
  readonly ticks: number
}

/** CPU time since their start of the process, its living descendants, and what these have reaped; in milliseconds, to the nearest 10. */
export function cpuMs(root: number): number {
  return (tree(root).reduce((sum, { ticks }) => sum + ticks, 0) * 1000) / TICKS_PER_SECOND
}

/** Proportional set size of the whole tree: shared pages count once, divided among those who share them. Null without the right to see it. */
export function proportionalBytes(root: number): number | null {
  let sum = 0
  for (const { pid } of tree(root)) {
    const bytes = proportionalBytesOf(pid)
    // It ended since the tree was read: it has no memory any more.
    if (bytes === null && !fs.existsSync(`/proc/${pid}`)) continue
    if (bytes === null) return null
    sum += bytes
  }
  return sum
}

/** Of one process. Null without the right to see it, and if it has ended. */
export function proportionalBytesOf(pid: number): number | null {
  const kibibytes = /^Pss:\s+(\d+) kB$/m.exec(read(`/proc/${pid}/smaps_rollup`) ?? '')?.[1]
  return kibibytes === undefined ? null : Number(kibibytes) * 1024
}

function tree(root: number): readonly Stat[] {
  const byParent = new Map<number, Stat[]>()
  const found: Stat[] = []
  for (const name of fs.readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const stat = statOf(Number(name))
    if (stat === null) continue
    if (stat.pid === root) found.push(stat)
    byParent.set(stat.parent, [...(byParent.get(stat.parent) ?? []), stat])
  }
  for (let at = 0; at < found.length; at++) found.push(...(byParent.get((found[at] as Stat).pid) ?? []))
  return found
}

function statOf(pid: number): Stat | null {
  const text = read(`/proc/${pid}/stat`)
  if (text === null) return null
  // The second field, the name, is in parentheses and may hold anything; the third begins after the last of them.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const field = (number: number): number => Number(fields[number - 3])
  return { pid, parent: field(4), ticks: field(14) + field(15) + field(16) + field(17) }
}

function read(file: string): string | null {
  try {
    return fs.readFileSync(file, 'latin1')
  } catch {
    return null
  }
}
