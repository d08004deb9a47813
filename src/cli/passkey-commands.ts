// `mailkeep account passkey …`: passkeys that open an account. One is made in the webmail: that takes a browser.

import type { Command } from 'commander'
import { type KeyOptions, listSlots, revokeSlot } from './key-slot-commands.ts'

export function addPasskeyCommands(account: Command): void {
  const passkey = account
    .command('passkey')
    .description('passkeys, by which the owner logs in to the webmail (they are made there)')
  passkey
    .command('list')
    .argument('<address>')
    .description('passkeys, for which host name they are, and when they were used')
    .option('--password-stdin', 'unlock it with the password from the first line of standard input, to see labels')
    .option('--json', 'print JSON')
    .option('--data <directory>', 'data directory')
    .action((address: string, options: KeyOptions) => listSlots(address, options, 'passkey'))
  passkey
    .command('revoke')
    .argument('<address>')
    .argument('<passkey>', 'its label, or its id as the list shows it')
    .description('it opens nothing any more, and its sessions end at once')
    .option('--password-stdin', "read the account's password from the first line of standard input")
    .option('--data <directory>', 'data directory')
    .action((address: string, name: string, options: KeyOptions) => revokeSlot(address, name, options, 'passkey'))
}
