// What separates the processes elsewhere, and does not here, in words for an operator.

import type { SystemStatus } from '#protocol/supervisor.ts'

/** What does not protect here, in plain words. */
export function missingWalls({ walls, secretBesideData }: SystemStatus): string[] {
  const lines: string[] = []
  if (!walls.users) lines.push('Processes share one user id: start Mailkeep as root to keep them apart by the system.')
  if (!walls.network) lines.push('Processes that need no network are kept from it by nothing but their own program.')
  if (!walls.files)
    lines.push(
      'Processes are kept from files of others by user ids and Node alone: they have no file system of their own.',
    )
  if (secretBesideData) {
    lines.push(
      'The server secret lies beside the data: whoever copies the disk can try passwords (docs/operations.md).',
    )
  }
  return lines
}
