// The content of a message as BDAT carries it (RFC 3030): its length is counted, so that nothing in it can end it. Still, without
// BINARYMIME it is lines of text, and what holds a CR or LF on its own would mean something else to the next who reads it.

import { nextControl } from './next-control.ts'

const NUL = 0x00
const LF = 0x0a
const CR = 0x0d

export class LineEndCheck {
  #endsInCr = false
  hasNul = false
  /** The first thing that was wrong. */
  fault: 'bareCr' | 'bareLf' | null = null

  push(bytes: Uint8Array): void {
    const length = bytes.length
    let i = 0
    while (i < length && this.fault === null) {
      if (this.#endsInCr) {
        if (bytes[i] !== LF) this.fault = 'bareCr'
        this.#endsInCr = false
        i++
        continue
      }
      i = nextControl(bytes, i, length)
      if (i === length) return
      const byte = bytes[i++]
      if (byte === CR) this.#endsInCr = true
      else if (byte === LF) this.fault = 'bareLf'
      else if (byte === NUL) this.hasNul = true
    }
  }

  /** The message is complete. */
  finish(): void {
    if (this.#endsInCr && this.fault === null) this.fault = 'bareCr'
  }
}
