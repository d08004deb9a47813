// The second half of making an index: the content of messages that are there and that nobody has opened yet. A thread, where there is one, reads, opens and
// derives ahead of this one, which stores, and derives some itself where it would have to wait. Every commit takes the finished ones off the list of what
// is missing, so that work that is cut short, in whatever way, goes on there.

import { asBuffer, wipe } from '#base/bytes.ts'
import { payloadLengthOf } from '#ledger/record.ts'
import type { AccountIndex } from './account-index.ts'
import type { CatchUpParts } from './catch-up.ts'
import type { PayloadKey } from './content-store.ts'
import type { RecordToDerive } from './derive-tasks.ts'
import { type StorableRecord, deriveRecordInSteps, storeRecord } from './derive-record.ts'
import { IndexStorageError } from './index-database.ts'
import type { MissingRecord } from './missing-content.ts'
import { type DerivedBatch, type RecordDeriver, discard } from './record-deriver.ts'
import type { Slices } from './turns.ts'

/**
 * Contents until the first commit, and between two: many, because each writes the pages again that all of them change. Cut short, they are derived once
 * more.
 */
const CONTENTS_FIRST = 512
const CONTENTS_PER_COMMIT = 1024
/** A disk that is too full to commit: no more is held in memory. */
const UNCOMMITTED_MAX = 4 * CONTENTS_PER_COMMIT
const MISSING_AT_ONCE = 256
/** With fewer, the thread is left alone: to get it going takes as long. */
const HELPED_MIN = 128
/** With fewer, memory for the writing of many is not taken. */
const BULK_MIN = 4096
/** Of one task for the thread: few, so that what it makes of them is soon forgotten. */
const TASK_RECORDS = 8
const TASK_BYTES = 2 * 1024 * 1024
/** What it does while we commit, and do not give it more. */
const TASKS_AHEAD = 32

/** `pause` is called at the end of each slice of time. Throws IndexStorageError. */
export async function deriveMissing(parts: CatchUpParts, slices: Slices, pause: () => Promise<void>): Promise<void> {
  const { index, mailReader } = parts
  const missing = index.missing.count()
  if (missing === 0) return
  // A message that is in several places with different flags counts for each.
  const total = Math.max(index.state.emails.live, missing)
  let done = total - missing
  const tell = (): void => parts.progress?.({ phase: 'messages', done, total })
  tell()
  using deriver = missing < HELPED_MIN ? null : (parts.beginDeriving?.() ?? null)
  using bulk = missing < BULK_MIN ? null : index.beginBulk()
  if (missing >= HELPED_MIN) index.mails.learnFirsts()
  let perCommit = CONTENTS_FIRST
  for await (const { record, derived, payload } of derivedRecords(parts, deriver)) {
    if (index.mails.emailsOf(record).length > 0) {
      const steps = deriveRecordInSteps(index, mailReader, record, payload)
      storeRecord(index, record, derived ?? (await slices.run(steps)))
    }
    wipe(payload?.key)
    index.missing.found(record)
    done++
    if (index.uncommitted >= perCommit) {
      if (index.flush()) perCommit = CONTENTS_PER_COMMIT
      else if (index.uncommitted >= UNCOMMITTED_MAX) {
        throw new IndexStorageError('noSpace', 'there is no room for the index')
      }
    }
    if (slices.over) {
      tell()
      await pause()
    }
  }
  bulk?.finish()
  index.flush()
  tell()
}

interface DerivedMissing {
  readonly record: number
  /** Null: it is to be derived here. */
  readonly derived: StorableRecord | null
  /** How it may be opened for that. */
  readonly payload: PayloadKey | null
}

/** What the thread was given. */
class Task {
  readonly records: readonly number[]
  readonly answer: Promise<DerivedBatch>
  isAnswered = false

  constructor(records: readonly number[], answer: Promise<DerivedBatch>) {
    this.records = records
    this.answer = answer
    const answered = (): void => void (this.isAnswered = true)
    answer.then(answered, answered)
  }
}

async function* derivedRecords(
  parts: CatchUpParts,
  deriver: RecordDeriver | null,
): AsyncGenerator<DerivedMissing, void, void> {
  const tasks: Task[] = []
  const batches = batchesOf(parts, deriver === null ? 1 : TASK_RECORDS)
  const here: DerivedMissing[] = []
  const doHere = ({ records, places }: Batch): void => {
    for (const [at, record] of records.entries()) {
      here.push({ record, derived: null, payload: places[at]?.payload ?? null })
    }
  }
  const take = (): Batch | null => {
    const batch = batches.next()
    return batch.done === true ? null : batch.value
  }
  try {
    for (;;) {
      while (deriver?.isRunning === true && tasks.length < TASKS_AHEAD) {
        const batch = take()
        if (batch === null) break
        if (batch.places.length === 0) doHere(batch)
        else {
          tasks.push(new Task(batch.records, deriver.derive(batch.places)))
          wipe(...batch.places.map(({ payload }) => payload?.key))
        }
      }
      if (here.length === 0 && tasks[0]?.isAnswered !== true) {
        const batch = take()
        if (batch !== null) doHere(batch)
      }
      const next = here.shift()
      if (next !== undefined) {
        yield next
        continue
      }
      const task = tasks.shift()
      if (task === undefined) return
      using batch = await task.answer
      const answers = batch.records()
      for (const known of task.records) {
        const { value } = answers.next()
        yield { record: known, derived: value ?? null, payload: null }
      }
    }
  } finally {
    for (const { answer } of tasks) discard(answer)
    for (const { payload } of here) wipe(payload?.key)
  }
}

interface Batch {
  readonly records: readonly number[]
  readonly places: readonly RecordToDerive[]
}

/** Those that cannot be found are a batch of their own, without places. */
function* batchesOf({ index, keptKeys }: CatchUpParts, recordsMax: number): Generator<Batch, void, void> {
  let records: number[] = []
  let places: RecordToDerive[] = []
  let bytes = 0
  const take = (): Batch => {
    const taken = { records, places }
    records = []
    places = []
    bytes = 0
    return taken
  }
  for (const { record, place } of missingRecords(index)) {
    const isWanted = place !== null && index.mails.emailsOf(record).length > 0
    const payloadBytes = isWanted ? payloadLengthOf(asBuffer(place.head)) : 0
    if (records.length > 0 && (!isWanted || bytes + payloadBytes > TASK_BYTES)) yield take()
    records.push(record)
    if (isWanted) places.push({ ...place, payload: keptKeys?.take(record) ?? undefined })
    bytes += payloadBytes
    if (!isWanted || records.length === recordsMax) yield take()
  }
  if (records.length > 0) yield take()
}

function* missingRecords(index: AccountIndex): Generator<MissingRecord> {
  for (let after = -1; ;) {
    const records = index.missing.after(after, MISSING_AT_ONCE)
    const last = records.at(-1)
    if (last === undefined) return
    yield* records
    after = last.record
  }
}
