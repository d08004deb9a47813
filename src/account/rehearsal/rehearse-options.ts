// What a rehearsal is given, and what it tells.

import type { RootSecret } from '#keys/root.ts'
import type { LogReader } from '#ledger/reader.ts'
import type { Clock } from '#platform/clock.ts'
import type { AccountCore } from '#account/account-core.ts'
import type { AccountLog } from '#account/account-log.ts'
import type { Progress } from '#account/catch-up.ts'
import type { LogWitness } from '#account/log-witness.ts'
import type { RehearsalProgress } from './rehearsal-file.ts'
import type { RehearsalResult } from './result.ts'

type RehearsalPhase = 'reading' | Progress['phase'] | 'comparing' | 'planning'

export interface RehearsalTold {
  readonly phase: RehearsalPhase
  readonly done: number
  readonly total: number
}

export interface RehearseOptions {
  /** Of the account; it stays the caller's, who wipes it when the account is locked, and not before this has ended. */
  readonly root: RootSecret
  /** Reads past the page cache, as far as that is possible; it stays the caller's. */
  readonly reader: LogReader
  /** All that it reads comes from the device. */
  readonly isDirect: () => boolean
  readonly indexDirectory: string
  /** Where one that was cut short was; null: from the beginning. */
  readonly begun: RehearsalProgress | null
  /** Keeps how far it is. Does not throw. */
  keep(progress: RehearsalProgress): Promise<void>
  /** Called after each slice of work: whoever has something better to do does it. Ends early when `signal` does, which is not only the one below; does not throw. */
  rest(workedMs: number, signal: AbortSignal): Promise<void>
  readonly signal: AbortSignal
  readonly progress?: (told: RehearsalTold) => void
  /** As `Room`. */
  readonly freeBytes?: () => number | null
}

export type RehearsalOutcome =
  | { readonly kind: 'rehearsed'; readonly result: RehearsalResult }
  /** There was no room for a second index: nothing can be said. */
  | { readonly kind: 'noRoom' }

export interface RehearsedAccount {
  readonly core: AccountCore
  readonly log: AccountLog
  readonly clock: Clock
  readonly witness: LogWitness
}
