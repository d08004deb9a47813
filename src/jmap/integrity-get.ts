// Integrity/get (docs/formats/jmap-integrity.md §2): the newest signed checkpoint of the account's log, that it goes on from one that the client
// has seen, the owner's last mark, and alarms.

import * as v from 'valibot'
import {
  type IntegrityReport,
  describeAlarm,
  describeRehearsalFinding,
  isAlarming,
  isWhole,
} from '#account/integrity.ts'
import { INTEGRITY } from './capabilities.ts'
import { defineMethod } from './method.ts'
import { id, nullable, unsigned } from './schema.ts'

const schema = v.strictObject({ accountId: id, since: nullable(unsigned) })

export const integrityGet = defineMethod('Integrity/get', INTEGRITY, schema, (context, { accountId, since }) => {
  context.checkAccount(accountId)
  const { checkpoint, ledgerKey, ownerKey, consistency, mark, alarms, scrub, rehearsal } =
    context.account.integrity.report(since)
  return {
    accountId,
    checkpoint: checkpoint?.note ?? null,
    ledgerKey,
    ownerKey,
    consistency: consistency === null ? null : hashes(consistency),
    mark: mark === null ? null : { note: mark.note, record: mark.record, consistency: hashes(mark.consistency) },
    alarms: alarms.map((alarm) => ({
      kind: alarm.kind,
      text: `${describeAlarm(alarm)}.`,
      found: new Date(alarm.found).toISOString(),
      acknowledged: alarm.acknowledged === null ? null : new Date(alarm.acknowledged).toISOString(),
    })),
    scrub:
      scrub === null
        ? null
        : {
            every: scrub.everyMs === null ? null : Math.floor(scrub.everyMs / 1000),
            since: scrub.since === null ? null : new Date(scrub.since).toISOString(),
            isRead: scrub.isRead,
            isDirect: scrub.isDirect,
            repaired: scrub.repaired,
            unrepairable: scrub.unrepairable,
          },
    rehearsal: rehearsal === null ? null : rehearsalObject(rehearsal),
  }
})

function rehearsalObject(rehearsal: NonNullable<IntegrityReport['rehearsal']>): object {
  const { everyMs, last, wholeAt, isOverdue, hindered, progress } = rehearsal
  return {
    every: everyMs === null ? null : Math.floor(everyMs / 1000),
    isOverdue,
    isUnderWay: progress !== null,
    isAlarming: isAlarming(rehearsal),
    noRoom: hindered?.why === 'noRoom' ? date(hindered.at) : null,
    whole: wholeAt === null ? null : date(wholeAt),
    last:
      last === null
        ? null
        : {
            began: date(last.began),
            ended: date(last.ended),
            seconds: Math.ceil(last.tookMs / 1000),
            isWhole: isWhole(last),
            isDirect: last.isDirect,
            payloads: last.payloads,
            bytes: last.bytes,
            messages: last.restored?.messages ?? null,
            mailboxes: last.restored?.mailboxes ?? null,
            point: last.point === null ? null : { ...last.point, time: date(last.point.time) },
            found: last.findingCount,
            findings: last.findings.map((finding) => ({ text: describeRehearsalFinding(finding), name: finding.name })),
          },
  }
}

function date(milliseconds: number): string {
  return new Date(milliseconds).toISOString()
}

export function hashes(proof: readonly Uint8Array[]): string[] {
  return proof.map((hash) => Buffer.from(hash).toString('base64'))
}
