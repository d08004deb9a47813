// The courier as vaults see it: takes messages that owners send, and answers for them when they are durable.

import { type AccountId, accountIdToBytes } from '#base/ids.ts'
import type { Connection } from '#platform/net.ts'
import { CallClient, CallLostError, CallRefusedError } from '#protocol/call-client.ts'
import { COURIER_CHUNK_BYTES_MAX, type CourierRequest, type CourierResponse, courierSchema } from '#protocol/courier.ts'

export interface OutgoingEnvelope {
  readonly submitter: AccountId
  /** Empty for the null return path. */
  readonly sender: string
  readonly recipients: readonly string[]
  readonly smtpUtf8: boolean
}

type Refusal = Extract<CourierResponse, { kind: 'refused' }>['reason']

export type CommitOutcome =
  | { readonly kind: 'accepted'; readonly id: string }
  | { readonly kind: 'refused'; readonly reason: Refusal }

/** A message on its way to the courier. `commit` or `abort` ends it. */
export interface OutgoingMessage {
  /** Takes a copy. What goes wrong is told by `commit`. */
  write(chunk: Uint8Array): Promise<void>
  commit(): Promise<CommitOutcome>
  abort(): void
}

export class CourierClient {
  readonly #calls: CallClient<CourierRequest, CourierResponse>
  #nextMessage = 1

  constructor(connect: () => Promise<Connection>) {
    this.#calls = new CallClient(courierSchema, { connect })
  }

  close(): void {
    this.#calls.close()
  }

  async checkRecipient(address: string): Promise<'sendable' | 'unknown' | 'noRoute' | 'unavailable'> {
    const answer = await this.#call({ kind: 'checkRecipient', address })
    return answer.kind === 'sendable' || answer.kind === 'unknown' || answer.kind === 'noRoute'
      ? answer.kind
      : 'unavailable'
  }

  begin({ submitter, sender, recipients, smtpUtf8 }: OutgoingEnvelope): OutgoingMessage {
    const message = this.#nextMessage++
    const envelope = { submitter: accountIdToBytes(submitter), sender, recipients, smtpUtf8 }
    let last: Promise<CourierResponse> = this.#call({ kind: 'begin', message, ...envelope })
    const send = async (request: CourierRequest): Promise<CourierResponse> => {
      const before = await last
      // After a refusal nothing more is of use.
      return before.kind === 'done' ? this.#call(request) : before
    }
    return {
      async write(chunk) {
        for (let at = 0; at < chunk.length; at += COURIER_CHUNK_BYTES_MAX) {
          last = send({ kind: 'chunk', message, bytes: chunk.subarray(at, at + COURIER_CHUNK_BYTES_MAX) })
          await last
        }
      },
      async commit() {
        const answer = await send({ kind: 'commit', message })
        if (answer.kind === 'accepted') return answer
        return { kind: 'refused', reason: answer.kind === 'refused' ? answer.reason : 'unavailable' }
      },
      abort: () => void this.#calls.tell({ kind: 'abort', message }),
    }
  }

  async #call(request: CourierRequest): Promise<CourierResponse> {
    try {
      return await this.#calls.call(request)
    } catch (error) {
      if (error instanceof CallRefusedError || error instanceof CallLostError)
        return { kind: 'refused', reason: 'unavailable' }
      throw error
    }
  }
}
