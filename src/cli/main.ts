// The `mailkeep` command.

import { Command, CommanderError } from 'commander'
import { VERSION } from '#base/version.ts'
import { writeError } from '#platform/terminal.ts'
import { addAccountCommands } from './account-commands.ts'
import { addAliasCommands, addDomainCommands } from './directory-commands.ts'
import { addDigestCommand } from './digest-command.ts'
import { addDoctorCommand } from './doctor-command.ts'
import { addAdoptCommand } from './adopt-command.ts'
import { addAuditCommand } from './audit-command.ts'
import { CommandError, EXIT } from './exit-code.ts'
import { addLedgerCommands } from './ledger-commands.ts'
import { addMetricsCommand } from './metrics-command.ts'
import { addQueueCommands } from './queue-commands.ts'
import { addRebuildCommand } from './rebuild-command.ts'
import { addRehearseCommand } from './rehearse-command.ts'
import { addRestoreCommand } from './restore-command.ts'
import { addScrubCommands } from './scrub-command.ts'
import { addRetentionCommand } from './retention-command.ts'
import { addSalvageCommand } from './salvage-command.ts'
import { addStartCommand } from './start-command.ts'
import { addSystemCommands } from './system-commands.ts'

const program = new Command('mailkeep')
  .description('A mail home that its owner can trust')
  .version(VERSION)
  .exitOverride()
  .configureOutput({ writeErr: writeError })
  .showHelpAfterError('(--help tells more)')

addStartCommand(program)
addSystemCommands(program)
addDoctorCommand(program)
addDomainCommands(program)
addAccountCommands(program)
addAliasCommands(program)
addLedgerCommands(program)
addRebuildCommand(program)
addRehearseCommand(program)
addSalvageCommand(program)
addAuditCommand(program)
addAdoptCommand(program)
addScrubCommands(program)
addMetricsCommand(program)
addQueueCommands(program)
addRestoreCommand(program)
addRetentionCommand(program)
addDigestCommand(program)

try {
  await program.parseAsync()
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? EXIT.done : EXIT.usage
  else if (error instanceof CommandError) {
    writeError(`mailkeep: ${error.message}\n`)
    process.exitCode = error.exitCode
  } else {
    const { message, code } = error as NodeJS.ErrnoException
    writeError(`mailkeep: ${message}${code === undefined ? '' : ` (${code})`}\n`)
    process.exitCode = EXIT.failed
  }
}
