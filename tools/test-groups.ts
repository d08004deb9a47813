// The test files beside the code are many and mostly short: a process for each would spend more time on loading what the one before loaded than on tests. Those of
// a folder run together, some files at a time, one after another; each test is counted, and named with its file, as ever. What drives other programs comes last, and
// waits until they are installed.

import fs from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'

const FILES_PER_GROUP = 10

/** These need a process of their own: they change what belongs to the process, or measure it. */
const NEEDS_PROCESS =
  /\bprocess\.(?:exit|on|chdir|memoryUsage|resourceUsage)\b|\bprocess\.env\['\w+'\] = |\bmock\.|-memory\.test|full-disk/

/** These drive programs that may not be installed yet, as all in `test/` do. */
const NEEDS_PROGRAMS = /\bchild_process\b/

/** Waits, in a test's process, for what `programsInstalled` says. */
const WAITING = `import fs from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
const file = new URL('programs', import.meta.url)
while (!fs.existsSync(file)) await sleep(100)
if (fs.readFileSync(file, 'utf8') !== 'installed') throw new Error('the programs that this drives could not be installed')
`

/** To be told once, of the `directory` that the tests were written to: those that need programs begin. */
export function programsInstalled(directory: string, isDone: boolean): void {
  const beside = path.join(directory, 'programs.new')
  fs.writeFileSync(beside, isDone ? 'installed' : 'missing')
  fs.renameSync(beside, path.join(directory, 'programs'))
}

/** Of properties that do not say how many themselves; fast-check's own number is 100. */
const PROPERTY_RUNS = process.env['PROPERTY_RUNS']

/** What the test runner is to run: files, which are written to `directory`, each of which loads one or some of those below `root`. */
export function groupedTests(root: string, directory: string): string[] {
  const runs = path.join(directory, 'property-runs.mjs')
  fs.writeFileSync(
    runs,
    `import fc from '${import.meta.resolve('fast-check')}'\nfc.configureGlobal({ numRuns: ${Number(PROPERTY_RUNS)} })\n`,
  )
  const waiting = path.join(directory, 'waiting.mjs')
  fs.writeFileSync(waiting, WAITING)
  // The runner goes by the names.
  const codeOf = (file: string): string => fs.readFileSync(path.join(root, file), 'utf8')
  const needsPrograms = (file: string): boolean => file.startsWith('test/') || NEEDS_PROGRAMS.test(codeOf(file))
  // The runner goes by the names.
  const write = (order: number, name: string, files: readonly string[]): string => {
    const written = path.join(directory, `${order}-${name}.test.mjs`)
    const paths = files.map((file) => path.join(root, file))
    if (PROPERTY_RUNS !== undefined && files.some((file) => codeOf(file).includes("from 'fast-check'")))
      paths.unshift(runs)
    if (files.some(needsPrograms)) paths.unshift(waiting)
    fs.writeFileSync(written, paths.map((each) => `import '${pathToFileURL(each).href}'\n`).join(''))
    return written
  }
  const folders = new Map<string, string[]>()
  const alone: string[] = []
  for (const file of ['src', 'web/src', 'tools', 'conformance', 'sim'].flatMap((folder) => testFiles(root, folder))) {
    if (NEEDS_PROCESS.test(codeOf(file)) || NEEDS_PROCESS.test(file) || needsPrograms(file)) alone.push(file)
    else {
      const folder = file.startsWith('src/') ? file.split('/').slice(0, 2).join('-') : (file.split('/')[0] as string)
      folders.set(folder, [...(folders.get(folder) ?? []), file])
    }
  }
  const groups = [...folders].flatMap(([folder, files]) => {
    const count = Math.ceil(files.length / FILES_PER_GROUP)
    return Array.from({ length: count }, (_, group) => {
      // One of every so many, not neighbours: long ones often stand side by side.
      const some = files.filter((_, at) => at % count === group)
      return write(1, `${folder}-${group + 1}`, some)
    })
  })
  const single = alone.map((file) => write(2, nameOf(file), [file]))
  const whole = testFiles(root, 'test').map((file) => write(3, nameOf(file), [file]))
  return [...groups, ...single, ...whole]
}

function nameOf(file: string): string {
  return file.replace(/\.test\.ts$/, '').replaceAll('/', '-')
}

function testFiles(root: string, folder: string): string[] {
  return fs
    .readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => path.join(folder, name))
    .sort()
}
