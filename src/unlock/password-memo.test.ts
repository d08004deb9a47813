import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PasswordMemo } from './password-memo.ts'

test('a password that was remembered is known, and no other', () => {
  using memo = new PasswordMemo()
  memo.remember(Buffer.from('right'))
  memo.remember(Buffer.from('right'))
  assert(memo.knows(Buffer.from('right')))
  for (const other of ['', 'Right', 'right ', 'wrong']) assert(!memo.knows(Buffer.from(other)))
  memo.forget()
  assert(!memo.knows(Buffer.from('right')))
})

test('of many the latest are known', () => {
  using memo = new PasswordMemo()
  for (let count = 0; count < 40; count++) memo.remember(Buffer.from(`password ${count}`))
  assert(memo.knows(Buffer.from('password 39')) && memo.knows(Buffer.from('password 24')))
  assert(!memo.knows(Buffer.from('password 0')))
})
