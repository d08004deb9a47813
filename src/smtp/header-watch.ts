// Looks at a message's header as it comes: how long it is, and through how many hands it has gone (RFC 5321 §6.3).
//
// The header ends at the first empty line. Lines end in CRLF; whoever feeds it has checked that. Nothing is kept of what goes by.

const LF = 0x0a
const CR = 0x0d
const NAME = Buffer.from('received')

export class HeaderWatch {
  #isInHeader = true
  /** Bytes of the current line, as far as it may still be a Received field; -1 when it cannot be. */
  #matched = 0
  #isAtLineStart = true
  headerBytes = 0
  receivedFields = 0

  push(content: Buffer): void {
    let i = 0
    while (this.#isInHeader && i < content.length) {
      const byte = content[i] as number
      if (this.#isAtLineStart && byte === CR) {
        this.#isInHeader = false
        break
      }
      this.#isAtLineStart = false
      if (this.#matched >= 0) {
        this.#match(byte)
        i++
        if (byte === LF) this.#beginLine()
        continue
      }
      const feed = content.indexOf(LF, i)
      if (feed < 0) {
        i = content.length
        break
      }
      this.#beginLine()
      i = feed + 1
    }
    this.headerBytes += i
  }

  #beginLine(): void {
    this.#isAtLineStart = true
    this.#matched = 0
  }

  #match(byte: number): void {
    if (this.#matched < NAME.length) {
      this.#matched = (byte | 0x20) === NAME[this.#matched] ? this.#matched + 1 : -1
      return
    }
    // RFC 5322 §4.5 allows white space before the colon.
    if (byte === 0x3a || byte === 0x20 || byte === 0x09) this.receivedFields++
    this.#matched = -1
  }
}
