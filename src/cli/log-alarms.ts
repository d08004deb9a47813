// Alarms that vaults raised about logs, read from what they remember of them (docs/formats/witness.md): for `status` and `audit`, also while
// Mailkeep does not run.

import type { AccountId } from '#base/ids.ts'
import { isAccountId } from '#base/ids.ts'
import { type LogAlarm, describeAlarm } from '#account/log-alarm.ts'
import { readWitness, witnessPath } from '#account/witness-file.ts'
import { systemDisk } from '#platform/disk.ts'
import { fileExists } from '#platform/files.ts'

export interface AccountAlarm extends LogAlarm {
  readonly account: AccountId
}

const SUFFIX = '.witness'

/** All there ever were, those of the account if one is given. */
export function alarmsOf(indexDirectory: string, account: AccountId | null = null): AccountAlarm[] {
  if (!fileExists(indexDirectory)) return []
  const alarms: AccountAlarm[] = []
  for (const vault of systemDisk.list(indexDirectory).sort()) {
    const directory = `${indexDirectory}/${vault}`
    const names = account === null ? namesIn(directory) : [account]
    for (const id of names) {
      const remembered = readWitness(systemDisk, witnessPath(directory, id), id)
      alarms.push(...remembered.alarms.map((alarm) => ({ ...alarm, account: id })))
    }
  }
  return alarms
}

export function openAlarms(indexDirectory: string): AccountAlarm[] {
  return alarmsOf(indexDirectory).filter(({ acknowledged }) => acknowledged === null)
}

export function alarmLine(alarm: AccountAlarm): string {
  const { account, found, acknowledged } = alarm
  const state = acknowledged === null ? 'ALARM' : `alarm, acknowledged ${new Date(acknowledged).toISOString()}`
  return `${state}: account ${account}: ${describeAlarm(alarm)} (found ${new Date(found).toISOString()})`
}

function namesIn(directory: string): AccountId[] {
  return listOrNothing(directory)
    .filter((name) => name.endsWith(SUFFIX))
    .map((name) => name.slice(0, -SUFFIX.length))
    .filter(isAccountId)
    .sort()
}

function listOrNothing(directory: string): string[] {
  try {
    return systemDisk.list(directory)
  } catch {
    return []
  }
}
