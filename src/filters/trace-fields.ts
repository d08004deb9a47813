// What the trace fields that this server wrote before a message say of how it came (src/delivery/trace.ts): Return-Path, Delivered-To, Received.

import type { Octets } from '#message/part.ts'
import type { MessageView } from '#sieve/message-view.ts'

export interface Trace {
  /** Empty for the null reverse-path; null if the message did not come by delivery. */
  readonly from: Octets | null
  readonly to: Octets | null
  /** Empty where it is not known. */
  readonly remoteIp: string
  readonly remoteHost: string
  /** It was delivered to the same address before (RFC 9228 §4), or has been through too many servers: it goes in circles. */
  readonly isLoop: boolean
}

/** RFC 5321 §6.3. The queue takes no more than a hundred. */
const HOPS_MAX = 90

const CONNECTION = /\((?:([A-Za-z0-9._-]+) )?\[(?:IPv6:)?([0-9A-Fa-f.:]+)\]\)/

export function readTrace(message: MessageView): Trace {
  const [returnPath, deliveredTo, received, ...others] = message.all
  if (returnPath?.name !== 'return-path' || deliveredTo?.name !== 'delivered-to') {
    return { from: null, to: null, remoteIp: '', remoteHost: '', isLoop: false }
  }
  const from = /^<(.*)>$/s.exec(returnPath.value)?.[1] ?? ''
  const to = deliveredTo.value
  const connection = received?.name === 'received' ? CONNECTION.exec(received.value) : null
  return {
    from,
    to,
    remoteIp: connection?.[2] ?? '',
    remoteHost: connection?.[1] ?? '',
    isLoop:
      others.some(({ name, value }) => name === 'delivered-to' && value.toLowerCase() === to.toLowerCase()) ||
      message.fieldsOf('received').length > HOPS_MAX,
  }
}

const LF = 0x0a
const SPACE = 0x20
const TAB = 0x09

/** The message without its Return-Path, which is this server's own (RFC 5321 §4.4), as a view. */
export function withoutReturnPath(bytes: Buffer): Buffer {
  if (!/^return-path:/i.test(bytes.toString('latin1', 0, 12))) return bytes
  let at = 0
  do {
    const feed = bytes.indexOf(LF, at)
    if (feed < 0) return bytes
    at = feed + 1
  } while (bytes[at] === SPACE || bytes[at] === TAB)
  return bytes.subarray(at)
}
