// A message as the lines of a multi-line reply (RFC 1939 §3): each ends in CRLF, and one that begins with a dot gets another.
//
// Stored messages may have a bare LF (from an import); it is a line end too, and is sent as CRLF, because clients differ in
// what they take for the end of a line, and a line of one dot would end the reply for some of them.

const LF = 0x0a
const CR = 0x0d
const DOT = 0x2e
const LINE_END = Buffer.from('\r\n')
const STUFFING = Buffer.from('.')
const REPLY_END = Buffer.from('.\r\n')

type Write = (bytes: Uint8Array) => void

export class DotStuffer {
  /** Of the line that is being written, without its LF. */
  #lineLength = 0
  #lastByte = 0
  #isInBody = false
  #bodyLinesLeft: number

  /** `bodyLinesMax`: lines wanted after the header and the empty line; Infinity for all. */
  constructor(bodyLinesMax: number) {
    this.#bodyLinesLeft = bodyLinesMax
  }

  /** All that was wanted is written. */
  get isDone(): boolean {
    return this.#isInBody && this.#bodyLinesLeft <= 0
  }

  push(piece: Uint8Array, write: Write): void {
    let at = 0
    while (at < piece.length && !this.isDone) {
      if (this.#lineLength === 0 && piece[at] === DOT) write(STUFFING)
      const found = piece.indexOf(LF, at)
      const end = found < 0 ? piece.length : found
      if (end > at) {
        write(piece.subarray(at, end))
        this.#lineLength += end - at
        this.#lastByte = piece[end - 1] as number
      }
      if (found < 0) return
      this.#endLine(write)
      at = end + 1
    }
  }

  #endLine(write: Write): void {
    const endsInCr = this.#lineLength > 0 && this.#lastByte === CR
    write(endsInCr ? LINE_END.subarray(1) : LINE_END)
    if (this.#isInBody) this.#bodyLinesLeft--
    else if (this.#lineLength === (endsInCr ? 1 : 0)) this.#isInBody = true
    this.#lineLength = 0
  }

  /** The end of the reply. */
  finish(write: Write): void {
    if (this.#lineLength > 0) write(LINE_END)
    write(REPLY_END)
  }
}
