// What an export says of the account beside its messages.

import type { MailboxId } from '#base/ids.ts'
import type { Mailbox } from '#account/account.ts'
import type { SettingValue } from '#account/operation.ts'
import type { Disk } from '#platform/disk.ts'
import { writeWhole } from './export-target.ts'
import { settingText } from './export-text.ts'

/** `folder`: where its messages are, below the export. */
export function writeMailboxes(
  disk: Disk,
  directory: string,
  mailboxes: readonly Mailbox[],
  folder: (mailbox: MailboxId) => string | null,
): void {
  const list = mailboxes.map(({ id, path, role, subscribed, sortOrder, uidValidity, uidNext, messages }) => ({
    folder: folder(id),
    path,
    role,
    subscribed,
    sortOrder,
    uidValidity,
    uidNext,
    messages,
  }))
  writeJson(disk, `${directory}/mailboxes.json`, list)
}

/** Everything that the owner chose, by its key: contacts, identities and filters are settings, too. */
export function writeSettings(disk: Disk, directory: string, settings: ReadonlyMap<string, SettingValue>): void {
  const sorted = [...settings].sort(([a], [b]) => (a < b ? -1 : 1))
  writeJson(
    disk,
    `${directory}/settings.json`,
    Object.fromEntries(sorted.map(([key, value]) => [key, settingText(value)])),
  )
}

function writeJson(disk: Disk, path: string, value: unknown): void {
  writeWhole(disk, path, Buffer.from(`${JSON.stringify(value, null, 2)}\n`))
}
