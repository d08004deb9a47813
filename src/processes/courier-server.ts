// The courier's side of its boundary (docs/formats/frames.md §4.6): messages that vaults bring, and the queue for the administrator.

import { accountIdFromBytes } from '#base/ids.ts'
import { QueueRefusedError } from '#delivery/queue-errors.ts'
import { type QueueId, type QueuedMessage, parseQueueId } from '#delivery/queue-message.ts'
import type { QueueWriter } from '#delivery/queue-writer.ts'
import type { Queue } from '#delivery/queue.ts'
import type { CallHandlers } from '#protocol/call-server.ts'
import type { CourierAdminRequest, CourierAdminResponse, CourierRequest, CourierResponse } from '#protocol/courier.ts'
import { ProtocolError } from '#protocol/frame.ts'
import type { DirectoryClient } from './directory-client.ts'
import { type AdministeredScrub, answerScrub } from './scrub-admin.ts'

export interface CourierService {
  readonly queue: Queue
  readonly directory: DirectoryClient
  /** There is a way to send mail elsewhere. */
  readonly sendsElsewhere: boolean
  readonly accepted: (id: QueueId, recipients: number) => void
}

/** On their way at a time, over one connection. */
const MESSAGES_MAX = 256
const LISTED_MAX = 10_000

const DONE: CourierResponse = { kind: 'done' }
const UNAVAILABLE: CourierResponse = { kind: 'refused', reason: 'unavailable' }

export function serveCourier(service: CourierService): CallHandlers<CourierRequest, CourierResponse> {
  const { queue, directory } = service
  const writers = new Map<number, { readonly writer: QueueWriter; readonly recipients: number }>()

  const writerOf = (message: number): QueueWriter => {
    const found = writers.get(message)
    if (found === undefined) throw new ProtocolError('no such message')
    return found.writer
  }
  const drop = (message: number): void => {
    writers.get(message)?.writer[Symbol.dispose]()
    writers.delete(message)
  }

  async function checkRecipient(address: string): Promise<CourierResponse> {
    const resolved = await directory.resolve(address)
    if (resolved === null) return UNAVAILABLE
    if (resolved.kind === 'accounts') return { kind: 'sendable' }
    if (resolved.kind === 'unknown') return resolved
    return service.sendsElsewhere ? { kind: 'sendable' } : { kind: 'noRoute' }
  }

  /** Aliases of several accounts stand for each of them: the queue knows what became of every one. Null: it cannot be told now. */
  async function expand(recipients: readonly string[]): Promise<readonly string[] | null> {
    const resolved = await Promise.all(recipients.map((address) => directory.resolve(address)))
    if (resolved.includes(null)) return null
    return recipients.flatMap((address, index) => {
      const one = resolved[index]
      return one?.kind === 'accounts' && one.accounts.length > 1
        ? one.accounts.map((account) => account.address)
        : [address]
    })
  }

  async function commit(message: number): Promise<CourierResponse> {
    const recipients = writers.get(message)?.recipients ?? 0
    const writer = writerOf(message)
    writers.delete(message)
    try {
      await writer.commit()
      service.accepted(writer.id, recipients)
      return { kind: 'accepted', id: writer.id }
    } finally {
      writer[Symbol.dispose]()
    }
  }

  async function answer(request: CourierRequest): Promise<CourierResponse> {
    switch (request.kind) {
      case 'checkRecipient':
        return checkRecipient(request.address)
      case 'begin': {
        const { message, submitter, sender, recipients, smtpUtf8 } = request
        if (writers.has(message) || writers.size >= MESSAGES_MAX || recipients.length === 0) {
          throw new ProtocolError('not to be begun')
        }
        const expanded = await expand(recipients)
        if (expanded === null) return UNAVAILABLE
        const envelope = { sender, recipients: expanded, submitter: accountIdFromBytes(submitter), smtpUtf8 }
        writers.set(message, { writer: queue.begin(envelope), recipients: expanded.length })
        return DONE
      }
      case 'chunk':
        await writerOf(request.message).write(request.bytes)
        return DONE
      case 'commit':
        return commit(request.message)
      case 'abort':
        drop(request.message)
        return DONE
    }
  }

  return {
    async request(request) {
      try {
        return await answer(request)
      } catch (error) {
        if (error instanceof QueueRefusedError) return { kind: 'refused', reason: error.reason }
        throw error
      }
    },
    closed() {
      for (const message of writers.keys()) drop(message)
    },
  }
}

export function serveCourierAdmin(
  queue: Queue,
  scrub: AdministeredScrub,
): CallHandlers<CourierAdminRequest, CourierAdminResponse> {
  async function answer(request: CourierAdminRequest): Promise<CourierAdminResponse> {
    if (request.kind === 'list') return list(queue)
    if (request.kind === 'scrub') return answerScrub(scrub, request.action)
    const id = parseQueueId(request.id)
    if (id === null) return { kind: 'notFound' }
    const isDone = await queue[request.kind](id)
    return { kind: isDone ? 'done' : 'notFound' }
  }
  return {
    async request(request) {
      try {
        return await answer(request)
      } catch (error) {
        if (error instanceof QueueRefusedError) return { kind: 'unavailable' }
        throw error
      }
    },
  }
}

function list(queue: Queue): CourierAdminResponse {
  const messages = [...queue.messages()]
    .sort((a, b) => a.submittedAt - b.submittedAt)
    .slice(0, LISTED_MAX)
    .map(describe)
  return { kind: 'messages', count: queue.count, messages }
}

function describe(message: QueuedMessage): Extract<CourierAdminResponse, { kind: 'messages' }>['messages'][number] {
  const { id, submittedAt, expiresAt, sizeBytes, held, recipients } = message
  return {
    id,
    submittedAt,
    expiresAt,
    sizeBytes,
    isHeld: held,
    recipients: recipients.map(({ address, state, attempts, nextAttempt, lastReply }) => ({
      address,
      state,
      attempts,
      nextAttempt: state === 'waiting' ? nextAttempt : null,
      reply:
        lastReply === null
          ? null
          : {
              host: lastReply.host ?? '',
              code: lastReply.code,
              status: lastReply.status,
              text: lastReply.text.slice(0, 300),
            },
    })),
  }
}
