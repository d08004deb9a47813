// Bounds on what a client may send and ask for, and for how long it may be silent.

import { HEADER_BYTES_MAX } from '#message/limits.ts'

export interface SmtpLimits {
  /** RFC 1870: bytes of one message, without dot-stuffing. */
  readonly messageBytesMax: number
  /** A header beyond this would not be looked at by anybody who reads the message later. */
  readonly headerBytesMax: number
  /** RFC 5321 §6.3: a message that has been through more hops than this is in a loop. */
  readonly receivedFieldsMax: number
  /** RFC 5321 §4.5.3.1.8: at least 100. They are most of what a session holds in memory. */
  readonly recipientsMax: number
  /** MAIL commands of one connection. */
  readonly transactionsMax: number
  /** Commands since the last accepted message, except RCPT and BDAT that were accepted. */
  readonly fruitlessCommandsMax: number
  /** Recipients of one connection that were refused, for whatever reason: more is a search for addresses. */
  readonly refusedRecipientsMax: number
  /** Permanent refusals since the last accepted message, other than of recipients. */
  readonly errorsMax: number
  /** From this many errors (or refused recipients) on, each reply that reports one is delayed by `errorDelayMs`. */
  readonly errorsUndelayed: number
  readonly errorDelayMs: number
  /** Bytes of a refused message that are read past, in the hope of its end. For more the connection is not worth keeping. */
  readonly discardedBytesMax: number
  /** RFC 5321 §4.5.3.2.7: at least 5 minutes; from the last reply to the end of the next command, however slowly it comes. */
  readonly commandTimeoutMs: number
  /** RFC 5321 §4.5.3.2.5: silence within a message. */
  readonly contentTimeoutMs: number
  /** A message that comes more slowly than this on average, after `contentGraceMs`, is not waited for. */
  readonly contentBytesPerSecondMin: number
  readonly contentGraceMs: number
}

export const defaultLimits: SmtpLimits = {
  messageBytesMax: 50 * 1_048_576,
  headerBytesMax: HEADER_BYTES_MAX,
  receivedFieldsMax: 100,
  recipientsMax: 500,
  transactionsMax: 10_000,
  fruitlessCommandsMax: 100,
  refusedRecipientsMax: 100,
  errorsMax: 20,
  errorsUndelayed: 5,
  errorDelayMs: 1_000,
  discardedBytesMax: 128 * 1_048_576,
  commandTimeoutMs: 300_000,
  contentTimeoutMs: 180_000,
  contentBytesPerSecondMin: 256,
  contentGraceMs: 300_000,
}

/** RFC 5321 §4.5.3.1.4, with the line end. */
export const COMMAND_BYTES_MAX = 512

/** MAIL and RCPT with the parameters of every extension that is offered (RFC 1870, 6152, 6531, 4954), and room for addresses of 254 bytes. */
export const ENVELOPE_COMMAND_BYTES_MAX = 2_048

/** RFC 4954 §4: AUTH, and the lines of its exchange. */
export const AUTH_LINE_BYTES_MAX = 12_288

/** Bytes of an over-long line that are read past in the hope of its end. */
export const LINE_FLOOD_BYTES_MAX = 65_536
