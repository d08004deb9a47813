import assert from 'node:assert/strict'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { test, type TestContext } from 'node:test'
import { DurableFile, WritePace, noteRename, noteTruncate, noteWrite } from './durable-write.ts'

interface Opened {
  readonly path: string
  readonly durable: DurableFile
  readonly write: (bytes: Buffer, position: number) => void
}

function openFile(t: TestContext, name = 'file'): Opened {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'mailkeep-durable-'))
  const file = path.join(directory, name)
  const descriptor = fs.openSync(file, 'w+')
  const durable = new DurableFile(file, descriptor)
  t.after(() => {
    durable.close()
    fs.closeSync(descriptor)
    fs.rmSync(directory, { recursive: true })
  })
  return {
    path: file,
    durable,
    write(bytes, position) {
      noteWrite(file, position, position + bytes.length)
      fs.writeSync(descriptor, bytes, 0, bytes.length, position)
    },
  }
}

const group = (letter: string): Buffer => Buffer.alloc(10_000, letter)

test('a file has what was written to it, at once durable or later, again and again', async (t) => {
  const { path: file, durable, write } = openFile(t)
  write(group('a'), 0)
  await durable.datasync()
  await durable.write(group('b'), 10_000)
  write(group('c'), 20_000)
  await durable.write(group('d'), 50_000)
  await durable.datasync()
  const expected = Buffer.concat([group('a'), group('b'), group('c'), Buffer.alloc(20_000), group('d')])
  assert.deepEqual(fs.readFileSync(file), expected)
})

test('what is being made durable must not be written; what was cut off is not', async (t) => {
  const { path: file, durable, write } = openFile(t)
  write(Buffer.alloc(4096, 'a'), 0)
  const syncing = durable.datasync()
  // It has begun within these, and cannot end: that takes a round of the event loop.
  for (let turn = 0; turn < 10; turn++) await Promise.resolve()
  assert.throws(() => write(Buffer.from('b'), 4095), { code: 'EBUSY' })
  write(Buffer.from('c'), 4096)
  await syncing
  noteTruncate(file, 10)
  fs.truncateSync(file, 10)
  await durable.datasync()
  assert.equal(fs.readFileSync(file, 'latin1'), 'aaaaaaaaaa')
})

test('a file that cannot be opened for writing is not durable, and is tried again as a whole', async (t) => {
  const { path: file, durable, write } = openFile(t)
  write(Buffer.from('abc'), 0)
  fs.renameSync(file, `${file}.away`)
  await assert.rejects(durable.datasync(), { code: 'ENOENT' })
  fs.renameSync(`${file}.away`, file)
  await durable.datasync()
  assert.equal(fs.readFileSync(file, 'latin1'), 'abc')
})

test('writes are waited for while the device is fast: not before that is known, and not after one that was slow', () => {
  const pace = new WritePace()
  const take = (times: number, milliseconds: number): void => {
    for (let time = 0; time < times; time++) pace.took(milliseconds)
  }
  assert.equal(pace.isFast, false)
  take(4, 0.3)
  assert.equal(pace.isFast, false)
  take(20, 0.3)
  assert.equal(pace.isFast, true)
  take(1, 30)
  assert.equal(pace.isFast, false)
  take(10, 0.3)
  assert.equal(pace.isFast, false)
  take(60, 0.3)
  assert.equal(pace.isFast, true)
  take(20, 3)
  assert.equal(pace.isFast, false)
})

test('a file that got another name is written where it is now, whatever has its old name', async (t) => {
  const { path: file, durable, write } = openFile(t)
  write(Buffer.from('before '), 0)
  await durable.datasync()
  fs.renameSync(file, `${file}.new`)
  noteRename(file, `${file}.new`)
  fs.writeFileSync(file, 'another file')
  await durable.write(Buffer.from('after'), 7)
  write(Buffer.from(' and later'), 12)
  noteRename(file, `${file}.new`)
  await durable.datasync()
  assert.equal(fs.readFileSync(`${file}.new`, 'latin1'), 'before after and later')
  assert.equal(fs.readFileSync(file, 'latin1'), 'another file')
})

test('a file whose name belongs to another one is refused, and nothing is written to that', async (t) => {
  const { path: file, durable } = openFile(t)
  fs.renameSync(file, `${file}.new`)
  fs.writeFileSync(file, 'another file')
  await assert.rejects(durable.write(Buffer.from('lost'), 0), { code: 'ESTALE' })
  assert.equal(fs.readFileSync(file, 'latin1'), 'another file')
})
