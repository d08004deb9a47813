// The tag of a command that cannot be read any further (RFC 9051 §2.2.1).

import { asciiText } from '#base/bytes.ts'

export const TAG_MAX = 64

/** The tag that a text begins with, or `*`. */
export function tagOf(text: Uint8Array): string {
  const word = asciiText(text.subarray(0, TAG_MAX + 1)).split(' ')[0] as string
  return /^[!#$&',\-./0-9:;<=>?@A-Z[\]^_`a-z|}~]{1,64}$/.test(word) ? word : '*'
}
