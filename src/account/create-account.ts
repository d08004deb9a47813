// Creating an account: a root secret, the slots that open it, and the first journal record, in one append, so that there is all of it or
// nothing. Only then does anybody learn of it.

import { assert } from '#base/assert.ts'
import { wipe } from '#base/bytes.ts'
import type { AccountId } from '#base/ids.ts'
import { type Recipient, formatRecipient } from '#crypto/age/recipient.ts'
import { formatRecoveryCode } from '#keys/recovery-code.ts'
import { makeRecoverySlot } from '#keys/recovery-slot.ts'
import { type IdentityKind, RootSecret } from '#keys/root.ts'
import { encodeSlot } from '#keys/slot.ts'
import { makePasswordSlot } from '#keys/stretched-slot.ts'
import type { Clock } from '#platform/clock.ts'
import type { AccountLog } from './account-log.ts'
import { IDENTITY_SETTING } from './account-settings.ts'
import { CHAIN_START, JournalSealer } from './journal.ts'
import { journalHeaderOf } from './journal-writer.ts'
import { encodeOperation } from './operation-codec.ts'
import type { JournalOperation, MailboxRole } from './operation.ts'
import { INBOX_NAME } from './state.ts'

export interface NewAccount {
  /** The caller wipes it. */
  readonly root: RootSecret
  /** To be shown to the owner, once. */
  readonly recoveryCode: string
  /** To whom its mail is sealed. */
  readonly recipient: Recipient
  /** The same, as age writes it. */
  readonly recipientText: string
}

export interface CreateAccountOptions {
  readonly log: AccountLog
  readonly clock: Clock
  /** Random, and not in use: its log is empty. */
  readonly account: AccountId
  /** The login name, in lower case. */
  readonly address: string
  /** UTF-8. */
  readonly password: Uint8Array
  /** The directory's for this login name. */
  readonly salt: Uint8Array
  readonly identity?: IdentityKind
}

const MAILBOXES: readonly { readonly name: string; readonly role: MailboxRole }[] = [
  { name: INBOX_NAME, role: 'inbox' },
  { name: 'Drafts', role: 'drafts' },
  { name: 'Sent', role: 'sent' },
  { name: 'Archive', role: 'archive' },
  { name: 'Junk', role: 'junk' },
  { name: 'Trash', role: 'trash' },
]

/** Of every account. */
export function firstOperations(now: number, identity: IdentityKind): JournalOperation[] {
  const uidValidity = Math.floor(now / 1000)
  return [
    ...MAILBOXES.map(({ name, role }, index): JournalOperation => ({
      kind: 'createMailbox',
      parent: null,
      name,
      role,
      uidValidity: uidValidity + index,
      subscribed: true,
    })),
    { kind: 'set', key: IDENTITY_SETTING, value: identity },
  ]
}

/** Everything is durable, and can be read, when it resolves. Throws LedgerRefusedError, RangeError for a password that is not UTF-8. */
export async function createAccount(options: CreateAccountOptions): Promise<NewAccount> {
  const { log, clock, account, address, password, salt, identity = 'hybrid' } = options
  const root = RootSecret.generate()
  try {
    const now = clock.now()
    const passwordSlot = await makePasswordSlot(root, account, address, password, salt, now)
    const { slot, code } = makeRecoverySlot(root, account, now)
    using sealer = new JournalSealer(root, account)
    const journal = sealer.seal(CHAIN_START, now, firstOperations(now, identity).map(encodeOperation))
    const appended = await log.append([
      { kind: 'slot', payload: encodeSlot(passwordSlot) },
      { kind: 'slot', payload: encodeSlot(slot) },
      { kind: 'journal', payload: journal },
    ])
    assert(appended.firstSeq === 0, 'a new account has an empty log')
    // Whoever opens it reads the slots from its files.
    await log.settled(journalHeaderOf(appended).seq)
    const recoveryCode = formatRecoveryCode(code)
    wipe(code)
    const recipient = root.recipient(identity)
    return { root, recoveryCode, recipient, recipientText: formatRecipient(recipient) }
  } catch (error) {
    root[Symbol.dispose]()
    throw error
  }
}
