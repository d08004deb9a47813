// Memory that one more idle connection takes: proportional set size of all the server's processes, before and after many have logged in, selected a
// mailbox and said IDLE. Mailkeep's are by TLS, as a client's would be.

import { ImapLoad, type ImapTarget } from './load-imap.ts'
import type { Measure, Prepared } from './measure.ts'
import type { MeasuredMailkeep } from './peers/mailkeep.ts'
import { type Server, sleep } from './peers/server.ts'
import { proportionalBytes } from './process-tree.ts'

const CONNECTIONS = 200
const LIMIT_MEBIBYTES = 0.25
const SETTLE_MS = 2000

export const idleMeasure: Measure = {
  name: 'idle-memory',
  title: 'memory per idle connection (PSS)',
  unit: 'MiB',
  better: 'less',
  target: { kind: 'absolute', limit: LIMIT_MEBIBYTES },
  isOnce: true,
  async prepare(server): Promise<Prepared | null> {
    const target = byTlsIfOffered(server)
    if (target === null) return null
    const connections: ImapLoad[] = []
    const open = async (): Promise<void> => {
      const connection = await ImapLoad.login(target)
      connections.push(connection)
      await connection.command('SELECT INBOX')
      await connection.idle()
    }
    const used = async (): Promise<number> => {
      await sleep(SETTLE_MS)
      const bytes = proportionalBytes(server.pid)
      if (bytes === null) throw new Error('only root may see how much memory it uses')
      return bytes
    }
    // What the first one of an account takes, the others do not.
    await open()
    return {
      async run() {
        const before = await used()
        while (connections.length <= CONNECTIONS) await open()
        return { value: ((await used()) - before) / CONNECTIONS / 2 ** 20, operations: 0 }
      },
      [Symbol.dispose]() {
        for (const connection of connections) connection[Symbol.dispose]()
      },
    }
  },
}

function byTlsIfOffered(server: Server & Partial<Pick<MeasuredMailkeep, 'imaps'>>): ImapTarget | null {
  return server.imaps ?? server.imap
}
