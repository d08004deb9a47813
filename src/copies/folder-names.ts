// Names of directories and files for mailboxes: safe on every file system, each mailbox its own, and near to what the owner called it. The names that the
// owner gave are in the manifest.

import { encodeModifiedUtf7 } from '#imap/modified-utf7.ts'

const COMPONENT_BYTES_MAX = 180
/** Characters that mean something else to some file system or shell. */
const UNSAFE = /[%/\\:*?"<>|\p{Cc}]|^\.|[. ]$|^[ -]/gu
/** On Windows these are devices, with any ending. */
const DEVICE = /^(con|prn|aux|nul|com\d|lpt\d)(?=\.|$)/i

/** One component of a path. What is not safe is written as `%` and two hexadecimal digits for each byte, as in URLs. */
export function safeComponent(name: string): string {
  const safe = name
    .toWellFormed()
    .normalize('NFC')
    .replace(UNSAFE, percent)
    .replace(DEVICE, (device) => percent(device.charAt(0)) + device.slice(1))
  return safe === '' ? '%00' : cut(safe, COMPONENT_BYTES_MAX)
}

function percent(characters: string): string {
  return Array.from(Buffer.from(characters), (byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('')
}

/** No longer than so many bytes of UTF-8, and no character in halves. */
function cut(text: string, bytesMax: number): string {
  let bytes = 0
  let out = ''
  for (const character of text) {
    bytes += Buffer.byteLength(character)
    if (bytes > bytesMax) return out
    out += character
  }
  return out
}

/** The name of a Maildir++ folder: the components after dots, which therefore are in none, in the mailbox names' own UTF-7, as IMAP servers expect it. */
export function maildirFolder(path: readonly string[]): string {
  return path.map((name) => `.${cut(encodeModifiedUtf7(name.replaceAll(/[./]/g, '_')), COMPONENT_BYTES_MAX)}`).join('')
}

/** Gives a name to each, another one to each other, also where a file system does not tell cases apart. */
export class DistinctNames {
  readonly #taken = new Set<string>()

  /** The name itself if it is free, else with a number. */
  take(name: string): string {
    for (let number = 1; ; number++) {
      const candidate = number === 1 ? name : `${name}~${number}`
      const key = candidate.toLowerCase().normalize('NFC')
      if (this.#taken.has(key)) continue
      this.#taken.add(key)
      return candidate
    }
  }
}
