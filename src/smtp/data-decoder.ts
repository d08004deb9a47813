// The content of a message as DATA carries it (RFC 5321 §4.5.2): finds its end, takes out the dots that were stuffed in, and refuses
// everything that two implementations could read differently.
//
// Only CRLF ends a line, and only `CRLF . CRLF` (or `. CRLF` right at the beginning) ends the message. A CR or LF on its own is not part of
// any message (RFC 5321 §2.3.8): the decoder stops there for good, because who sent it may think that the message has ended.
//
// Streaming, in place: content is moved within the chunk over the dots that go. Any division into chunks gives the same content
// and the same end. No byte is held back between chunks except a dot, or a dot and CR, that begins a line.

import { nextControl } from './next-control.ts'

export type DataOutcome =
  /** The chunk is used up. */
  | 'more'
  /** The end of the message is reached. */
  | 'end'
  | 'bareCr'
  | 'bareLf'

const NUL = 0x00
const LF = 0x0a
const CR = 0x0d
const DOT = 0x2e
const EMPTY = Buffer.alloc(0)

type State = 'lineStart' | 'text' | 'cr' | 'dot' | 'dotCr'

export class DataDecoder {
  #state: State = 'lineStart'
  /** Of the last call: the message's own bytes, a view of the chunk. */
  content: Buffer = EMPTY
  /** Of the last call: where in the chunk the bytes after the message begin. */
  next = 0
  /** A NUL has come. It does not end anything, but no text holds one. */
  hasNul = false

  /** Reads `chunk` from `at`, and overwrites that part of it. */
  decode(chunk: Buffer, at: number): DataOutcome {
    const length = chunk.length
    let state = this.#state
    /** Content is `chunk[at, to)` and what begins at `from`. */
    let to = at
    let from = at
    let i = at
    let outcome: DataOutcome = 'more'
    while (i < length && outcome === 'more') {
      switch (state) {
        case 'lineStart':
          if (chunk[i] === DOT) {
            to = move(chunk, from, i, to)
            from = ++i
            state = 'dot'
          } else state = 'text'
          break
        case 'text': {
          i = nextControl(chunk, i, length)
          if (i === length) break
          const byte = chunk[i]
          if (byte === LF) outcome = 'bareLf'
          else {
            if (byte === CR) state = 'cr'
            else if (byte === NUL) this.hasNul = true
            i++
          }
          break
        }
        case 'cr':
          if (chunk[i] === LF) {
            i++
            state = 'lineStart'
          } else outcome = 'bareCr'
          break
        case 'dot':
          // Whatever follows the dot is content, unless it is CRLF.
          if (chunk[i] === CR) {
            from = ++i
            state = 'dotCr'
          } else state = 'text'
          break
        case 'dotCr':
          if (chunk[i] === LF) {
            from = ++i
            outcome = 'end'
          } else outcome = 'bareCr'
          break
      }
    }
    this.#state = state
    this.next = i
    this.content = chunk.subarray(at, move(chunk, from, i, to))
    return outcome
  }
}

/** Moves `chunk[from, end)` to `to`; where it ends then. */
function move(chunk: Buffer, from: number, end: number, to: number): number {
  if (from !== to && from !== end) chunk.copyWithin(to, from, end)
  return to + end - from
}
