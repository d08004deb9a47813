// The indexes of a vault are read again: what the device has lost is written again from the page cache, what neither of them has is made again, and what could only be read is checked when its account is open.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { OpenAccount } from '#account/open-account.ts'
import type { AccountId } from '#base/ids.ts'
import type { ScrubStatus } from '#ledger/scrub-status.ts'
import { IndexScrub } from '#unlock/index-scrub.ts'
import { SimulatedClock } from './clock.ts'
import { SimulatedDisk } from './disk.ts'
import { Random } from './random.ts'

const DIRECTORY = '/index/0'
const IDS = ['a', 'b', 'c'].map((digit) => digit.repeat(32) as AccountId)
const pathOf = (id: AccountId | undefined): string => `${DIRECTORY}/${id}.index`

class Scene {
  readonly random = new Random(5)
  readonly clock = new SimulatedClock()
  readonly disk = new SimulatedDisk(this.random)
  readonly open = new Map<AccountId, OpenAccount>()
  readonly checked: AccountId[] = []
  readonly scrub: IndexScrub
  readonly contents = new Map<string, Buffer>()

  constructor() {
    this.disk.makeDirectory(DIRECTORY)
    for (const id of IDS) this.#write(pathOf(id), 300_000)
    this.#write(`${pathOf(IDS[0])}-wal`, 5000)
    this.#write(`${DIRECTORY}/${IDS[0]}.witness`, 200)
    this.scrub = new IndexScrub({
      disk: this.disk,
      clock: this.clock,
      directory: DIRECTORY,
      everyMs: 30 * 86_400_000,
      unlocked: () => [...this.open.keys()],
      opened: (id) => Promise.resolve(this.open.get(id) ?? null),
      failed: (error) => assert.fail(String(error)),
    })
    this.scrub.start()
  }

  unlock(id: AccountId): void {
    const checkIndex = (): Promise<boolean> => {
      this.checked.push(id)
      return Promise.resolve(true)
    }
    this.open.set(id, { checkIndex } as Partial<OpenAccount> as OpenAccount)
  }

  async pass(isSo: (status: ScrubStatus) => boolean): Promise<ScrubStatus> {
    for (let turn = 0; turn < 400 && !isSo(this.scrub.status); turn++) {
      this.clock.advance(5000)
      // It looks again at what may be written at that moment, by the real clock.
      await new Promise((resolve) => setTimeout(resolve, turn % 10 === 0 ? 30 : 0))
    }
    return this.scrub.status
  }

  #write(path: string, length: number): void {
    const bytes = this.random.bytes(length)
    const file = this.disk.openWrite(path)
    file.write(bytes, 0)
    void file.datasync()
    this.contents.set(path, bytes)
  }
}

const hasEnded = ({ pass }: ScrubStatus): boolean => (pass?.endedMs ?? null) !== null

test('the indexes of locked accounts are read, and those of open ones are checked', async () => {
  const scene = new Scene()
  const [first, second, third] = IDS as [AccountId, AccountId, AccountId]
  scene.unlock(second)
  const status = await scene.pass(hasEnded)
  const { accounts, unread, bytesDone, repaired, isDirect } = status
  assert.deepEqual({ accounts, unread, repaired, isDirect }, { accounts: 3, unread: 2, repaired: 0, isDirect: true })
  assert.ok(bytesDone >= 905_000)
  assert.deepEqual(scene.checked, [second])
  scene.unlock(third)
  await scene.pass(({ unread: left }) => left === 1)
  assert.deepEqual(scene.checked, [second, third])
  assert.equal(scene.scrub.status.unread, 1)
  assert.ok(!scene.checked.includes(first))
  await scene.scrub.stop()
})

test('what the device has lost is written again, and what nobody has is removed, to be made again', async () => {
  const scene = new Scene()
  const [first, second, third] = IDS as [AccountId, AccountId, AccountId]
  await scene.pass(hasEnded)
  scene.disk.file(pathOf(first)).corruptDevice(100_000, Buffer.from('damage'))
  scene.disk.file(pathOf(second)).unreadable.add(77)
  scene.scrub.run()
  const status = await scene.pass((one) => hasEnded(one) && (one.pass?.number ?? 0) >= 2)
  assert.deepEqual([status.repaired, status.unrepairable], [2, 0])
  const file = scene.disk.openDevice(pathOf(first))
  const expected = scene.contents.get(pathOf(first)) as Buffer
  assert.ok(file.read(98_304, 65_536).equals(expected.subarray(98_304, 98_304 + 65_536)))
  assert.ok(!scene.disk.exists(pathOf(second)))
  assert.ok(scene.disk.exists(pathOf(third)))
  await scene.scrub.stop()
})
