// The test files beside the code are many and mostly short: a process for each would spend more time on loading what the one before loaded than on tests. Those of
// a folder run together, some files at a time, one after another; each test is counted, and named with its file, as ever.

import fs from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'

const FILES_PER_GROUP = 10

/** These need a process of their own: they change what belongs to the process, or measure it. */
const NEEDS_PROCESS = /\bprocess\.(?:exit|on|chdir|env|memoryUsage|resourceUsage)\b|\bmock\.|-memory\.test|full-disk/

/** What the test runner is to run: groups, which are written to `directory`, and, below `root`, files that stay alone. */
export function groupedTests(root: string, directory: string): string[] {
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
      const name = path.join(directory, `${folder}-${group + 1}.test.mjs`)
      // One of every so many, not neighbours: long ones often stand side by side.
      const lines = files
        .filter((_, at) => at % count === group)
        .map((file) => `import '${pathToFileURL(path.join(root, file)).href}'\n`)
      fs.writeFileSync(name, lines.join(''))
      return name
    })
  })
  return [...groups, ...alone]
}

function testFiles(root: string, folder: string): string[] {
  return fs
    .readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => path.join(folder, name))
    .sort()
}
