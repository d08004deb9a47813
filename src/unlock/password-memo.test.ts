import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PasswordMemo } from './password-memo.ts'

test('a password that was remembered is known as what it was let in as, and no other is', () => {
  using memo = new PasswordMemo<string>()
  memo.remember(Buffer.from('right'), 'owner')
  memo.remember(Buffer.from('right'), 'owner')
  memo.remember(Buffer.from('for the phone'), 'phone')
  assert.equal(memo.find(Buffer.from('right')), 'owner')
  assert.equal(memo.find(Buffer.from('for the phone')), 'phone')
  for (const other of ['', 'Right', 'right ', 'wrong']) assert.equal(memo.find(Buffer.from(other)), null)
  memo.forget('phone')
  assert.equal(memo.find(Buffer.from('for the phone')), null)
  assert.equal(memo.find(Buffer.from('right')), 'owner')
  memo.forget()
  assert.equal(memo.find(Buffer.from('right')), null)
})

test('of many the latest are known', () => {
  using memo = new PasswordMemo<number>()
  for (let count = 0; count < 200; count++) memo.remember(Buffer.from(`password ${count}`), count)
  assert.deepEqual([memo.find(Buffer.from('password 199')), memo.find(Buffer.from('password 72'))], [199, 72])
  assert.equal(memo.find(Buffer.from('password 71')), null)
})
