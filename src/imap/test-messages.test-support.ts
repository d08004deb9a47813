// Messages and accounts that tests share.

import type { MailboxId } from '#base/ids.ts'
import { MemoryAccount } from './memory-account.test-support.ts'

const lines = (...all: string[]): Buffer => Buffer.from(all.map((line) => `${line}\r\n`).join(''), 'latin1')

export const PLAIN = lines(
  'From: Ann <ann@example.org>',
  'To: bob@example.org',
  'Subject: Hello',
  'Date: Tue, 17 Nov 2026 10:00:00 +0100',
  '',
  'Hi Bob',
)

/** RFC 3501 §6.4.5's kind of message: multipart, with a message in it that is multipart too. */
export const NESTED = lines(
  'Subject: outer',
  'MIME-Version: 1.0',
  'Content-Type: multipart/mixed; boundary=o',
  '',
  'preamble',
  '--o',
  'Content-Type: text/plain; charset=us-ascii',
  'Content-Transfer-Encoding: base64',
  '',
  'AGhpAA==',
  '--o',
  'Content-Type: message/rfc822',
  '',
  'Subject: inner',
  'From: x@example.org',
  'Content-Type: multipart/alternative; boundary=i',
  '',
  '--i',
  'Content-Type: text/plain',
  '',
  'inner text',
  '--i',
  'Content-Type: text/html',
  'Content-Transfer-Encoding: x-strange',
  '',
  '<p>inner</p>',
  '--i--',
  '--o',
  'Content-Type: message/rfc822',
  '',
  'Subject: flat',
  '',
  'flat body',
  '--o--',
)

export const RECEIVED = Date.UTC(2026, 10, 17, 9)

/** With so many copies of PLAIN in INBOX. */
export function accountWith(count: number): MemoryAccount {
  const account = new MemoryAccount()
  for (let index = 0; index < count; index++) account.deliver(PLAIN, 1 as MailboxId, [], RECEIVED)
  return account
}
