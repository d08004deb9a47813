// `mailkeep rehearse`: proves now that an account could be restored from what is on the disk, and says what could not.

import type { Command } from 'commander'
import { describeRehearsalFinding } from '#account/rehearsal/finding.ts'
import { isWhole } from '#account/rehearsal/result.ts'
import type { VaultAdminResponse } from '#protocol/vault.ts'
import { EXIT } from './exit-code.ts'
import { vaultFailure } from './failures.ts'
import { counted, formatBytes, printJson, printLine } from './output.ts'
import { plainText } from './plain-text.ts'
import { displayFor } from './rebuild-command.ts'
import { type DataOption, System, dataDirectory, findAccount } from './system.ts'

interface RehearseOptions extends DataOption {
  readonly json?: boolean
}

type Rehearsed = Extract<VaultAdminResponse, { kind: 'rehearsed' }>
type News = Extract<VaultAdminResponse, { kind: 'rehearsing' }>

export function addRehearseCommand(program: Command): void {
  program
    .command('rehearse')
    .argument('<address>')
    .description(
      'restore an unlocked account from its log beside the one in use, compare, and say what is missing; exit code 6 if something is',
    )
    .option('--json', 'print JSON')
    .option('--data <directory>', 'data directory')
    .action(rehearse)
}

const WHAT: Readonly<Record<News['phase'], string>> = {
  reading: 'Reading and opening what is stored',
  journal: 'Making the account again',
  messages: 'Making its index again',
  comparing: 'Comparing it with the one in use',
  planning: 'Planning a restore of an earlier time',
}

async function rehearse(address: string, options: RehearseOptions): Promise<void> {
  const system = new System(dataDirectory(options))
  const found = await findAccount(system, address)
  const display = options.json === true ? null : displayFor(options)
  const answer = await system.askVault(found.vault, { kind: 'rehearse', id: found.id }, (news) => {
    if (news.kind !== 'rehearsing') return
    const { phase, done, total } = news
    const unit = phase === 'messages' ? 'messages' : 'records'
    display?.tell({ what: WHAT[phase], unit, done, total, perSecond: null, secondsLeft: null })
  })
  display?.end()
  if (answer.kind !== 'rehearsed') throw vaultFailure(answer)
  if (options.json === true) printJson({ address: found.address, ...json(answer) })
  else print(found.address, answer)
  if (!isWhole(answer)) process.exitCode = EXIT.damaged
}

function json(answer: Rehearsed): object {
  const { kind: _, ...result } = answer
  const { began, ended, point, findings } = result
  return {
    isWhole: isWhole(result),
    ...result,
    began: iso(began),
    ended: iso(ended),
    point: point === null ? null : { ...point, time: iso(point.time) },
    findings: findings.map((finding) => ({ ...finding, text: describeRehearsalFinding(finding) })),
  }
}

function print(address: string, result: Rehearsed): void {
  const { restored, payloads, mails, bytes, dropped, isDirect, point, tookMs, keySlots } = result
  const seconds = (tookMs / 1_000).toFixed(1)
  printLine(
    isWhole(result)
      ? `${address} could be restored from what is on the disk now, as it is. Rehearsed in ${seconds} s:`
      : `${address} COULD NOT BE RESTORED from what is on the disk now as it is. Rehearsed in ${seconds} s:`,
  )
  const from = isDirect ? 'from the disk' : 'through the page cache, which may say nothing about the disk'
  const read = `${counted(payloads, 'payload')} (${formatBytes(bytes)}, ${counted(mails, 'message')}) read ${from}, verified and opened`
  printLine(`- ${read}${dropped > 0 ? `; ${dropped} had been dropped when their time was over` : ''};`)
  printLine(
    restored === null
      ? '- the account could not be made again from its log;'
      : `- the account made again from its log: ${counted(restored.messages, 'message')} in ${counted(restored.mailboxes, 'mailbox', 'mailboxes')}, compared with the one in use;`,
  )
  if (point !== null) {
    const gone = point.gone > 0 ? `, of which ${counted(point.gone, 'message')} cannot come back any more` : ''
    printLine(
      `- restoring it to ${iso(point.time)} (record ${point.record}), with ${counted(point.messages, 'message')}, planned: ${counted(point.changes, 'change')}${gone};`,
    )
  }
  printLine(`- ${counted(keySlots, 'key slot')} of the owner's to open it by.`)
  const { findings, findingCount } = result
  if (findingCount === 0) return
  printLine()
  printLine(`${counted(findingCount, 'thing is', 'things are')} missing or different:`)
  for (const finding of findings) {
    printLine(`- ${describeRehearsalFinding(finding)}${finding.name === null ? '' : `: ${plainText(finding.name)}`}`)
  }
  if (findings.length < findingCount) printLine(`- and ${findingCount - findings.length} more`)
  printLine('What to do is in docs/operations.md, "When a rehearsal fails".')
}

function iso(ms: number): string {
  return new Date(ms).toISOString()
}
