import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { VERSION } from './version.ts'

test('the version is that of the package', () => {
  const file = path.join(import.meta.dirname, '../../package.json')
  assert.equal(JSON.parse(fs.readFileSync(file, 'utf8')).version, VERSION)
})
