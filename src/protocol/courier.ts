// What vaults and the administrator's command ask of the courier (docs/formats/frames.md §4.6).

import { bool, bytes, fixed, list, nullable, oneOf, struct, text, u16, u32, u53, variant } from '#base/codec.ts'
import type { CallSchema } from './call-server.ts'
import { scrubAction, scrubStatusFields } from './scrub.ts'

const address = text(1_024)
const RECIPIENTS_MAX = 1_000
export const COURIER_CHUNK_BYTES_MAX = 65_536

const request = variant({
  /** Whether mail for the address can be sent. */
  checkRecipient: { address },
  /** Begins a message. The client chooses the number, which is free. */
  begin: {
    message: u32,
    submitter: fixed(16),
    sender: address,
    recipients: list(address, RECIPIENTS_MAX),
    smtpUtf8: bool,
  },
  chunk: { message: u32, bytes: bytes(COURIER_CHUNK_BYTES_MAX) },
  /** Answered when it is durable. */
  commit: { message: u32 },
  abort: { message: u32 },
})

const response = variant({
  done: {},
  refused: { reason: oneOf('noSpace', 'full', 'tooLarge', 'loop', 'unavailable') },
  accepted: { id: text(64) },
  /** Answers to `checkRecipient`. */
  sendable: {},
  /** A domain of ours without such an address. */
  unknown: {},
  /** There is no way to send mail elsewhere. */
  noRoute: {},
})

export const courierSchema = {
  request,
  response,
  requestBytesMax: 2 * 1024 * 1024,
  responseBytesMax: 1_024,
} satisfies CallSchema<unknown, unknown>

export type CourierRequest = Parameters<typeof request.write>[1]
export type CourierResponse = Parameters<typeof response.write>[1]

const QUEUED_MAX = 10_000

const adminRequest = variant({
  list: {},
  hold: { id: text(64) },
  release: { id: text(64) },
  /** Now, not when its turn comes. */
  retry: { id: text(64) },
  cancel: { id: text(64) },
  scrub: { action: scrubAction },
})

const adminResponse = variant({
  done: {},
  notFound: {},
  unavailable: {},
  scrub: scrubStatusFields,
  messages: {
    /** Of the queue; the list may be cut. */
    count: u53,
    messages: list(
      struct({
        id: text(64),
        submittedAt: u53,
        expiresAt: u53,
        sizeBytes: u53,
        isHeld: bool,
        recipients: list(
          struct({
            address,
            state: oneOf('waiting', 'delivered', 'failed', 'cancelled'),
            attempts: u32,
            nextAttempt: nullable(u53),
            /** What was said last, and by whom; empty if it was us. */
            reply: nullable(struct({ host: text(255), code: u16, status: text(16), text: text(1_024) })),
          }),
          RECIPIENTS_MAX,
        ),
      }),
      QUEUED_MAX,
    ),
  },
})

export const courierAdminSchema = {
  request: adminRequest,
  response: adminResponse,
  requestBytesMax: 256,
  responseBytesMax: 64 * 1024 * 1024,
} satisfies CallSchema<unknown, unknown>

export type CourierAdminRequest = Parameters<typeof adminRequest.write>[1]
export type CourierAdminResponse = Parameters<typeof adminResponse.write>[1]
