// `npm run bench [NAME…]`: each benchmark in a process of its own, all of them if none is named.

import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'

const all = fs
  .readdirSync(import.meta.dirname)
  .filter((name) => name.endsWith('.ts') && name !== 'main.ts')
  .map((name) => name.slice(0, -'.ts'.length))
  .sort()
const named = process.argv.slice(2)
const unknown = named.filter((name) => !all.includes(name))
if (unknown.length > 0) {
  console.error(`There is no benchmark ${unknown.join(', ')}. There are: ${all.join(', ')}`)
  process.exit(2)
}
for (const name of named.length === 0 ? all : named) {
  console.log(`\n== ${name}`)
  const file = path.join(import.meta.dirname, `${name}.ts`)
  const { status } = spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', file], { stdio: 'inherit' })
  if (status !== 0) process.exitCode = 1
}
