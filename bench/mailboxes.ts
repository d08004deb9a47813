// The mailboxes that IMAP is measured on: one of 20,000 realistic messages (`large`) and one of 2,000 with 10 KB each (`tenKilobytes`).

import { type CorpusMessage, corpus, plainMessages } from './corpus.ts'
import { ImapLoad, type ImapMessage, type ImapTarget } from './load-imap.ts'
import type { Scale } from './measure.ts'
import type { Server } from './peers/server.ts'

export const TEN_KILOBYTES = 10_240
const TEN_KILOBYTES_COUNT = 2000

export type Mailbox = 'large' | 'tenKilobytes'

/** For each server and mailbox, once: what goes wrong goes wrong for every measure that wants it. */
const filled = new Map<Server, Map<Mailbox, Promise<void>>>()
const made = new Map<number, readonly CorpusMessage[]>()

/** The mailbox is there with its messages: for the first measure that wants it, unmeasured. */
export function fillMailbox(server: Server, target: ImapTarget, mailbox: Mailbox, scale: Scale): Promise<void> {
  const mailboxes = filled.get(server) ?? new Map<Mailbox, Promise<void>>()
  filled.set(server, mailboxes)
  const filling = mailboxes.get(mailbox) ?? fill(target, mailbox, scale)
  mailboxes.set(mailbox, filling)
  return filling
}

async function fill(target: ImapTarget, mailbox: Mailbox, scale: Scale): Promise<void> {
  using connection = await ImapLoad.login(target)
  await connection.command(`CREATE ${mailbox}`)
  await connection.fill(mailbox, mailbox === 'large' ? largeMailbox(scale) : tenKilobytes(scale))
  const there = await connection.count(mailbox)
  if (there !== sizeOf(mailbox, scale))
    throw new Error(`${there} of ${sizeOf(mailbox, scale)} messages are in ${mailbox}`)
}

/** Made once, for all servers. */
function largeMailbox({ messages }: Scale): readonly CorpusMessage[] {
  const known = made.get(messages) ?? [...corpus(messages)]
  made.set(messages, known)
  return known
}

function* tenKilobytes(scale: Scale): Generator<ImapMessage> {
  for (const bytes of plainMessages(sizeOf('tenKilobytes', scale), TEN_KILOBYTES)) yield { bytes }
}

export function sizeOf(mailbox: Mailbox, { messages }: Scale): number {
  return mailbox === 'large' ? messages : Math.min(TEN_KILOBYTES_COUNT, messages)
}

/** A connection with the mailbox selected; null if the server has no IMAP. */
export async function opened(server: Server, mailbox: Mailbox, scale: Scale): Promise<ImapLoad | null> {
  const { imap } = server
  if (imap === null) return null
  await fillMailbox(server, imap, mailbox, scale)
  const connection = await ImapLoad.login(imap)
  await connection.command(`SELECT ${mailbox}`)
  return connection
}
