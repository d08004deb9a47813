import assert from 'node:assert/strict'
import { test } from 'node:test'
import { argon2id } from './argon2.ts'

test("the reference implementation's vectors for Argon2id, version 1.3", async () => {
  const salt = Buffer.from('somesalt')
  const options = { memoryKiB: 65_536, passes: 2, parallelism: 1, lengthBytes: 32 }
  const derive = async (password: string, changes = {}): Promise<string> =>
    (await argon2id(Buffer.from(password), salt, { ...options, ...changes })).toString('hex')
  assert.equal(await derive('password'), '09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7')
  assert.equal(
    await derive('password', { memoryKiB: 256 }),
    '9dfeb910e80bad0311fee20f9c0e2b12c17987b4cac90c2ef54d5b3021c68bfe',
  )
  assert.equal(
    await derive('password', { memoryKiB: 256, parallelism: 2 }),
    '6d093c501fd5999645e0ea3bf620d7b8be7fd2db59c20d9fff9539da2bf57037',
  )
})

test('options that Argon2 does not allow are refused', async () => {
  const options = { memoryKiB: 64, passes: 1, parallelism: 1, lengthBytes: 32 }
  await assert.rejects(argon2id(Buffer.from('password'), Buffer.from('short'), options))
  await assert.rejects(argon2id(Buffer.from('password'), Buffer.from('somesalt'), { ...options, passes: 0 }))
})
