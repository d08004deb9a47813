// `npm run bench [NAME…]`: each benchmark in a process of its own, all of them if none is named. What follows `peers` is for that one.

import { type ChildProcess, spawn } from 'node:child_process'
import path from 'node:path'

const WITH_ARGUMENTS = 'peers'
const all = [
  'account',
  'crypto',
  'fairness',
  'growth',
  'jmap',
  'ledger',
  'parity',
  'queue',
  'rebuild',
  'scrub',
  'sessions',
  'slow-readers',
  'smtp',
  'verification',
  WITH_ARGUMENTS,
]

const given = process.argv.slice(2)
const end = given.includes(WITH_ARGUMENTS) ? given.indexOf(WITH_ARGUMENTS) + 1 : given.length
const named = given.slice(0, end)
const unknown = named.filter((name) => !all.includes(name))
if (unknown.length > 0) {
  console.error(`There is no benchmark ${unknown.join(', ')}. There are: ${all.join(', ')}`)
  process.exit(2)
}
let running: ChildProcess | null = null
let isInterrupted = false
// The benchmark tidies up and ends; then this ends. A terminal interrupts both by itself.
process.on('SIGINT', () => (isInterrupted = true))
process.on('SIGTERM', () => {
  isInterrupted = true
  running?.kill()
})
for (const name of named.length === 0 ? all : named) {
  console.log(`\n== ${name}`)
  const file = path.join(import.meta.dirname, `${name}.ts`)
  const args = name === WITH_ARGUMENTS ? given.slice(end) : []
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', file, ...args], { stdio: 'inherit' })
  running = child
  const status = await new Promise((resolve) => child.once('exit', resolve))
  if (status !== 0) process.exitCode = 1
  if (isInterrupted) break
}
