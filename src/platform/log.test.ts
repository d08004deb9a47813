import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import { test } from 'node:test'

const PROGRAM = `
import { Log } from '${import.meta.dirname}/log.ts'
const log = new Log('x', 'info')
log.info('first')
setImmediate(() => {
  log.info('second')
  process.exitCode = 7
})
`

function run(standardError: number | 'pipe'): ReturnType<typeof spawnSync> {
  const args = ['--disable-warning=ExperimentalWarning', '--input-type=module', '--eval', PROGRAM]
  return spawnSync(process.execPath, args, { stdio: ['ignore', 'ignore', standardError] })
}

test('a line for each event', () => {
  const { status, stderr } = run('pipe')
  assert.equal(status, 7)
  assert.match(String(stderr), /^\S+Z info {2}x first\n\S+Z info {2}x second\n$/)
})

test('a log that cannot be written ends nothing', () => {
  const full = fs.openSync('/dev/full', 'w')
  assert.equal(run(full).status, 7)
  fs.closeSync(full)
})
