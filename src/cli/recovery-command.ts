// `mailkeep account recovery`: the ways back into an account, and when each was proven last.

import type { Command } from 'commander'
import { formatDuration, printJson, printLine } from './output.ts'
import { plainText } from './plain-text.ts'
import { type RecoveryFacts, readRecovery } from './recovery-report.ts'
import { type DataOption, System, dataDirectory, findAccount } from './system.ts'

interface RecoveryOptions extends DataOption {
  readonly passwordStdin?: boolean
  readonly json?: boolean
}

export function addRecoveryCommand(account: Command): void {
  account
    .command('recovery')
    .argument('<address>')
    .description('the ways back into an unlocked account: recovery code, shares, escrow, and when they were tried last')
    .option('--password-stdin', 'unlock it with the password from the first line of standard input')
    .option('--json', 'print JSON')
    .option('--data <directory>', 'data directory')
    .action(async (address: string, options: RecoveryOptions) => {
      const system = new System(dataDirectory(options))
      const found = await findAccount(system, address)
      const facts = await readRecovery(system, found, options.passwordStdin === true)
      if (options.json === true) {
        const { kind: _, ...report } = facts
        return printJson({ address: found.address, ...report })
      }
      for (const line of lines(facts)) printLine(line)
    })
}

function lines({ code, shares, escrow, request, uses }: RecoveryFacts): string[] {
  const whoHas = shares === null ? '' : shares.contacts.map(plainText).join(', ')
  return [
    code === null ? 'Recovery code: none' : `Recovery code: made ${date(code.created)}; ${proven(code)}`,
    shares === null
      ? 'Shares: none'
      : `Shares: any ${shares.threshold} of ${shares.contacts.length} (${whoHas}), made ${date(shares.created)}; ${proven(shares)}`,
    escrow === null
      ? 'Security: high; nobody else can open the account'
      : `Security: low since ${date(escrow.created)}; the operator can open the account (${escrow.recipient ?? 'of an unknown key'})`,
    ...(request?.state === 'waiting'
      ? [
          `ALARM: the operator asked to open the account on ${date(request.requested)}; ${request.leftMs > 0 ? `in ${formatDuration(request.leftMs)} of the server's running` : 'now'} it can be done`,
        ]
      : []),
    ...uses.map(({ at, requested }) => `The operator opened the account ${iso(at)}, asked for ${iso(requested)}`),
  ]
}

function proven({ drilled, isDue }: { readonly drilled: number | null; readonly isDue: boolean }): string {
  const when = drilled === null ? 'never tried' : `proven ${date(drilled)}`
  return isDue ? `${when}. Try it: mailkeep account drill` : when
}

function iso(ms: number): string {
  return new Date(ms).toISOString()
}

function date(ms: number): string {
  return iso(ms).slice(0, 10)
}
