// A process for tests of supervision. Its argument says how it behaves; the rest is as of any process that is supervised.

import { adoptSocket } from '#platform/net.ts'
import { Channel } from '#protocol/channel.ts'
import { type FromProcess, type ToProcess, processSide } from '#protocol/control.ts'

const CONTROL_DESCRIPTOR = 3
const [behaviour] = process.argv.slice(2)

const channel = new Channel<ToProcess, FromProcess>(adoptSocket(CONTROL_DESCRIPTOR), processSide)

async function endAfter(message: FromProcess, code: number): Promise<void> {
  await channel.send(message)
  setImmediate(() => process.exit(code))
}

channel.open({
  message({ kind }, release) {
    release()
    if (kind === 'stop') {
      if (behaviour !== 'deaf') process.exit(0)
    } else if (kind === 'ping') {
      if (behaviour === 'good') void channel.send({ kind: 'health', connections: 3, detail: 'well' })
      if (behaviour === 'crashes') process.exit(3)
      if (behaviour === 'replaced') return endAfter({ kind: 'replace' }, 0)
    } else if (behaviour === 'refuses') {
      return endAfter({ kind: 'cannotStart', reason: 'ledgerDamaged', detail: 'journal/0' }, 1)
    } else void channel.send({ kind: 'ready' })
  },
  close: () => process.exit(0),
})
