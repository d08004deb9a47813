// Opening a queue directory: reads its log, removes what no message needs, and starts the queue. At most one process may have it open.

import { assert } from '#base/assert.ts'
import { randomBytes } from '#crypto/random.ts'
import { decodeChange, decodeGone, decodeMessage } from './queue-codec.ts'
import { largeDirectory, removeQuietly } from './queue-content.ts'
import { orSyncFailed } from './queue-errors.ts'
import { DEFAULT_QUEUE_LIMITS } from './queue-limits.ts'
import { QueueLog, type ReplayedRecord } from './queue-log.ts'
import { parseQueueId } from './queue-message.ts'
import { QueueState } from './queue-state.ts'
import { Queue, type QueueOptions } from './queue.ts'

/** Throws QueueKeyError, DiskError and SyncFailedError. */
export async function openQueue(options: QueueOptions): Promise<Queue> {
  const { disk, directory, random = randomBytes } = options
  const limits = { ...DEFAULT_QUEUE_LIMITS, ...options.limits }
  const key = Buffer.from(options.key)
  const state = new QueueState()
  const isNew = !disk.exists(directory)
  disk.makeDirectory(largeDirectory(directory))
  if (isNew) await orSyncFailed(disk.syncDirectory(directory.slice(0, directory.lastIndexOf('/')) || '/'))
  const log = await QueueLog.open({ disk, directory, key, random, fileBytes: limits.fileBytes }, (record) =>
    replay(state, record),
  )
  for (const name of disk.list(largeDirectory(directory))) {
    const id = parseQueueId(name)
    if (id === null || state.get(id)?.content.kind !== 'large')
      removeQuietly(disk, `${largeDirectory(directory)}/${name}`)
  }
  return new Queue(options, limits, random, log, state)
}

function replay(state: QueueState, { kind, header, place }: ReplayedRecord): void {
  switch (kind) {
    case 'message': {
      const decoded = decodeMessage(header)
      assert(decoded !== null, 'an authentic record can be read')
      state.put(decoded, place)
      return
    }
    case 'change': {
      const decoded = decodeChange(header)
      assert(decoded !== null, 'an authentic record can be read')
      state.change(decoded)
      return
    }
    case 'gone': {
      const id = decodeGone(header)
      assert(id !== null, 'an authentic record can be read')
      state.remove(id)
      return
    }
  }
}
