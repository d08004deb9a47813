// From what a session asked for to what the journal holds: references to the commit's own messages, and threads, are settled when the record
// is written, with everything before it applied.

import type { ThreadId } from '#base/ids.ts'
import type { AccountIndex } from './account-index.ts'
import { threadHashesOf } from './derive.ts'
import type { JournalOperation, Operation } from './operation.ts'
import type { SealedMessage } from './sealed-message.ts'

/** Chooses threads for the `file` operations of one commit, in order. */
export class ThreadChooser {
  readonly #index: AccountIndex
  /** Which operation of this commit has filed a message with that hash. */
  readonly #filed = new Map<number, number>()

  constructor(index: AccountIndex) {
    this.#index = index
  }

  /** For the operation `at` of the commit. */
  choose(at: number, hashes: readonly number[]): ThreadId | { readonly back: number } | null {
    let chosen: ThreadId | { readonly back: number } | null = null
    for (const hash of hashes) {
      const before = this.#filed.get(hash)
      chosen = this.#index.threads.choose([hash]) ?? (before === undefined ? null : { back: at - before })
      if (chosen !== null) break
    }
    for (const hash of hashes) if (!this.#filed.has(hash)) this.#filed.set(hash, at)
    return chosen
  }
}

export function planOperations(
  index: AccountIndex,
  operations: readonly Operation[],
  messages: readonly SealedMessage[],
  backOfMessage: (message: number) => number,
): JournalOperation[] {
  const threads = new ThreadChooser(index)
  return operations.map((operation, at): JournalOperation => {
    if (operation.kind !== 'file') return operation
    const { record } = operation
    const hashes = 'message' in record ? messages[record.message]?.threadHashes : threadHashesOrNone(index, record.seq)
    const thread = operation.thread ?? threads.choose(at, hashes ?? [])
    return { ...operation, thread, record: 'message' in record ? { back: backOfMessage(record.message) } : record }
  })
}

function threadHashesOrNone(index: AccountIndex, record: number): number[] {
  const summary = index.content.summary(record)
  return summary === null ? [] : threadHashesOf(summary)
}

/** Bytes that the operations take in a journal record, about: what decides how many commits share one. */
export function estimateBytes(operations: readonly Operation[]): number {
  let bytes = 0
  for (const operation of operations) {
    bytes += 128
    if ('set' in operation) bytes += operation.set.length * 11
    if ('emails' in operation) bytes += operation.emails.length * 11
    if ('mailboxes' in operation) bytes += operation.mailboxes.length * 5
    if ('keywords' in operation) for (const keyword of operation.keywords) bytes += keyword.length + 2
    if (operation.kind === 'set') bytes += 4096
  }
  return bytes
}
