// Replies that more than one place has use for.

import { type Reply, reply } from './reply.ts'

export const UNKNOWN = reply(500, '5.5.1', 'There is no such command')
export const TOO_LONG = reply(500, '5.5.2', 'The command is too long')
export const NO_TEXT = reply(500, '5.5.2', 'The command is not text')
export const FOREIGN = reply(500, '5.5.1', 'This is SMTP')
export const SYNTAX = reply(501, '5.5.4', 'The command is malformed')
export const HELLO_FIRST = reply(503, '5.5.1', 'EHLO first')

/** The session ends with it: what has come so far, or comes next, may mean something else to its sender than to us. */
export const BARE_LINE_END: Readonly<Record<'bareCr' | 'bareLf', Reply>> = {
  bareCr: reply(550, '5.5.2', 'A CR without LF was received: lines end in CRLF only (RFC 5321 section 2.3.8)'),
  bareLf: reply(550, '5.5.2', 'An LF without CR was received: lines end in CRLF only (RFC 5321 section 2.3.8)'),
}

export const INJECTION = reply(554, '5.5.1', 'Nothing may follow STARTTLS in the clear')
export const BEGIN_TLS = reply(220, '2.0.0', 'Begin TLS now')
export const DONE = reply(250, '2.0.0', 'Done')
export const GOODBYE = reply(221, '2.0.0', 'Goodbye')
export const TIMEOUT = reply(421, '4.4.2', 'That took too long')
export const TOO_MANY_ERRORS = reply(421, '4.7.0', 'Too many errors')
