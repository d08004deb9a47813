// The command's parts, each with the words that it adds. Most of the time of a short command is for loading code: only the part whose word was given is loaded,
// and all of them for what names none (`--help`, a word that does not exist).

import type { Command } from 'commander'

export interface CommandPart {
  readonly words: readonly string[]
  /** Loads the part. What it gives adds its commands to the parent. */
  load(): Promise<(parent: Command) => void>
}

/** In the order in which `mailkeep --help` names them. */
export const COMMANDS: readonly CommandPart[] = [
  { words: ['start'], load: async () => (await import('./start-command.ts')).addStartCommand },
  { words: ['stop', 'status', 'config'], load: async () => (await import('./system-commands.ts')).addSystemCommands },
  { words: ['doctor'], load: async () => (await import('./doctor-command.ts')).addDoctorCommand },
  { words: ['domain'], load: async () => (await import('./directory-commands.ts')).addDomainCommands },
  { words: ['account'], load: async () => (await import('./account-commands.ts')).addAccountCommands },
  { words: ['alias'], load: async () => (await import('./directory-commands.ts')).addAliasCommands },
  { words: ['verify', 'extract'], load: async () => (await import('./ledger-commands.ts')).addLedgerCommands },
  { words: ['rebuild-index'], load: async () => (await import('./rebuild-command.ts')).addRebuildCommand },
  { words: ['rehearse'], load: async () => (await import('./rehearse-command.ts')).addRehearseCommand },
  { words: ['salvage'], load: async () => (await import('./salvage-command.ts')).addSalvageCommand },
  { words: ['audit'], load: async () => (await import('./audit-command.ts')).addAuditCommand },
  { words: ['adopt'], load: async () => (await import('./adopt-command.ts')).addAdoptCommand },
  { words: ['scrub'], load: async () => (await import('./scrub-command.ts')).addScrubCommands },
  { words: ['metrics'], load: async () => (await import('./metrics-command.ts')).addMetricsCommand },
  { words: ['queue'], load: async () => (await import('./queue-commands.ts')).addQueueCommands },
  { words: ['restore'], load: async () => (await import('./restore-command.ts')).addRestoreCommand },
  { words: ['retention'], load: async () => (await import('./retention-command.ts')).addRetentionCommand },
  { words: ['digest'], load: async () => (await import('./digest-command.ts')).addDigestCommand },
]

/** Adds to `parent` the part that has the word, or all. */
export async function addParts(
  parent: Command,
  parts: readonly CommandPart[],
  word: string | undefined,
): Promise<void> {
  const named = parts.filter(({ words }) => words.includes(word ?? ''))
  for (const add of await Promise.all((named.length > 0 ? named : parts).map((part) => part.load()))) add(parent)
}
