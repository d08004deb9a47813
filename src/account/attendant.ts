// Who attends to an open account: says where new mail goes, and may have work of its own with it.

import type { PlaceMail } from './place-mail.ts'

export interface Attendant {
  readonly place: PlaceMail
  /** The account is open. */
  opened(): void
  /** The account is about to be closed. Resolves when nothing of it is used any more. */
  closing(): Promise<void>
}
