// `npm test`: installs the programs that tests drive, checks meanwhile, then runs every test, those that need no program first. The last lines are the test runner's
// own count. Arguments are passed on as the files to run (then without the checks).

import { spawn } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { check } from './check.ts'
import { beginInstalling } from './programs.ts'
import { groupedTests, programsInstalled } from './test-groups.ts'

const root = path.dirname(import.meta.dirname)
const files = process.argv.slice(2)

const installing = beginInstalling()
if (installing === null || (files.length === 0 && !check())) process.exit(1)

const groups = fs.mkdtempSync(path.join(os.tmpdir(), 'mailkeep-groups-'))
let patterns: readonly string[] = files
if (files.length > 0) await installing
else patterns = groupedTests(root, groups)
const isInstalled = installing.then((isDone) => {
  programsInstalled(groups, isDone)
  return isDone
})
const child = spawn(
  process.execPath,
  [
    '--disable-warning=ExperimentalWarning',
    '--import',
    './tools/remembered-argon2.ts',
    '--test',
    '--test-timeout=600000',
    '--test-concurrency=3',
    ...patterns,
  ],
  // Each file or group is a process of its own, and loads much of what the one before did: what was compiled is kept.
  {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, NODE_COMPILE_CACHE: path.join(root, 'node_modules/.compiled') },
  },
)
const status = await new Promise<number | null>((resolve) => child.once('close', resolve))
fs.rmSync(groups, { recursive: true })
process.exit((await isInstalled) ? (status ?? 1) : 1)
