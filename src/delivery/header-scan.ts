// What can be told of a message while it passes by in pieces: how many servers it has been through (RFC 5321 §6.3), and whether it needs a
// transport for eight bits (RFC 6152) or for UTF-8 in its header (RFC 6531). It keeps nothing of the message.

const CR = 0x0d
const LF = 0x0a
const TAB = 0x09
const SPACE = 0x20
const COLON = 0x3a
const UPPER = 0x20

const NAME = Buffer.from('received', 'latin1')

/** RFC 5321 §6.3 asks for at least 100. */
const HOPS_MAX = 100

/** Where a header line is with regard to the name that is counted. */
const OTHER_LINE = -1

export class HeaderScan {
  #inHeader = true
  /** Bytes of `NAME` that the line begins with, or OTHER_LINE. */
  #matched = 0
  /** Nothing but a CR is in the line so far. */
  #lineIsEmpty = true
  #received = 0
  #headerBytes = 0
  #eightBit = false
  #eightBitHeader = false

  /** It goes round in circles: it is not taken, or it is bounced. */
  get isLoop(): boolean {
    return this.#received > HOPS_MAX
  }

  /** Bytes over 127 anywhere. */
  get eightBit(): boolean {
    return this.#eightBit
  }

  /** Bytes over 127 in the message's own header. */
  get eightBitHeader(): boolean {
    return this.#eightBitHeader
  }

  /** Of the header so far, with the empty line that ends it. */
  get headerBytes(): number {
    return this.#headerBytes
  }

  push(chunk: Uint8Array): void {
    const bodyAt = this.#inHeader ? this.#pushHeader(chunk) : 0
    for (let at = bodyAt; at < chunk.length && !this.#eightBit; at++) {
      if ((chunk[at] as number) > 127) this.#eightBit = true
    }
  }

  /** Returns where the body begins in the chunk. */
  #pushHeader(chunk: Uint8Array): number {
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at] as number
      this.#headerBytes++
      if (byte === LF) {
        if (this.#lineIsEmpty) {
          this.#inHeader = false
          return at + 1
        }
        this.#matched = 0
        this.#lineIsEmpty = true
        continue
      }
      if (byte > 127) this.#eightBit = this.#eightBitHeader = true
      if (byte !== CR) this.#lineIsEmpty = false
      if (this.#matched !== OTHER_LINE) this.#match(byte)
    }
    return chunk.length
  }

  #match(byte: number): void {
    if (this.#matched < NAME.length) {
      this.#matched = (byte | UPPER) === NAME[this.#matched] ? this.#matched + 1 : OTHER_LINE
    } else if (byte === COLON) {
      this.#received++
      this.#matched = OTHER_LINE
    } else if (byte !== SPACE && byte !== TAB) this.#matched = OTHER_LINE
  }
}
