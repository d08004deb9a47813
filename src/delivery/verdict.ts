// What follows from an attempt: what has to be recorded of each recipient, and what the sender is told.

import type { Outcomes } from './attempt.ts'
import { boundedReply } from './queue-codec.ts'
import type { MessageChange, QueuedMessage, RecipientChange, RecipientState } from './queue-message.ts'
import { type Schedule, retryDelayMs } from './schedule.ts'

/** `random`: from 0 up to, not including, 1. Recipients of one delivery stay together. */
export function recipientChanges(
  message: QueuedMessage,
  outcomes: Outcomes,
  schedule: Schedule,
  now: number,
  random: number,
): readonly RecipientChange[] {
  return [...outcomes].flatMap(([index, outcome]) => {
    const before = message.recipients[index]
    if (before === undefined) return []
    const attempts = before.attempts + 1
    const nextAttempt = now + retryDelayMs(schedule, attempts, random)
    // The next attempt would come too late.
    const expired = outcome.kind === 'delayed' && nextAttempt > message.expiresAt
    const state: RecipientState =
      outcome.kind === 'delivered' ? 'delivered' : outcome.kind === 'failed' || expired ? 'failed' : 'waiting'
    return [{ index, state, attempts, nextAttempt, lastAttempt: now, lastReply: boundedReply(outcome.reply) }]
  })
}

/** The sender has yet to hear that it takes long, if it does: there is a sender, and an attempt has been made. */
export function isToBeTold({ delayTold, sender, recipients }: QueuedMessage): boolean {
  return !delayTold && sender !== '' && recipients.some(({ state, attempts }) => state === 'waiting' && attempts > 0)
}

export interface RoundEnd {
  /** Null if there is nothing to record. */
  readonly change: MessageChange | null
  /** Positions of the recipients whom it will never reach, of whom the sender is told. */
  readonly failed: readonly number[]
  /** Those who still wait; the sender is told that it takes long. Empty if it is too early, or has been told. */
  readonly delayed: readonly number[]
}

/** Once everybody whose turn it was has an outcome: failures are recorded together, so that the sender gets one notice about them. */
export function roundEnd(
  message: QueuedMessage,
  failures: readonly RecipientChange[],
  schedule: Schedule,
  now: number,
): RoundEnd {
  const failed = failures.map(({ index }) => index)
  const isLate = isToBeTold(message) && now - message.submittedAt >= schedule.tellDelayAfterMs
  const delayed = message.recipients.flatMap(({ state, attempts }, index) =>
    isLate && state === 'waiting' && attempts > 0 && !failed.includes(index) ? [index] : [],
  )
  const delayTold = delayed.length > 0 ? true : null
  if (failures.length === 0 && delayTold === null) return { change: null, failed, delayed }
  return { change: { held: null, delayTold, recipients: failures }, failed, delayed }
}
