// Mailkeep's IMAP within the process: login and session as the gate and the vault put them together, over an account that is in memory.

import type { SessionHost } from '#base/session-host.ts'
import { ImapEngine } from '#imap/engine.ts'
import { MemoryAccount } from '#imap/memory-account.test-support.ts'
import { ImapPreauth } from '#imap/preauth.ts'
import { type SharedAccount, shareAccount } from '#imap/shared-account.ts'
import { Inbound, type Server, type Wire } from './wire.ts'

const PASSWORD = 'correct horse'
const MESSAGE_BYTES_MAX = 1_000_000
const STORAGE_BYTES = 1_000_000_000

export function inProcess(): Server {
  const account = new MemoryAccount()
  account.nowMs = Date.now()
  const shared = shareAccount(account)
  return {
    name: 'Mailkeep',
    user: account.address,
    password: PASSWORD,
    connect: () => Promise.resolve(connect(shared)),
  }
}

function connect(shared: SharedAccount): Wire {
  const inbound = new Inbound()
  const preauth = new ImapPreauth({ isTls: false, isLoopback: true, offersStartTls: true })
  let engine: ImapEngine | null = null
  let failure: unknown = null
  let turn = Promise.resolve()
  inbound.push(Buffer.from(preauth.greeting(), 'latin1'))
  const host: SessionHost = {
    send(bytes) {
      inbound.push(Buffer.from(bytes))
      return null
    },
    end: () => inbound.close(),
    fail(error) {
      failure = error
    },
    pause: () => new Promise((resolve) => setImmediate(resolve)),
    now: () => Date.now(),
    monotonic: () => performance.now(),
  }
  const receive = async (bytes: Buffer): Promise<void> => {
    if (engine !== null) return engine.receive(bytes)
    let { reply, effect } = preauth.receive(bytes)
    for (;;) {
      inbound.push(Buffer.from(reply, 'latin1'))
      if (effect?.kind === 'end') return inbound.close()
      if (effect?.kind !== 'authenticate') return
      if (effect.name.toString() === shared.account.address && effect.password.toString() === PASSWORD) {
        inbound.push(Buffer.from(preauth.accept(), 'latin1'))
        engine = new ImapEngine(shared, host, {
          messageBytesMax: MESSAGE_BYTES_MAX,
          storageUse: () => Promise.resolve({ usedBytes: 0, limitBytes: STORAGE_BYTES }),
        })
        const rest = preauth.takeRest()
        return rest.length === 0 ? undefined : engine.receive(rest)
      }
      ;({ reply, effect } = preauth.reject('refused'))
    }
  }
  return {
    send(bytes) {
      turn = turn.then(() => receive(bytes))
    },
    async receive(waitMs) {
      const bytes = await inbound.take(waitMs)
      if (failure !== null) throw new Error('the engine failed', { cause: failure })
      return bytes
    },
    [Symbol.dispose]() {
      engine?.close()
      preauth[Symbol.dispose]()
    },
  }
}
