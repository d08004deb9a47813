// The near side of the thread that derives (derive-tasks.ts): one session for each index that is made. The thread is shared by all of them, and does their
// tasks in turn. Should it have ended, everything is done here, as where there never was one.

import { wipe } from '#base/bytes.ts'
import type { RootSecret } from '#keys/root.ts'
import type { LogReader } from '#ledger/reader.ts'
import { TaskFailedError } from '#platform/worker.ts'
import type { StorableRecord } from './derive-record.ts'
import type { DeriveAnswer, DeriveTask, RecordToDerive } from './derive-tasks.ts'
import { unpack } from './packed-records.ts'

/** Derives what the index keeps of records, beside this thread. */
export interface RecordDeriver extends Disposable {
  /** False: there is no thread any more. */
  readonly isRunning: boolean
  derive(records: readonly RecordToDerive[]): Promise<DerivedBatch>
}

/** Wiped when it is disposed: then it has been stored, or is of no use. */
export interface DerivedBatch extends Disposable {
  /** In order; null for what the caller has to look at itself. */
  records(): Iterator<StorableRecord | null, void>
}

export interface DeriveThread {
  readonly isRunning: boolean
  /** Throws TaskFailedError. */
  do(task: DeriveTask, handedOver?: readonly ArrayBuffer[]): Promise<DeriveAnswer>
}

let sessions = 0

/** Null if there is no thread. */
export function beginDeriving(
  thread: DeriveThread | null,
  root: RootSecret,
  { directory, account }: LogReader,
): RecordDeriver | null {
  if (thread?.isRunning !== true) return null
  const session = ++sessions
  const x25519 = ownMemory(root.derive('identity/x25519'))
  const hybrid = ownMemory(root.derive('identity/mlkem768x25519'))
  // If the thread has ended, its tasks say so.
  thread
    .do({ kind: 'begin', session, directory, account, x25519, hybrid }, [x25519.buffer, hybrid.buffer])
    .catch(() => undefined)
  return {
    get isRunning() {
      return thread.isRunning
    },
    async derive(records) {
      try {
        return batchOf(await thread.do({ kind: 'derive', session, records }))
      } catch (error) {
        if (!(error instanceof TaskFailedError)) throw error
        return { records: () => records.map(() => null).values(), [Symbol.dispose]: () => undefined }
      }
    },
    [Symbol.dispose]() {
      thread.do({ kind: 'end', session }).catch(() => undefined)
    },
  }
}

function batchOf(answer: DeriveAnswer): DerivedBatch {
  return { records: () => unpack(answer), [Symbol.dispose]: () => wipe(answer.bytes) }
}

/** Memory that can be handed over. */
function ownMemory(secret: Buffer): Uint8Array<ArrayBuffer> {
  const own = new Uint8Array(secret)
  wipe(secret)
  return own
}

/** What is not stored. */
export function discard(answer: Promise<DerivedBatch>): void {
  answer.then((batch) => batch[Symbol.dispose]()).catch(() => undefined)
}
