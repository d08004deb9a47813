// A rehearsal holds one message at a time, however much there is.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import v8 from 'node:v8'
import vm from 'node:vm'
import { makeFixture } from '#account/account-fixture.ts'
import { rehearsed } from './rehearsal-fixture.test-support.ts'

const MIB = 1024 * 1024
const COUNT = 24
const MESSAGE_BYTES = MIB

v8.setFlagsFromString('--expose-gc')
const collect = vm.runInNewContext('gc') as () => void

/** What is in use, whatever waits to be collected. */
function usedBytes(): number {
  collect()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? 0
}

test('however much was read, no more memory is in use', async () => {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'mailkeep-rehearsal-'))
  const made = await makeFixture(directory, { quick: true })
  const line = `${'QUJD'.repeat(18)}\r\n`
  const file = line.repeat(Math.ceil(MESSAGE_BYTES / line.length))
  for (let number = 0; number < COUNT; number++) {
    const head = `Subject: ${number}\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n`
    await made.deliver(Buffer.from(head + file))
  }
  const account = await made.open()
  await account.filed()
  const used: number[] = []
  let rests = 0
  const result = await rehearsed(made, account, {
    rest() {
      if (++rests % 2 === 0) used.push(usedBytes())
      return Promise.resolve()
    },
  })
  assert.equal(result.mails, COUNT)
  assert.ok(result.bytes > COUNT * MESSAGE_BYTES && used.length >= 6)
  const third = Math.floor(used.length / 3)
  const grown = median(used.slice(-third)) - median(used.slice(0, third))
  assert.ok(grown < (COUNT / 2) * MESSAGE_BYTES, `${(grown / MIB).toFixed(1)} MiB`)
  await account.close()
  await made.close()
  fs.rmSync(directory, { recursive: true })
})
