// What a queue must hold: what was acknowledged, and of what was neither acknowledged nor refused for good, either outcome.

import assert from 'node:assert/strict'
import { DEFAULT_QUEUE_LIMITS } from '#delivery/queue-limits.ts'
import {
  type MessageChange,
  type QueueId,
  type QueuedMessage,
  changedMessage,
  isFinished,
} from '#delivery/queue-message.ts'
import type { Queue } from '#delivery/queue.ts'
import type { Submission } from '#delivery/queue-writer.ts'

/** Null: it is cancelled. */
export type ModelChange = MessageChange | null

interface ModelMessage {
  /** As it was last known for sure. Null if it may not exist. */
  message: QueuedMessage
  readonly content: Buffer
  /** It may not be there. */
  doubtful: boolean
  /** Since then: some of them may have happened. */
  changes: { readonly change: ModelChange; readonly acknowledged: boolean }[]
}

export class QueueModel {
  readonly #messages = new Map<QueueId, ModelMessage>()

  get ids(): QueueId[] {
    return [...this.#messages.keys()]
  }

  submitted(id: QueueId, submission: Submission, content: Buffer, now: number, acknowledged: boolean): void {
    const headerBytes = content.indexOf('\n\n') + 2
    const message: QueuedMessage = {
      id,
      sender: submission.sender,
      submitter: submission.submitter,
      submittedAt: now,
      expiresAt: now + DEFAULT_QUEUE_LIMITS.lifetimeMs,
      smtpUtf8: false,
      eightBit: content.some((byte) => byte > 127),
      sizeBytes: content.length,
      headerBytes,
      held: false,
      delayTold: false,
      recipients: submission.recipients.map((address) => ({
        address,
        state: 'waiting',
        attempts: 0,
        nextAttempt: now,
        lastAttempt: null,
        lastReply: null,
      })),
    }
    this.#messages.set(id, { message, content, doubtful: !acknowledged, changes: [] })
  }

  changed(id: QueueId, change: ModelChange, acknowledged: boolean): void {
    this.#messages.get(id)?.changes.push({ change, acknowledged })
  }

  /** Compares; from then on what is there is known for sure. */
  check(queue: Queue): void {
    const found = new Map([...queue.messages()].map((message) => [message.id, message]))
    for (const id of found.keys()) assert.ok(this.#messages.has(id), 'nothing is there that was not submitted')
    assert.equal(queue.count, found.size)
    let bytes = 0
    for (const [id, known] of this.#messages) {
      const message = found.get(id) ?? null
      const possible = possibleStates(known)
      assert.ok(
        possible.some((state) => sameMessage(state, message)),
        `${JSON.stringify(message)} is none of ${JSON.stringify(possible)}`,
      )
      if (message === null) {
        this.#messages.delete(id)
        continue
      }
      assert.ok(Buffer.concat([...queue.content(id)]).equals(known.content), 'its content, byte for byte')
      bytes += known.content.length
      this.#messages.set(id, { message, content: known.content, doubtful: false, changes: [] })
    }
    assert.equal(queue.bytes, bytes)
  }
}

function sameMessage(one: QueuedMessage | null, other: QueuedMessage | null): boolean {
  return JSON.stringify(one && normal(one)) === JSON.stringify(other && normal(other))
}

/** Members in one order. */
function sorted(value: object): unknown {
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
}

function normal(message: QueuedMessage): unknown {
  return sorted({ ...message, recipients: message.recipients.map(sorted) })
}

function possibleStates({ message, doubtful, changes }: ModelMessage): (QueuedMessage | null)[] {
  let states: (QueuedMessage | null)[] = [message]
  for (const { change, acknowledged } of changes) {
    const after = states.map((state) => applied(state, change))
    states = acknowledged ? after : [...states, ...after]
    states = [...new Map(states.map((state) => [JSON.stringify(state), state])).values()]
  }
  return doubtful ? [...states, null] : states
}

function applied(message: QueuedMessage | null, change: ModelChange): QueuedMessage | null {
  if (message === null || change === null) return null
  const changed = changedMessage(message, change)
  return isFinished(changed) ? null : changed
}
