// Mailkeep's IMAP within the process: login and session as the gate and the vault put them together, over an account that is in memory.

import type { SessionHost } from '#base/session-host.ts'
import { ImapEngine } from '#imap/engine.ts'
import { MemoryAccount } from '#imap/memory-account.test-support.ts'
import { ImapPreauth } from '#imap/preauth.ts'
import { type SharedAccount, shareAccount } from '#imap/shared-account.ts'
import { Inbound, type Server, type Wire } from './wire.ts'

const PASSWORD = 'correct horse'
const MESSAGE_BYTES_MAX = 1_000_000
/** From one look at the clock to the next. */
const LOOK_MS = 0.5
const STORAGE_BYTES = 1_000_000_000

/** `beforeCommit` is awaited by every change before it is made: what others do meanwhile comes first. */
export function inProcess(beforeCommit?: () => Promise<void>): Server {
  const account = new MemoryAccount()
  account.nowMs = Date.now()
  if (beforeCommit !== undefined) account.beforeCommit = beforeCommit
  const shared = shareAccount(account)
  return {
    name: 'Mailkeep',
    user: account.address,
    password: PASSWORD,
    connect: () => Promise.resolve(connect(shared)),
    // Without timers, so that the same is done at the same time whenever it runs.
    moment: () => new Promise((resolve) => setImmediate(resolve)),
  }
}

function connect(shared: SharedAccount): Wire {
  const inbound = new Inbound()
  const preauth = new ImapPreauth({ isTls: false, isLoopback: true, offersStartTls: true })
  let engine: ImapEngine | null = null
  let failure: unknown = null
  let turn = Promise.resolve()
  let lookedAt = 0
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
    // Counted, so that long work pauses at the same places whenever it runs.
    monotonic: () => (lookedAt += LOOK_MS),
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
    ready: () => inbound.ready(),
    [Symbol.dispose]() {
      inbound.close()
      engine?.close()
      preauth[Symbol.dispose]()
    },
  }
}
