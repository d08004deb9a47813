// Gives up files of the queue's log that nothing needs. Files go from the oldest on, so that a message that waits long keeps all that
// came after it: when most of what is kept that way is of no use, the messages of the oldest file are written again.

import { DiskError } from '#platform/disk.ts'
import { type ContentPlace, type DecodedMessage, encodeMessage } from './queue-codec.ts'
import { type NewQueueRecord, recordBytes, wipeRecords } from './queue-format.ts'
import type { QueueLimits } from './queue-limits.ts'
import type { Place, QueueLog } from './queue-log.ts'
import type { QueueId } from './queue-message.ts'
import type { QueueEntry, QueueState } from './queue-state.ts'

/**
 * To be called when no group is being written. Resolves with whether there is more to do: other groups may be written first. Throws
 * SyncFailedError.
 */
export async function tidyLog(log: QueueLog, state: QueueState, limits: QueueLimits): Promise<boolean> {
  try {
    await log.leaveDistrusted()
    for (;;) {
      const { oldest } = log
      if (oldest === null) return false
      const kept = state.inFile(oldest)
      if (kept.length > 0) {
        if (!log.isOldestDistrusted && !isUntidy(log, state, limits)) return false
        await carryForward(log, state, limits, kept)
        return true
      }
      await log.retireOldest()
    }
  } catch (error) {
    // It is tried again after the next group.
    if (error instanceof DiskError) return false
    throw error
  }
}

function isUntidy(log: QueueLog, state: QueueState, { fileBytes, untidyFiles }: QueueLimits): boolean {
  return (log.fileCount - untidyFiles) * fileBytes > state.logBytes * 2
}

/** As many as a group takes. */
async function carryForward(
  log: QueueLog,
  state: QueueState,
  { groupBytes }: QueueLimits,
  ids: readonly QueueId[],
): Promise<void> {
  const moved: DecodedMessage[] = []
  const records: NewQueueRecord[] = []
  let bytes = 0
  for (const id of ids) {
    const entry = state.get(id)
    if (entry === null) continue
    const inline = readInline(log, entry)
    const content: ContentPlace = placeOf(entry, inline)
    const header = encodeMessage(entry.message, content)
    const record: NewQueueRecord = { kind: 'message', header, content: inline ?? Buffer.alloc(0) }
    bytes += recordBytes(record)
    if (records.length > 0 && bytes > groupBytes) {
      wipeRecords([record])
      break
    }
    records.push(record)
    moved.push({ message: entry.message, content })
  }
  try {
    const places = await log.append(records)
    for (const [index, one] of moved.entries()) state.put(one, places[index] as Place)
  } finally {
    wipeRecords(records)
  }
}

/** Null if it is damaged. */
function readInline(log: QueueLog, { content, message }: QueueEntry): Buffer | null {
  if (content.kind !== 'inline') return Buffer.alloc(0)
  const bytes = log.read(content.place)
  return bytes?.length === message.sizeBytes ? bytes : null
}

function placeOf({ content }: QueueEntry, inline: Buffer | null): ContentPlace {
  if (content.kind !== 'inline') return content
  return inline === null ? { kind: 'lost' } : { kind: 'inline' }
}
