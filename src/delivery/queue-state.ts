// What the queue's log says, folded: the messages that are still queued, and where each has its record.

import type { DecodedChange, DecodedMessage } from './queue-codec.ts'
import type { Place } from './queue-log.ts'
import { type QueueId, type QueuedMessage, changedMessage, isFinished } from './queue-message.ts'

type StoredContent =
  | { readonly kind: 'inline'; readonly place: Place }
  | { readonly kind: 'large'; readonly key: Uint8Array; readonly sealedBytes: number }
  | { readonly kind: 'lost' }

export interface QueueEntry {
  readonly message: QueuedMessage
  readonly content: StoredContent
  /** The file of the log that has its record. */
  readonly file: number
}

/** Of a message's record, without its content: about as much. */
const ENVELOPE_BYTES = 2048

function logBytes({ message, content }: QueueEntry): number {
  return ENVELOPE_BYTES + (content.kind === 'inline' ? message.sizeBytes : 0)
}

export class QueueState {
  readonly #entries = new Map<QueueId, QueueEntry>()
  /** What keeps a file of the log. */
  readonly #byFile = new Map<number, Set<QueueId>>()
  #bytes = 0
  #logBytes = 0

  get count(): number {
    return this.#entries.size
  }

  /** Of the contents. */
  get bytes(): number {
    return this.#bytes
  }

  /** What messages take in the log, about. */
  get logBytes(): number {
    return this.#logBytes
  }

  get(id: QueueId): QueueEntry | null {
    return this.#entries.get(id) ?? null
  }

  messages(): IterableIterator<QueueEntry> {
    return this.#entries.values()
  }

  inFile(file: number): readonly QueueId[] {
    return [...(this.#byFile.get(file) ?? [])]
  }

  /** A message that is new, or that has its record somewhere else now. */
  put({ message, content }: DecodedMessage, place: Place): void {
    this.remove(message.id)
    const stored: StoredContent = content.kind === 'inline' ? { kind: 'inline', place } : content
    const entry = { message, content: stored, file: place.file }
    this.#entries.set(message.id, entry)
    const others = this.#byFile.get(place.file)
    if (others === undefined) this.#byFile.set(place.file, new Set([message.id]))
    else others.add(message.id)
    this.#bytes += message.sizeBytes
    this.#logBytes += logBytes(entry)
  }

  /** What was changed, or null: there is no such message any more. It is removed when nobody waits for it. */
  change({ id, change }: DecodedChange): QueueEntry | null {
    const entry = this.#entries.get(id)
    if (entry === undefined) return null
    const changed = { ...entry, message: changedMessage(entry.message, change) }
    if (isFinished(changed.message)) this.remove(id)
    else this.#entries.set(id, changed)
    return changed
  }

  remove(id: QueueId): void {
    const entry = this.#entries.get(id)
    if (entry === undefined) return
    this.#entries.delete(id)
    this.#bytes -= entry.message.sizeBytes
    this.#logBytes -= logBytes(entry)
    const others = this.#byFile.get(entry.file)
    others?.delete(id)
    if (others?.size === 0) this.#byFile.delete(entry.file)
  }
}
