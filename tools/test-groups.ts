// The test files beside the code are many and mostly short: a process for each would spend more time on loading what the one before loaded than on tests. Those of
// a folder run together, some files at a time, one after another; each test is counted, and named with its file, as ever.

import fs from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'

const FILES_PER_GROUP = 10

/** These need a process of their own: they change what belongs to the process, or measure it. */
const NEEDS_PROCESS = /\bprocess\.(?:exit|on|chdir|env|memoryUsage|resourceUsage)\b|\bmock\.|-memory\.test|full-disk/

/** Of properties that do not say how many themselves; fast-check's own number is 100. */
const PROPERTY_RUNS = process.env['PROPERTY_RUNS']

/** What the test runner is to run: files, which are written to `directory`, each of which loads one or some of those below `root`. */
export function groupedTests(root: string, directory: string): string[] {
  const runs = path.join(directory, 'property-runs.mjs')
  fs.writeFileSync(
    runs,
    `import fc from '${import.meta.resolve('fast-check')}'\nfc.configureGlobal({ numRuns: ${Number(PROPERTY_RUNS)} })\n`,
  )
  const write = (name: string, files: readonly string[]): string => {
    const file = path.join(directory, `${name}.test.mjs`)
    const paths = files.map((each) => path.join(root, each))
    const hasProperties = paths.some((each) => fs.readFileSync(each, 'utf8').includes("from 'fast-check'"))
    if (PROPERTY_RUNS !== undefined && hasProperties) paths.unshift(runs)
    fs.writeFileSync(file, paths.map((each) => `import '${pathToFileURL(each).href}'\n`).join(''))
    return file
  }
  const whole = [...testFiles(root, 'sim'), ...testFiles(root, 'test')].map((file) =>
    write(`whole-${nameOf(file)}`, [file]),
  )
  const folders = new Map<string, string[]>()
  const alone: string[] = []
  for (const file of [
    ...testFiles(root, 'src'),
    ...testFiles(root, 'web/src'),
    ...testFiles(root, 'tools'),
    ...testFiles(root, 'conformance'),
  ]) {
    const code = fs.readFileSync(path.join(root, file), 'utf8')
    if (NEEDS_PROCESS.test(code) || NEEDS_PROCESS.test(file)) alone.push(file)
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
      return write(`${folder}-${group + 1}`, some)
    })
  })
  return [...whole, ...groups, ...alone.map((file) => write(nameOf(file), [file]))]
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
