// `mailkeep rebuild-index`: makes the index of an unlocked account again from its log, and shows how far that is. The account can be used meanwhile, but for
// a moment in the end. What was made is kept when the command is broken off, and the next one goes on with it.

import type { Command } from 'commander'
import { systemClock } from '#platform/clock.ts'
import { isTerminal, terminalColumns, writeOutput } from '#platform/terminal.ts'
import type { VaultAdminResponse } from '#protocol/vault.ts'
import { CommandError } from './exit-code.ts'
import { vaultFailure } from './failures.ts'
import { counted, printJsonLine, printLine } from './output.ts'
import { ProgressDisplay } from './progress-display.ts'
import { type DataOption, System, dataDirectory, findAccount } from './system.ts'

interface RebuildOptions extends DataOption {
  readonly json?: boolean
}

export function addRebuildCommand(program: Command): void {
  program
    .command('rebuild-index')
    .argument('<address>')
    .description("make an unlocked account's index again from its log; broken off, the next one goes on where it was")
    .option('--json', 'print a line of JSON for each step, the last one with the result')
    .option('--data <directory>', 'data directory')
    .action(rebuildIndex)
}

const WHAT = { journal: 'Reading the log', messages: 'Reading messages' } as const

async function rebuildIndex(address: string, options: RebuildOptions): Promise<void> {
  const system = new System(dataDirectory(options))
  const found = await findAccount(system, address)
  const begun = systemClock.monotonic()
  const display = displayFor(options)
  const answer = await system.askVault(found.vault, { kind: 'rebuildIndex', id: found.id }, (news) => {
    if (news.kind === 'rebuilding') {
      const { phase, ...progress } = news
      display.tell({ what: WHAT[phase], unit: phase === 'journal' ? 'records' : 'messages', ...progress })
    }
  })
  display.end()
  if (answer.kind !== 'rebuilt') throw rebuildFailure(answer)
  const { emails, mailboxes } = answer
  if (options.json === true) return printJsonLine({ address: found.address, emails, mailboxes })
  const seconds = ((systemClock.monotonic() - begun) / 1_000).toFixed(1)
  const content = `${counted(emails, 'message')} in ${counted(mailboxes, 'mailbox', 'mailboxes')}`
  printLine(`${found.address}: the index is made again, with ${content}, in ${seconds} s.`)
}

function rebuildFailure(answer: VaultAdminResponse): CommandError {
  const failure = vaultFailure(answer)
  if (answer.kind !== 'failed' || (answer.reason !== 'noSpace' && answer.reason !== 'storage')) return failure
  const stays = 'The index in use stays, and what was made of the new one is kept: the same command goes on with it'
  return new CommandError(failure.exitCode, `${failure.message}. ${stays}`)
}

/** On standard output. */
export function displayFor({ json }: { readonly json?: boolean | undefined }): ProgressDisplay {
  return new ProgressDisplay({
    kind: json === true ? 'json' : isTerminal('output') ? 'terminal' : 'plain',
    write: writeOutput,
    monotonic: () => systemClock.monotonic(),
    columns: terminalColumns,
  })
}
