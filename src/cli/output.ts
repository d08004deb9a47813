// What commands print: a table or sentences for people, JSON for programs (`--json`).

import { writeOutput } from '#platform/terminal.ts'

export function printLine(text = ''): void {
  writeOutput(`${text}\n`)
}

export function printJson(value: unknown): void {
  writeOutput(`${JSON.stringify(value, null, 2)}\n`)
}

/** For output of which every line is a value of its own. */
export function printJsonLine(value: unknown): void {
  writeOutput(`${JSON.stringify(value)}\n`)
}

/** Columns as wide as their widest cell; nothing if there are no rows. */
export function printTable(head: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => (row[column] ?? '').length)))
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd()
  printLine(line(head))
  for (const row of rows) printLine(line(row))
}

/** `1 message`, `2 messages`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}

export function formatBytes(bytes: number | null): string {
  if (bytes === null) return '-'
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  let value = bytes
  let unit = 0
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024
    unit++
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`
}

export function formatDuration(ms: number): string {
  const seconds = Math.floor(ms / 1000)
  if (seconds < 60) return `${seconds} s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h`
  return `${Math.floor(seconds / 86_400)} d`
}
