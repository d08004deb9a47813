// Fills the log of a Mailkeep's account while it is stopped, by the account's recovery code: as by years of use, in a minute.

import fs from 'node:fs'
import type { AccountId, Seq } from '#base/ids.ts'
import { CHAIN_START, nextHead } from '#account/journal.ts'
import { readSlots } from '#account/slots.ts'
import { parseRecoveryCode } from '#keys/recovery-code.ts'
import { openRecoverySlot } from '#keys/recovery-slot.ts'
import { openLedger } from '#ledger/ledger.ts'
import { listAccounts } from '#ledger/paths.ts'
import { LogReader } from '#ledger/reader.ts'
import { systemClock } from '#platform/clock.ts'
import { systemDisk } from '#platform/disk.ts'
import type { Mailkeep } from '../test/harness.ts'
import { fillAccount } from './filled-account.ts'

/** Resolves with the bytes of all messages. */
export async function fillStopped(
  mailkeep: Mailkeep,
  code: string,
  messages: number,
): Promise<{ readonly bytes: number; readonly account: AccountId }> {
  const directory = `${mailkeep.directory}/ledger`
  const { uid, gid } = fs.statSync(directory)
  const ledger = await openLedger({ disk: systemDisk, clock: systemClock, directory })
  try {
    for (const account of listAccounts(systemDisk, directory)) {
      using reader = new LogReader(systemDisk, directory, account)
      const parsed = parseRecoveryCode(code)
      const opened = parsed === null ? null : openRecoverySlot(readSlots(reader), parsed)
      if (opened === null) continue
      using root = opened.root
      let chain = CHAIN_START
      for (const { header, location } of reader.records({ seq: 0 as Seq, location: null })) {
        if (location !== null && header.kind === 'journal')
          chain = nextHead(chain, reader.readPayload(location, header))
      }
      const recipient = root.recipient('hybrid')
      return { bytes: await fillAccount({ ledger, account, root, recipient, chain }, messages), account }
    }
    throw new Error('the code opens no account')
  } finally {
    await ledger.close()
    chownTree(directory, uid, gid)
  }
}

function chownTree(directory: string, uid: number, gid: number): void {
  for (const entry of fs.readdirSync(directory, { recursive: true, withFileTypes: true })) {
    fs.chownSync(`${entry.parentPath}/${entry.name}`, uid, gid)
  }
}
