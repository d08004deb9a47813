// Mail accepted durably: messages of 10 KB over 1, 8 and 32 connections, for one mailbox or for 64.

import { plainMessages } from './corpus.ts'
import { ImapLoad } from './load-imap.ts'
import { dotStuffed, sendAll } from './load-smtp.ts'
import { type Measure, type Prepared, type Scale, rate } from './measure.ts'
import { type MailSide, type Server, sleep } from './peers/server.ts'

const SIZE_BYTES = 10_240
/** Node compiles what it runs often; servers open files and start processes for the first messages. */
const WARM_UP_MESSAGES = 300
const SETTLE_MS = 300_000
const PEERS = ['Haraka', 'Postfix', 'Dovecot']

interface SmtpMeasure {
  readonly connections: number
  readonly mailboxes: number
  readonly messages: number
  readonly limit: number
}

const acceptance: readonly SmtpMeasure[] = [
  { connections: 1, mailboxes: 1, messages: 300, limit: 1 },
  { connections: 8, mailboxes: 1, messages: 1500, limit: 1.5 },
  { connections: 32, mailboxes: 1, messages: 1500, limit: 2 },
  { connections: 8, mailboxes: 64, messages: 1500, limit: 1.5 },
  { connections: 32, mailboxes: 64, messages: 1500, limit: 2 },
]

export const smtpMeasures: readonly Measure[] = [
  ...acceptance.map((what): Measure => {
    const { connections, mailboxes, limit } = what
    return {
      name: mailboxes === 1 ? `smtp-${connections}` : `smtp-${connections}x${mailboxes}`,
      title: `SMTP, ${connections} ${connections === 1 ? 'connection' : 'connections'}${mailboxes === 1 ? '' : `, ${mailboxes} mailboxes`}`,
      unit: '/s',
      better: 'more',
      target: { kind: 'ratio', to: PEERS, limit },
      prepare: (server, scale) => prepareAcceptance(server, scale, what),
    }
  }),
  {
    name: 'smtp-8-filed',
    title: 'SMTP, 8 connections, filed at once',
    unit: '/s',
    better: 'more',
    target: { kind: 'none', to: PEERS },
    prepare: prepareFiled,
  },
]

/** What each server has accepted since it was reset, and for how many mailboxes. */
const accepted = new Map<Server, { messages: number; mailboxes: number }>()
let made = 0

/** Each message is a new one: some servers keep one of several that are equal. */
function newMessages(count: number): readonly Buffer[] {
  return Array.from(plainMessages(count, SIZE_BYTES, 1000 + made++), dotStuffed)
}

async function prepareAcceptance(server: Server, scale: Scale, what: SmtpMeasure): Promise<Prepared | null> {
  const { mail } = server
  if (mail === null) return null
  const recipients = await mail.recipients(what.mailboxes)
  await mail.reset?.()
  const tally =
    mail.reset === undefined ? (accepted.get(server) ?? { messages: 0, mailboxes: 0 }) : { messages: 0, mailboxes: 0 }
  accepted.set(server, tally)
  tally.mailboxes = Math.max(tally.mailboxes, what.mailboxes)
  const send = async (count: number): Promise<number> => {
    const messages = newMessages(count)
    const ms = await sendAll(mail, { messages, connections: what.connections, recipients })
    tally.messages += count
    return ms
  }
  const count = Math.min(what.messages, scale.messages)
  await send(Math.min(count, WARM_UP_MESSAGES))
  const settled = mail.arrivesLater ? (): Promise<void> => hasArrived(server, mail, tally.messages) : undefined
  await settled?.()
  return {
    run: async () => ({ value: rate(count, await send(count)), operations: count }),
    ...(settled === undefined ? {} : { settled }),
    // The others say at the end what has arrived (`checkArrived`): looking costs them something, here it costs nothing.
    check: async () => {
      if (mail.reset !== undefined) await hasArrived(server, mail, tally.messages)
    },
    [Symbol.dispose]() {},
  }
}

/** For somebody who is connected: a message counts when it can be fetched. */
async function prepareFiled(server: Server, scale: Scale): Promise<Prepared | null> {
  const { mail, imap } = server
  if (mail === null || imap === null) return null
  const connection = await ImapLoad.login(imap)
  let expected = await connection.count('INBOX')
  const count = Math.min(1500, scale.messages)
  return {
    warmsUp: true,
    async run() {
      const messages = newMessages(count)
      const load = { messages, connections: 8, recipients: ['bench@example.org'] }
      const started = performance.now()
      await sendAll(mail, load)
      expected += count
      for (;;) {
        const there = await connection.count('INBOX')
        if (there > expected) throw new Error(`${there} messages instead of ${expected}`)
        if (there === expected) break
        await sleep(20)
      }
      return { value: rate(count, performance.now() - started), operations: count }
    },
    [Symbol.dispose]: () => connection[Symbol.dispose](),
  }
}

/** Everything accepted has arrived, once: for servers where it costs something to look. */
export async function checkArrived(server: Server): Promise<void> {
  const tally = accepted.get(server)
  if (server.mail === null || tally === undefined || server.mail.reset !== undefined) return
  await hasArrived(server, server.mail, tally.messages, tally.mailboxes)
}

async function hasArrived(server: Server, mail: MailSide, expected: number, mailboxes = 1): Promise<void> {
  const deadline = performance.now() + SETTLE_MS
  const recipients = await mail.recipients(mailboxes)
  for (;;) {
    const there = await mail.arrived(recipients)
    if (there === expected) return
    if (there > expected || performance.now() > deadline)
      throw new Error(`${server.name} has accepted ${expected} messages, ${there} have arrived`)
    await sleep(100)
  }
}
