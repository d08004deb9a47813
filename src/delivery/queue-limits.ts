// What the queue refuses to exceed, and the sizes at which it changes its ways. Readers of its format rely on none of them.

const KIB = 1024
const MIB = 1024 * KIB

export interface QueueLimits {
  /** Queued messages, and bytes of their contents in sum. Beyond, new ones are refused. */
  readonly messages: number
  readonly bytes: number
  readonly messageBytes: number
  /** A larger content has a file of its own. */
  readonly inlineBytes: number
  /** Of each file of the log. */
  readonly fileBytes: number
  /** A group takes no further transaction when it has this size. */
  readonly groupBytes: number
  /** Of transactions that wait: beyond, new messages are refused. */
  readonly waitingBytes: number
  /** Files of the log that are there although few of the messages in them are still queued. */
  readonly untidyFiles: number
  /** How long deliveries are attempted. */
  readonly lifetimeMs: number
}

const DAY_MS = 24 * 3600 * 1000

export const DEFAULT_QUEUE_LIMITS: QueueLimits = {
  messages: 100_000,
  bytes: 8 * 1024 * MIB,
  messageBytes: 512 * MIB,
  inlineBytes: 128 * KIB,
  fileBytes: 8 * MIB,
  groupBytes: 2 * MIB,
  waitingBytes: 16 * MIB,
  untidyFiles: 4,
  lifetimeMs: 5 * DAY_MS,
}
