// Which records of the log were mail, for a fold without an index: a bit for each.

import type { MailRecords } from '#account/fold-context.ts'

const BITS_MIN = 1 << 13

export class PastRecords implements MailRecords {
  #bits = new Uint8Array(BITS_MIN >>> 3)

  add(record: number): void {
    const at = Math.floor(record / 8)
    if (at >= this.#bits.length) {
      const grown = new Uint8Array(Math.max(at + 1, this.#bits.length * 2))
      grown.set(this.#bits)
      this.#bits = grown
    }
    this.#bits[at] = (this.#bits[at] as number) | (1 << (record % 8))
  }

  isMail(record: number): boolean {
    return ((this.#bits[Math.floor(record / 8)] ?? 0) & (1 << (record % 8))) !== 0
  }

  /** What a message's size is, its content tells. */
  sizeOf(): number {
    return 0
  }

  named(): void {
    // New mail is the live account's business.
  }

  began(): void {
    // Which e-mails were made of a record is found in the state.
  }

  ended(): void {
    // As above.
  }
}
