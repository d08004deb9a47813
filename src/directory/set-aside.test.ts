import assert from 'node:assert/strict'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { SYSTEM_ACCOUNT } from '#base/ids.ts'
import { LedgerLog } from '#account/ledger-log.ts'
import { RootSecret } from '#keys/root.ts'
import { openLedger } from '#ledger/ledger.ts'
import { listAccounts } from '#ledger/paths.ts'
import { LogReader } from '#ledger/reader.ts'
import { systemClock } from '#platform/clock.ts'
import { systemDisk } from '#platform/disk.ts'
import { DirectoryLog, canBeRead } from './directory-log.ts'
import { setDirectoryAside, wasAdopted } from './set-aside.ts'

function segments(directory: string): string[] {
  return fs.readdirSync(`${directory}/segments`).map((name) => fs.readFileSync(`${directory}/segments/${name}`, 'hex'))
}

test('a directory of another server is set aside as often as need be, whole, and a new one begins', async (t) => {
  const ledgerDirectory = fs.mkdtempSync(path.join(os.tmpdir(), 'mailkeep-aside-'))
  t.after(() => fs.rmSync(ledgerDirectory, { recursive: true }))

  for (const number of [1, 2]) {
    const secret = Buffer.alloc(32, number)
    const ledger = await openLedger({ disk: systemDisk, clock: systemClock, directory: ledgerDirectory })
    using reader = new LogReader(systemDisk, ledgerDirectory, SYSTEM_ACCOUNT)
    using root = new RootSecret(Buffer.from(secret))
    const parts = { log: new LedgerLog(ledger, SYSTEM_ACCOUNT), reader, root, clock: systemClock }
    using directory = await DirectoryLog.open(parts, () => undefined)
    await directory.write([{ key: 'domain/example.org', value: { created: number } }])
    await ledger.close()

    assert.ok(canBeRead(reader, root))
    using other = new RootSecret(Buffer.alloc(32, 99))
    assert.ok(!canBeRead(reader, other))

    const before = segments(`${ledgerDirectory}/accounts/00/${SYSTEM_ACCOUNT}`)
    const aside = await setDirectoryAside(systemDisk, ledgerDirectory)
    assert.equal(path.basename(aside), `${SYSTEM_ACCOUNT}-${number}`)
    assert.deepEqual(segments(aside), before)
    assert.deepEqual([...listAccounts(systemDisk, ledgerDirectory)], [])
    assert.ok(wasAdopted(systemDisk, ledgerDirectory))
  }
})
