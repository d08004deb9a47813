// The command starts from a bundle of the sources where there is one, and never from one that is not of these very sources.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { mustRun, repository, temporaryDirectory } from './harness.ts'

/** The program with packages of the original, and bundles of its own. */
function copyProgram(directory: string): void {
  for (const name of ['src', 'tools', 'mailkeep', 'package.json', 'package-lock.json']) {
    fs.cpSync(path.join(repository, name), path.join(directory, name), { recursive: true, preserveTimestamps: true })
  }
  fs.mkdirSync(path.join(directory, 'node_modules'))
  for (const name of fs.readdirSync(path.join(repository, 'node_modules'))) {
    if (name === '.bundled') continue
    fs.symlinkSync(path.join(repository, 'node_modules', name), path.join(directory, 'node_modules', name))
  }
}

test('the command is that of the sources that are there, whichever there was a bundle of', async () => {
  using program = temporaryDirectory()
  copyProgram(program.path)
  const version = async (): Promise<string> =>
    (await mustRun('sh', [path.join(program.path, 'mailkeep'), '--version'])).trim()
  const bundle = async (): Promise<string> => {
    await mustRun('sh', [path.join(program.path, 'tools/run'), 'tools/bundle.ts'])
    return fs.realpathSync(path.join(program.path, 'node_modules/.bundled/current'))
  }
  const source = path.join(program.path, 'src/base/version.ts')
  const change = (from: string, to: string): void =>
    fs.writeFileSync(source, fs.readFileSync(source, 'utf8').replaceAll(from, to))

  const before = await version()
  const first = await bundle()
  assert.equal(await version(), before)
  // From the bundle: it is what is changed here.
  for (const name of fs.readdirSync(first).filter((file) => file.endsWith('.mjs'))) {
    const file = path.join(first, name)
    fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replaceAll(`"${before}"`, '"0.0.1"'))
  }
  assert.equal(await version(), '0.0.1')

  change(before, '0.0.2')
  assert.equal(await version(), '0.0.2', 'the bundle is of other sources')
  const second = await bundle()
  assert.notEqual(second, first)
  assert.ok(fs.existsSync(first), 'who runs from it goes on')
  assert.equal(await version(), '0.0.2')
  fs.rmSync(path.join(program.path, 'node_modules/.bundled/current'))
  assert.equal(await version(), '0.0.2', 'without a bundle')
})
