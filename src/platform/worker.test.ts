import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { test } from 'node:test'

const root = path.resolve(import.meta.dirname, '../..')

/** With the rights of the ledger process, which may write nothing here. */
function inProcess(script: string): unknown {
  const program = `
    import os from 'node:os'
    import { Worker } from 'node:worker_threads'
    import { WorkerThread } from '${import.meta.dirname}/worker.ts'
    const entry = new URL('file://${import.meta.dirname}/thread.test-support.ts')
    const thread = new WorkerThread(entry, () => undefined)
    const codeOf = (error) => error.code
    ${script}
    process.exit()`
  const rights = ['--permission', '--allow-worker', `--allow-fs-read=${root}`, '--disable-warning=SecurityWarning']
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'mailkeep-worker-'))
  try {
    const file = `${directory}/program.mjs`
    fs.writeFileSync(file, program)
    const args = [...rights, `--allow-fs-read=${directory}`, file]
    return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }))
  } finally {
    fs.rmSync(directory, { recursive: true })
  }
}

test('it does one task after the other, at the lowest priority, and the process keeps its own', () => {
  const told = inProcess(`
    const first = await thread.do({ number: 1 })
    const failed = await thread.do('fail').catch(codeOf)
    const second = await thread.do('two')
    console.log(JSON.stringify([first.task, first.priority, failed, second.task, os.getPriority()]))`)
  assert.deepEqual(told, [{ number: 1 }, 19, 'ENOSPC', 'two', os.getPriority()])
})

test('afterwards neither the process nor the thread can start a thread, which could be one without limits', () => {
  const told = inProcess(`
    let own = 'ok'
    try { new Worker('1', { eval: true, execArgv: [] }) } catch (error) { own = error.code }
    const { thread: other, write } = await thread.do('what')
    console.log(JSON.stringify([own, other, write]))`)
  assert.deepEqual(told, ['ERR_ACCESS_DENIED', 'ERR_ACCESS_DENIED', 'ERR_ACCESS_DENIED'])
})

test('when it has ended its tasks fail, and it says so', () => {
  const told = inProcess(`
    const ended = await thread.do('end').catch(codeOf)
    console.log(JSON.stringify([ended, thread.isRunning, await thread.do('more').catch(codeOf)]))`)
  assert.deepEqual(told, ['ended', false, 'ended'])
})
