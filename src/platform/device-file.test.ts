import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { DEVICE_BLOCK_BYTES, DEVICE_READ_BYTES, SystemDeviceFile } from './device-file.ts'
import { systemDisk } from './disk.ts'

test('a file is read from its device as it was written, to its last byte', (t) => {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'mailkeep-device-'))
  t.after(() => fs.rmSync(directory, { recursive: true }))
  for (const length of [0, 1, 511, 4096, 4097, DEVICE_READ_BYTES, 3 * DEVICE_READ_BYTES + 777]) {
    const name = `${directory}/${length}`
    const bytes = randomBytes(length)
    // Not on the device yet: it is written back before it is read.
    fs.writeFileSync(name, bytes)
    const file = SystemDeviceFile.open(name)
    assert.equal(file.size(), length)
    const pieces: Buffer[] = []
    for (let at = 0; at < length; at += DEVICE_READ_BYTES) pieces.push(Buffer.from(file.read(at, DEVICE_READ_BYTES)))
    assert.ok(Buffer.concat(pieces).equals(bytes), `${length} bytes`)
    const block = Math.floor(length / DEVICE_BLOCK_BYTES) * DEVICE_BLOCK_BYTES
    assert.ok(file.read(block, DEVICE_BLOCK_BYTES).equals(bytes.subarray(block)))
    file.close()
  }
})

test('a file that is not there is an error of the disk', () => {
  assert.throws(() => systemDisk.openDevice?.('/nowhere/at/all'), { name: 'DiskError', code: 'ENOENT' })
})
