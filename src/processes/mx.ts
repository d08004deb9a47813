// The mx process: takes mail from strangers, seals it to its recipients' public keys before it leaves this memory, and hands it to the ledger. It
// opens no file, and has no key but that of TLS.

import { PreparedStarts } from '#account/prepared-starts.ts'
import type { AccountId } from '#base/ids.ts'
import { randomBytes } from '#crypto/random.ts'
import { deliveryFields } from '#delivery/trace.ts'
import { SealingMessage, type SealTarget } from '#delivery/seal.ts'
import { LedgerRefusedError } from '#ledger/errors.ts'
import { sleep, systemClock } from '#platform/clock.ts'
import { tlsContext } from '#platform/net.ts'
import { separateBuffers } from '#platform/wipe-memory.ts'
import { SmtpEngine } from '#smtp/engine.ts'
import type { MessageSink } from '#smtp/host.ts'
import type { Transaction } from '#smtp/transaction.ts'
import { type Refusal, type RecipientVerdict, refused } from '#smtp/verdict.ts'
import { ConnectionLimits } from './connection-limits.ts'
import { DirectoryClient, type LocalAccount, type Resolved } from './directory-client.ts'
import { IdleWipe } from './idle-wipe.ts'
import { LedgerClient } from './ledger-client.ts'
import { runProcess } from './main.ts'
import { RecentlyResolved } from './recently-resolved.ts'
import { type SmtpServerParts, serveSmtp } from './smtp-connection.ts'

const ID_BYTES = 9
const STOP_MS = 15_000

/** Where one RCPT leads. */
type Target = readonly LocalAccount[]

separateBuffers()
runProcess('mx', async (init, { log, listen, connect }) => {
  const directory = new DirectoryClient(connect('directory.mx.sock'))
  const recipients = new RecentlyResolved(directory)
  const ledger = new LedgerClient(connect('ledger.mx.sock'))
  const starts = new PreparedStarts()
  const wiping = new IdleWipe()
  const limits = new ConnectionLimits(init.perAddressMax)

  function checkRecipient(text: string): RecipientVerdict<Target> | Promise<RecipientVerdict<Target>> {
    const resolved = recipients.resolve(text)
    return resolved instanceof Promise ? resolved.then(recipientVerdict) : recipientVerdict(resolved)
  }

  function recipientVerdict(resolved: Resolved | null): RecipientVerdict<Target> | Promise<RecipientVerdict<Target>> {
    if (resolved === null) return { kind: 'unavailable' }
    if (resolved.kind === 'elsewhere') return { kind: 'relayDenied' }
    if (resolved.kind === 'unknown') return { kind: 'unknown' }
    const { accounts } = resolved
    return accounts.some(({ quotaBytes }) => quotaBytes !== null) ? roomVerdict(accounts) : accepted(accounts)
  }

  async function roomVerdict(accounts: Target): Promise<RecipientVerdict<Target>> {
    for (const account of accounts) {
      if (account.quotaBytes === null) continue
      const full = await isFull(account.id, account.quotaBytes)
      if (full !== false) return { kind: full === true ? 'overQuota' : 'unavailable' }
    }
    return accepted(accounts)
  }

  function accepted(accounts: Target): RecipientVerdict<Target> {
    for (const { recipient } of accounts) if (recipient !== null) starts.expect(recipient)
    return { kind: 'accepted', target: accounts }
  }

  async function isFull(id: AccountId, quotaBytes: number): Promise<boolean | 'unavailable'> {
    try {
      return (await ledger.usage(id)) >= quotaBytes
    } catch (error) {
      if (error instanceof LedgerRefusedError) return 'unavailable'
      throw error
    }
  }

  function openMessage(transaction: Transaction<Target>): MessageSink | Refusal {
    const id = randomBytes(ID_BYTES).toString('base64url')
    const targets = sealTargets(transaction, id)
    const message = new SealingMessage(store, targets, transaction.sizeBytes, starts)
    return {
      write: (content) => message.write(content),
      async commit() {
        const outcome = await message.commit()
        message[Symbol.dispose]()
        wiping.touch()
        if (outcome.kind === 'stored') {
          log.info('accepted', { id, recipients: targets.length, tls: transaction.peer.tls !== null })
          return { kind: 'accepted', id }
        }
        const { reply, reason, stored } = outcome
        log.warn('refused', { id, reason, recipients: targets.length, stored })
        return refused(reply.code, reply.status, reply.text)
      },
      abort() {
        message[Symbol.dispose]()
      },
    }
  }

  const store = {
    append: (
      account: AccountId,
      payload: Parameters<LedgerClient['append']>[1][0]['payload'],
      quotaBytes: number | null,
    ) => ledger.append(account, [{ kind: 'mail', payload }], quotaBytes),
    stage: (account: AccountId) => ledger.stage(account),
  }

  /** One copy for each account, however many of the recipients lead to it. */
  function sealTargets({ peer, protocol, sender, recipients }: Transaction<Target>, id: string): SealTarget[] {
    const targets = new Map<AccountId, SealTarget>()
    const hop = {
      from: { helo: peer.hello.name, address: peer.address, name: null },
      by: init.hostname,
      protocol,
      tls: peer.tls,
      id,
      recipient: recipients.length === 1 ? (recipients[0]?.address.text ?? null) : null,
      time: systemClock.now(),
    }
    for (const { address, target } of recipients) {
      for (const account of target) {
        if (targets.has(account.id)) continue
        const head = (): Uint8Array => deliveryFields(hop, { sender: sender?.text ?? '', recipient: address.text })
        targets.set(account.id, { account: account.id, key: account.recipient, quotaBytes: account.quotaBytes, head })
      }
    }
    return [...targets.values()]
  }

  const parts: SmtpServerParts<Target> = {
    log,
    hostname: init.hostname,
    tls: tlsContext(init.tls.certificatePem, init.tls.privateKeyPem),
    limits: { messageBytesMax: init.messageBytesMax },
    connections: limits,
    wiping,
    checkSender: () => ({ kind: 'accepted' }),
    checkRecipient: ({ text }) => checkRecipient(text),
    openMessage,
  }
  const sessions = new Set<SmtpEngine<Target>>()
  await listen('smtp', init.connectionsMax, (connection) => serveSmtp(parts, connection, sessions))
  return {
    health: () => ({ connections: sessions.size }),
    async stop() {
      for (const engine of sessions) engine.bye('The server stops: try again later')
      const deadline = systemClock.monotonic() + STOP_MS
      while (sessions.size > 0 && systemClock.monotonic() < deadline) await sleep(20)
      directory.close()
      ledger.close()
      starts[Symbol.dispose]()
    },
  }
})
