// The one message of SASL PLAIN (RFC 4616): `[authzid] NUL authcid NUL passwd`, bytes to bytes, because they are a password.

export interface PlainCredentials {
  /** New buffers: their owner wipes them. */
  readonly name: Buffer
  readonly password: Buffer
}

const PART_MAX = 1_024

/** Null unless there are exactly three parts, the last two of 1 to 1,024 bytes, and an authorization identity that is empty or equal to the name. */
export function parseSaslPlain(message: Uint8Array): PlainCredentials | null {
  const first = message.indexOf(0)
  const second = first < 0 ? -1 : message.indexOf(0, first + 1)
  if (second < 0 || message.indexOf(0, second + 1) >= 0) return null
  const authorization = message.subarray(0, first)
  const name = message.subarray(first + 1, second)
  const password = message.subarray(second + 1)
  if (name.length === 0 || name.length > PART_MAX || password.length === 0 || password.length > PART_MAX) return null
  // Acting for somebody else is not offered.
  if (authorization.length > 0 && Buffer.compare(authorization, name) !== 0) return null
  return { name: Buffer.from(name), password: Buffer.from(password) }
}
