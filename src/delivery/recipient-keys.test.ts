import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatRecipient } from '#crypto/age/recipient.ts'
import { accountNumber, keyOf } from './memory-store.test-support.ts'
import { RecipientKeys } from './recipient-keys.ts'

test('keys are parsed once; what is none is none every time', () => {
  const keys = new RecipientKeys()
  const text = formatRecipient(keyOf(accountNumber(1)))
  const key = keys.get(text)
  assert.notEqual(key, null)
  assert.equal(keys.get(text), key)
  for (const wrong of ['', 'age1', text.toUpperCase(), text.slice(0, -1)]) assert.equal(keys.get(wrong), null)
})

test('a bounded number is kept: those that are in use', () => {
  const keys = new RecipientKeys()
  const texts = Array.from({ length: 4200 }, (_, index) => formatRecipient(keyOf(accountNumber(index))))
  const used = texts[0] as string
  const first = keys.get(used)
  for (const text of texts) {
    keys.get(text)
    assert.equal(keys.get(used), first)
  }
})
