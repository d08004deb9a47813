import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConnectionLimits, isLoopback, networkOf } from './connection-limits.ts'

test('each address has so many places, and who goes leaves one', () => {
  const limits = new ConnectionLimits(2)
  const leave = limits.enter('192.0.2.1')
  assert(leave !== null && limits.enter('192.0.2.1') !== null)
  assert.equal(limits.enter('192.0.2.1'), null)
  assert.notEqual(limits.enter('192.0.2.2'), null)
  leave()
  assert.notEqual(limits.enter('192.0.2.1'), null)
  assert.equal(limits.enter('192.0.2.1'), null)
})

test('addresses of one IPv6 customer count together', () => {
  const limits = new ConnectionLimits(1)
  assert.notEqual(limits.enter('2001:db8:1:2::1'), null)
  assert.equal(limits.enter('2001:db8:1:2:ffff::9'), null)
  assert.notEqual(limits.enter('2001:db8:1:3::1'), null)
  assert.notEqual(networkOf('192.0.2.1'), networkOf('192.0.2.2'))
})

test('this machine is not counted', () => {
  const limits = new ConnectionLimits(1)
  for (const address of ['127.0.0.1', '127.0.0.2', '::1']) {
    assert(isLoopback(address))
    for (let count = 0; count < 5; count++) assert.notEqual(limits.enter(address), null)
  }
})
