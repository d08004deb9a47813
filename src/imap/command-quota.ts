// GETQUOTA and GETQUOTAROOT (RFC 9208 §4.1): what the account may store and does. The limit is the operator's: there is no SETQUOTA. An account
// without a limit has no quota root.

import { type Command, type Completion, no, ok } from './command.ts'
import { parseMailbox } from './mailbox-argument.ts'
import { renderMailboxName } from './mailbox-name.ts'
import type { Session } from './session.ts'

/** What of the account's log counts: all that is kept, sealed, also of mail that was deleted and waits for the end of its retention time. */
export interface StorageUse {
  readonly usedBytes: number
  /** Null: there is none. */
  readonly limitBytes: number | null
}

/** RFC 9208 §5.1: STORAGE is counted in these. */
const UNIT_BYTES = 1_024

const UNKNOWN = no('The quota cannot be told at the moment', 'UNAVAILABLE')

async function useOf({ storageUse }: Session): Promise<StorageUse | null> {
  return (await storageUse?.()) ?? null
}

/** The one quota root has an empty name. */
function writeQuota(session: Session, usedBytes: number, limitBytes: number): void {
  const used = Math.ceil(usedBytes / UNIT_BYTES)
  session.out.line(`* QUOTA "" (STORAGE ${used} ${Math.floor(limitBytes / UNIT_BYTES)})`)
}

async function getQuota(session: Session, root: Buffer): Promise<Completion> {
  const use = await useOf(session)
  session.checkConnected()
  if (use === null) return UNKNOWN
  if (root.length > 0 || use.limitBytes === null) return no('There is no such quota root', 'NONEXISTENT')
  writeQuota(session, use.usedBytes, use.limitBytes)
  return ok('That is all')
}

/** RFC 9208 §4.1.2: the mailbox need not exist. */
async function getQuotaRoot(session: Session, path: string): Promise<Completion> {
  const use = await useOf(session)
  session.checkConnected()
  if (use === null) return UNKNOWN
  session.out.text('* QUOTAROOT ')
  session.out.bytes(renderMailboxName(session.account.mailboxByPath(path)?.path ?? path, session.isUtf8))
  session.out.line(use.limitBytes === null ? '' : ' ""')
  if (use.limitBytes !== null) writeQuota(session, use.usedBytes, use.limitBytes)
  return ok('That is all')
}

export const getQuotaCommand: Command<Buffer> = {
  name: 'GETQUOTA',
  state: 'authenticated',
  mayExpunge: true,
  parse(cursor) {
    cursor.space()
    return Buffer.from(cursor.astring())
  },
  run: getQuota,
}

export const getQuotaRootCommand: Command<string> = {
  name: 'GETQUOTAROOT',
  state: 'authenticated',
  mayExpunge: true,
  parse: parseMailbox,
  run: getQuotaRoot,
}
