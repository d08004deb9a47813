// Names of scripts (RFC 5804 §1.6).

/** In characters; RFC 5804 wants 128 at least. */
const NAME_LENGTH_MAX = 128

const FORBIDDEN = /[\p{Cc}\u2028\u2029]/u

export function isScriptName(name: string): boolean {
  if (name === '' || name.length > 4 * NAME_LENGTH_MAX || !name.isWellFormed()) return false
  return !FORBIDDEN.test(name) && Array.from(name).length <= NAME_LENGTH_MAX
}
