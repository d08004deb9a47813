// What callers of the queue have to expect. None of these says anything about messages.

import { DiskError } from '#platform/disk.ts'

export type QueueRefusal =
  /** The disk is full. */
  | 'noSpace'
  /** As many messages or bytes as the queue may have. */
  | 'full'
  | 'tooLarge'
  /** It has been through too many servers. */
  | 'loop'
  | 'unavailable'

/** The queue did not take it. After a crash it may be there nonetheless. */
export class QueueRefusedError extends Error {
  override name = 'QueueRefusedError'
  readonly reason: QueueRefusal

  constructor(reason: QueueRefusal, options?: ErrorOptions) {
    super(`the queue refused: ${reason}`, options)
    this.reason = reason
  }
}

/** A sync failed: what it should have made durable may be lost, and asking again would not tell. The queue does not go on. */
export class SyncFailedError extends Error {
  override name = 'SyncFailedError'
}

/** The queue was written with another key. Nothing of it was touched. */
export class QueueKeyError extends Error {
  override name = 'QueueKeyError'

  constructor() {
    super('the queue was written with another key')
  }
}

/** Stored content does not open. */
export class ContentDamagedError extends Error {
  override name = 'ContentDamagedError'

  constructor() {
    super('the content of a queued message is damaged')
  }
}

export async function orSyncFailed(sync: Promise<void>): Promise<void> {
  try {
    await sync
  } catch (cause) {
    throw new SyncFailedError('a sync failed', { cause })
  }
}

/** How a fault of the disk is told to callers. */
export function refusalOf(error: unknown): QueueRefusedError {
  if (error instanceof QueueRefusedError) return error
  const full = error instanceof DiskError && ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(error.code)
  return new QueueRefusedError(full ? 'noSpace' : 'unavailable', { cause: error })
}
