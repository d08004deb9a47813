// Runs with the command line of one of Mailkeep's processes, in its place: tries what such a process must not be able to do, and prints what
// happened. Arguments: what the process begins with (src/platform/enter.ts), the flags that it is given, and the data directory.

import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import inspector from 'node:inspector'
import module from 'node:module'
import { WASI } from 'node:wasi'
import { Worker } from 'node:worker_threads'

const [node, enter, ...flags] = process.argv.slice(0, -1)
const data = process.argv.at(-1)
const code = '/mailkeep'

// Flags go off and on while a module is loaded, here one that does nothing.
process.argv = [node, enter, `${code}/node_modules/valibot/dist/index.mjs`, ...flags]
await import(enter)

const first = (directory) =>
  fs
    .readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath}/${entry.name}`)[0]

const attempts = {
  'read code': () => fs.readFileSync(`${code}/package.json`),
  'write code': () => fs.writeFileSync(`${code}/src/probe`, ''),
  'read passwords of the system': () => fs.readFileSync('/etc/passwd'),
  'read names of hosts': () => fs.readFileSync('/etc/hosts'),
  'read processes': () => fs.readFileSync('/proc/self/environ'),
  'write elsewhere': () => fs.writeFileSync('/tmp/probe', ''),
  'link to elsewhere': () => fs.symlinkSync('/etc', `${data}/run/probe`),
  'read the server secret': () => fs.readFileSync(`${data}/server-secret`),
  'read ledger': () => fs.readFileSync(first(`${data}/ledger/accounts`)),
  'write ledger': () => fs.openSync(first(`${data}/ledger/accounts`), 'r+'),
  'read queue': () => fs.readFileSync(first(`${data}/queue`)),
  'write queue': () => fs.openSync(first(`${data}/queue`), 'r+'),
  'read index': () => fs.readFileSync(first(`${data}/index/0`)),
  'write index': () => fs.openSync(first(`${data}/index/0`), 'r+'),
  'start a program': () => {
    const { error } = spawnSync('/bin/true')
    if (error) throw error
  },
  'start a thread': () => new Worker('1', { eval: true }),
  // oxlint-disable-next-line no-eval -- it must fail
  'make code of text': () => eval('1 + 1'),
  // oxlint-disable-next-line typescript/no-implied-eval -- it must fail
  'make a function of text': () => new Function('return 1')(),
  'native code': () => module.createRequire(`${code}/package.json`)('better-sqlite3-multiple-ciphers')(':memory:'),
  inspector: () => inspector.open(0),
  WASI: () => new WASI({ version: 'preview1' }),
  'change a prototype by name': () => ({}).__proto__,
  'give itself rights': () => process.permission.add('fs'),
}

const answers = {}
for (const [what, attempt] of Object.entries(attempts)) {
  try {
    const result = attempt()
    answers[what] = 'ok'
    if (result instanceof Worker) await result.terminate()
  } catch (error) {
    answers[what] = `${error.code ?? error.name}: ${error.message}`.slice(0, 120)
  }
}
process.stdout.write(JSON.stringify(answers))
process.exit()
