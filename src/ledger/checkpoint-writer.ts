// Signing and storing checkpoints: at most one per account for all that settled since the one before, some time after it settled.
//
// Invariants: only trees of durable records are signed; and an entry in an account's `checkpoints` file is made durable before the
// journal file that holds the last of its records is cut, so that only accounts in the journal can have torn entries.

import { assert } from '#base/assert.ts'
import type { SigningKey } from '#crypto/ed25519.ts'
import type { AccountState } from './account-state.ts'
import { CHECKPOINT_BYTES, type Checkpoint, encodeCheckpoint, signCheckpoint } from './checkpoint.ts'
import type { OpenContext } from './open-context.ts'

export class CheckpointWriter {
  readonly #context: OpenContext
  readonly #key: SigningKey
  readonly #due = new Set<AccountState>()

  constructor(context: OpenContext, key: SigningKey) {
    this.#context = context
    this.#key = key
  }

  isDue(state: AccountState): boolean {
    return this.#due.has(state)
  }

  /** Something of the account settled. */
  add(state: AccountState): void {
    this.#due.add(state)
  }

  /** Of everything that is acknowledged: for as long as nothing is appended, the same. */
  sign(state: AccountState): Checkpoint {
    const { size, time } = state.committed
    state.checkpoint ??= signCheckpoint(this.#key, { account: state.id, size, time, root: state.frontier.root() })
    return state.checkpoint
  }

  /** Accounts that are due now. They stay due, and in memory, until `store`. */
  get due(): readonly AccountState[] {
    return [...this.#due]
  }

  /** Throws DiskError; the account then stays due. Everything acknowledged must have been settled. */
  store(state: AccountState): void {
    const { size, segment } = state.committed
    if (!this.#due.has(state)) return
    assert(segment !== null && size === state.settled, 'what is stored of an account is settled')
    if (size !== state.storedSize) {
      const { paths } = state
      const entry = encodeCheckpoint({ ...this.sign(state), segment: segment.first, end: segment.end })
      if (state.storedCheckpoints === 0) this.#context.touchedDirectory(paths.directory)
      this.#context.touched(paths.checkpoints)
      this.#context.files.write(paths.checkpoints, entry, state.storedCheckpoints * CHECKPOINT_BYTES)
      state.storedCheckpoints++
      state.storedSize = size
    }
    this.#due.delete(state)
  }
}
