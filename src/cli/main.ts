// The `mailkeep` command.

import { Command, CommanderError } from 'commander'
import { VERSION } from '#base/version.ts'
import { writeError } from '#platform/terminal.ts'
import { COMMANDS, addParts } from './commands.ts'
import { CommandError, EXIT } from './exit-code.ts'

const program = new Command('mailkeep')
  .description('A mail home that its owner can trust')
  .version(VERSION)
  .exitOverride()
  .configureOutput({ writeErr: writeError })
  .showHelpAfterError('(--help tells more)')

try {
  await addParts(program, COMMANDS, process.argv[2])
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
