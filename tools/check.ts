// `npm run check`: types, lint, layers, format, dead code. Each gate also asserts that it saw the project's files.

import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { checkLayers } from './layers.ts'

const root = path.dirname(import.meta.dirname)
const bin = (name: string): string => path.join(root, 'node_modules', '.bin', name)

interface Gate {
  readonly name: string
  run(): string[]
}

function program(
  name: string,
  args: readonly string[],
  seen?: { readonly pattern: RegExp; readonly min: number },
): string[] {
  // The shims in .bin start with `#!/usr/bin/env node`: give them the Node that runs this.
  const env = { ...process.env, PATH: `${path.dirname(process.execPath)}:${process.env['PATH'] ?? ''}` }
  const result = spawnSync(bin(name), args, { cwd: root, encoding: 'utf8', env })
  const output = `${result.stdout ?? ''}${result.stderr ?? ''}`.trim()
  if (result.error !== undefined) return [`${name}: ${result.error.message}`]
  if (result.status !== 0) return [output === '' ? `${name} ended with ${result.status ?? result.signal}` : output]
  if (seen !== undefined) {
    const count = Number(seen.pattern.exec(output)?.[1] ?? 0)
    if (count < seen.min) return [`${name} saw only ${count} files: the gate itself is broken\n${output}`]
  }
  return []
}

const gates: readonly Gate[] = [
  { name: 'types', run: () => program('tsc', ['-p', '.', '--listFilesOnly', 'false'].slice(0, 2)) },
  {
    name: 'types of the web pages',
    run: () => (fs.existsSync(path.join(root, 'web/tsconfig.json')) ? program('tsc', ['-p', 'web']) : []),
  },
  {
    name: 'lint',
    run: () => program('oxlint', ['--type-aware', '--deny-warnings', '.'], { pattern: /on (\d+) files/, min: 20 }),
  },
  { name: 'layers', run: () => checkLayers(root) },
  { name: 'format', run: () => program('oxfmt', ['--check', '.'], { pattern: /on (\d+) files/, min: 20 }) },
  { name: 'dead code', run: () => program('knip', ['--no-progress']) },
]

export function check(): boolean {
  let good = true
  for (const gate of gates) {
    const started = performance.now()
    const problems = gate.run()
    console.log(
      `${problems.length === 0 ? 'ok  ' : 'FAIL'} ${gate.name} (${((performance.now() - started) / 1000).toFixed(1)} s)`,
    )
    for (const problem of problems) console.log(problem)
    if (problems.length > 0) good = false
  }
  return good
}

if (import.meta.main) process.exitCode = check() ? 0 : 1
