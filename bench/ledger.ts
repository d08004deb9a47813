// Appends per second of the ledger on the real disk, by number of concurrent callers, to one account and over 64; and the CPU time that
// each takes, kernel included. The ledger's process has 16 threads that wait for the disk. Run: `sh tools/run bench/ledger.ts [directory on the disk to measure] [seconds per measurement]`.

import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { type AccountId, accountIdFromBytes } from '#base/ids.ts'
import { randomBytes } from '#crypto/random.ts'
import { openLedger } from '#ledger/ledger.ts'
import { systemClock } from '#platform/clock.ts'
import { systemDisk } from '#platform/disk.ts'

interface Measurement {
  readonly callers: number
  readonly accounts: number
  readonly perSecond: number
  readonly cpuMicroseconds: number
  readonly medianMs: number
  readonly worstMs: number
}

const PAYLOAD_BYTES = 10 * 1024

async function measure(root: string, callers: number, accounts: number, seconds: number): Promise<Measurement> {
  const directory = fs.mkdtempSync(path.join(root, 'ledger-'))
  const ledger = await openLedger({ disk: systemDisk, clock: systemClock, directory })
  try {
    const ids: AccountId[] = Array.from({ length: accounts }, () => accountIdFromBytes(randomBytes(16)))
    const payload = randomBytes(PAYLOAD_BYTES)
    for (const id of ids) await ledger.append(id, [{ kind: 'mark', payload: Buffer.alloc(0) }])
    const latencies: number[] = []
    const cpuBefore = process.cpuUsage()
    const begin = performance.now()
    const end = begin + seconds * 1000
    const caller = async (number: number): Promise<void> => {
      for (let turn = number; performance.now() < end; turn++) {
        const started = performance.now()
        await ledger.append(ids[turn % accounts] as AccountId, [{ kind: 'mail', payload }])
        latencies.push(performance.now() - started)
      }
    }
    await Promise.all(Array.from({ length: callers }, (_, number) => caller(number)))
    const elapsed = performance.now() - begin
    const cpu = process.cpuUsage(cpuBefore)
    latencies.sort((a, b) => a - b)
    return {
      callers,
      accounts,
      perSecond: Math.round(latencies.length / (elapsed / 1000)),
      cpuMicroseconds: Math.round((cpu.user + cpu.system) / latencies.length),
      medianMs: latencies[latencies.length >> 1] ?? 0,
      worstMs: latencies.at(-1) ?? 0,
    }
  } finally {
    await ledger.close()
    fs.rmSync(directory, { recursive: true })
  }
}

export async function benchLedger(root = os.tmpdir(), seconds = 2): Promise<Measurement[]> {
  const results: Measurement[] = []
  for (const accounts of [1, 64]) {
    for (const callers of [1, 8, 64]) results.push(await measure(root, callers, accounts, seconds))
  }
  return results
}

const THREADS = '16'

if (import.meta.main && process.env['UV_THREADPOOL_SIZE'] !== THREADS) {
  const env = { ...process.env, UV_THREADPOOL_SIZE: THREADS }
  const { status } = spawnSync(process.execPath, process.argv.slice(1), { env, stdio: 'inherit' })
  process.exitCode = status ?? 1
} else if (import.meta.main) {
  const [root, seconds] = process.argv.slice(2)
  for (const result of await benchLedger(root, seconds === undefined ? undefined : Number(seconds))) {
    console.log(
      `${result.callers} callers, ${result.accounts} accounts: ${result.perSecond} appends/s of 10 KiB, ` +
        `${result.cpuMicroseconds} µs CPU each, median ${result.medianMs.toFixed(2)} ms, worst ${result.worstMs.toFixed(1)} ms`,
    )
  }
}
