import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Resolved } from './directory-client.ts'
import { RecentlyResolved } from './recently-resolved.ts'

const accounts: Resolved = { kind: 'accounts', accounts: [] }

function made(answers: Record<string, Resolved | null>) {
  let now = 0
  const asked: string[] = []
  const clock = { now: () => now, monotonic: () => now, after: () => ({ cancel: () => undefined }) }
  const resolve = (address: string): Promise<Resolved | null> => {
    asked.push(address)
    return Promise.resolve(answers[address] ?? accounts)
  }
  const pass = (ms: number): void => {
    now += ms
  }
  return { recently: new RecentlyResolved({ resolve }, clock), asked, pass }
}

test('an address is asked for once within a second, and again after it', async () => {
  const { recently, asked, pass } = made({})
  for (const wait of [0, 500, 400]) {
    pass(wait)
    assert.equal(await recently.resolve('a@example.org'), accounts)
  }
  assert.deepEqual(asked, ['a@example.org'])
  pass(200)
  await recently.resolve('a@example.org')
  assert.equal(asked.length, 2)
})

test('what is not there is asked for each time', async () => {
  const answers: Record<string, Resolved | null> = {
    'b@example.org': { kind: 'unknown' },
    'c@x': { kind: 'elsewhere' },
  }
  const { recently, asked } = made(answers)
  for (const address of ['b@example.org', 'b@example.org', 'c@x', 'c@x']) {
    assert.equal(await recently.resolve(address), answers[address])
  }
  assert.equal(asked.length, 4)
})

test('however many addresses are asked for, a bounded number is remembered', async () => {
  const { recently, asked } = made({})
  for (let number = 0; number < 5_000; number++) await recently.resolve(`${number}@example.org`)
  await recently.resolve('4999@example.org')
  assert.equal(asked.length, 5_000)
  await recently.resolve('0@example.org')
  assert.equal(asked.length, 5_001)
})
