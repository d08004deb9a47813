// What a client calls itself in HELO and EHLO (RFC 5321 §4.1.1.1). Nothing depends on its truth, and it ends in a trace field: read
// liberally as to form, strictly as to characters.

const NAME = /^[a-z0-9._:%[\]-]{1,255}$/i

/** Null if it cannot be a domain or an address literal, by any stretch. */
export function parseHelloName(args: string): string | null {
  const name = args.trim()
  return NAME.test(name) ? name : null
}
