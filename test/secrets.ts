// Everything that opens an account, found from its recovery code and the ledger directory alone: for tests that look for it where it must not be.

import { type Seq, accountIdFromBytes } from '#base/ids.ts'
import { openAgeHeader } from '#crypto/age/open.ts'
import { readSlots } from '#account/slots.ts'
import { parseRecoveryCode } from '#keys/recovery-code.ts'
import { openRecoverySlot } from '#keys/recovery-slot.ts'
import type { RootLabel, RootSecret } from '#keys/root.ts'
import { LogReader } from '#ledger/reader.ts'
import { systemDisk } from '#platform/disk.ts'
import type { Needle } from './memory-scan.ts'

const LABELS: readonly RootLabel[] = [
  'identity/x25519',
  'identity/mlkem768x25519',
  'journal',
  'index',
  'checkpoint',
  'keyword-hash',
  'slot-mac',
]

/** The root secret, every key that comes from it, and the payload keys of all messages. */
export function secretsOf(ledgerDirectory: string, accountId: string, recoveryCode: string): Needle[] {
  const account = accountIdFromBytes(Buffer.from(accountId, 'hex'))
  using reader = new LogReader(systemDisk, ledgerDirectory, account)
  const code = parseRecoveryCode(recoveryCode)
  const opened = code === null ? null : openRecoverySlot(readSlots(reader), code)
  if (opened === null) throw new Error('the recovery code opens nothing')
  using root = opened.root
  return [
    { name: 'root secret', bytes: root.withBytes((bytes) => Buffer.from(bytes)) },
    ...LABELS.map((label) => ({ name: `${label} key`, bytes: root.derive(label) })),
    ...payloadKeys(reader, root),
  ]
}

function payloadKeys(reader: LogReader, root: RootSecret): Needle[] {
  const needles: Needle[] = []
  for (const record of reader.records({ seq: 0 as Seq, location: null })) {
    if (record.headDamage !== null || record.header.kind !== 'mail') continue
    const { header, location } = record
    const key = openAgeHeader(reader.readPayload(location, header), root.identities())
    if (!key.ok) throw new Error(`record ${header.seq} does not open`)
    needles.push({ name: `payload key of record ${header.seq}`, bytes: key.value.payloadKey })
  }
  return needles
}
