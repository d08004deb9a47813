import fs from 'node:fs'
import { openLedger } from '#ledger/ledger.ts'
import { systemClock } from '#platform/clock.ts'
import { systemDisk } from '#platform/disk.ts'
import { LogReader } from '#ledger/reader.ts'
import { LedgerLog } from '#account/ledger-log.ts'
import { readSlots } from '#account/slots.ts'
import { openRecoverySlot } from '#keys/recovery-slot.ts'
import { parseRecoveryCode } from '#keys/recovery-code.ts'
import { rebuildIndex } from '#account/open-index.ts'
import { WorkerThread } from '#platform/worker.ts'
const thread: any = process.env['NOTHREAD']
  ? null
  : new WorkerThread(new URL('../src/processes/derive-worker.ts', import.meta.url), (e) => console.log('ended', e), {
      maxOldGenerationSizeMb: 192,
      maxYoungGenerationSizeMb: 16,
    })
const dir = process.argv[2]!
const id = fs.readFileSync(dir + '/id', 'utf8') as never
const ledger = await openLedger({ disk: systemDisk, clock: systemClock, directory: dir + '/ledger' })
const reader = new LogReader(systemDisk, dir + '/ledger', id)
const root = openRecoverySlot(readSlots(reader), parseRecoveryCode(fs.readFileSync(dir + '/code', 'utf8'))!)!.root
fs.rmSync(dir + '/index', { recursive: true, force: true })
const t0 = performance.now()
let phase = '',
  started = t0,
  max = 0,
  startDone = 0,
  last: any
const c0 = process.cpuUsage()
const note = () => {
  if (last)
    console.log(
      last.phase,
      last.done,
      'of',
      last.total,
      (((last.done - startDone) / (performance.now() - started)) * 1000).toFixed(0) + '/s',
      ((performance.now() - started) / 1000).toFixed(1) + ' s',
    )
}
await rebuildIndex({
  thread,
  reader,
  root,
  ledger: new LedgerLog(ledger, id),
  indexDirectory: dir + '/index',
  clock: systemClock,
  progress(p) {
    if (p.phase !== phase) {
      note()
      phase = p.phase
      started = performance.now()
      startDone = p.done
    }
    last = p
    max = Math.max(max, process.memoryUsage().rss)
  },
})
note()
const c = process.cpuUsage(c0)
console.log(
  'all',
  ((performance.now() - t0) / 1000).toFixed(1),
  's cpu',
  (c.user / 1e6).toFixed(1),
  '+',
  (c.system / 1e6).toFixed(1),
  'rss max',
  (max / 1e6).toFixed(0),
  'maxRSS',
  (process.resourceUsage().maxRSS / 1e3).toFixed(0),
  'index',
  fs
    .readdirSync(dir + '/index')
    .map((n) => n.slice(-12) + ' ' + (fs.statSync(dir + '/index/' + n).size / 1e6).toFixed(0)),
  'load',
  fs.readFileSync('/proc/loadavg', 'latin1').slice(0, 14),
)
reader[Symbol.dispose]()
await ledger.close()
process.exit()
