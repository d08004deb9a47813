// Where an Email's properties come from: a stored message, of which no more is read than they need, or a blob that is parsed.

import { asBuffer, wipe } from '#base/bytes.ts'
import type { EmailId } from '#base/ids.ts'
import { type Account, DamagedMessageError, type OpenedMessage, type Summary } from '#account/account.ts'
import { decodeTransfer, isEncoded } from '#message/body.ts'
import type { Part } from '#message/part.ts'
import { summarize } from '#message/summary.ts'
import type { BlobRef } from './blob-ids.ts'
import { type HeaderFields, readHeader } from './header-value.ts'
import { type ContentSource, contentSize } from './part-content.ts'
import { rebased } from './part-ids.ts'

/** A part, with the bytes that its offsets count. */
export interface PartBytes {
  readonly bytes: Buffer
  readonly part: Part
}

export interface MessageSource extends Disposable {
  readonly blob: BlobRef
  readonly sizeBytes: number
  summary(): Summary
  structure(): Part
  header(): HeaderFields
  /** Valid until the source is disposed. Throws DamagedMessageError. */
  part(part: Part): Promise<PartBytes>
  /** Only its header, with the same. */
  partHeader(part: Part): Promise<PartBytes>
  /** Bytes of its content, its transfer encoding undone. Throws DamagedMessageError. */
  contentSize(part: Part): Promise<number>
}

/** Messages up to this size are opened whole. */
const WHOLE_BYTES_MAX = 1_048_576

/** Larger bodies are measured in pieces, once. */
const IN_PIECES_BYTES_MIN = 65_536

export class StoredMessage implements MessageSource {
  readonly blob: BlobRef
  readonly sizeBytes: number
  readonly #source: ContentSource
  readonly #account: Account
  readonly #email: EmailId
  readonly #opened: OpenedMessage[] = []
  #whole: OpenedMessage | null = null
  #summary: Summary | null = null
  #structure: Part | null = null
  #header: HeaderFields | null = null

  constructor(source: ContentSource, email: EmailId, sizeBytes: number) {
    this.#source = source
    this.#account = source.account
    this.#email = email
    this.sizeBytes = sizeBytes
    this.blob = { base: { kind: 'email', email }, path: [] }
  }

  summary(): Summary {
    this.#summary ??= this.#account.summary(this.#email)
    if (this.#summary === null) throw gone()
    return this.#summary
  }

  structure(): Part {
    this.#structure ??= this.#account.parts(this.#email)
    if (this.#structure === null) throw gone()
    return this.#structure
  }

  header(): HeaderFields {
    if (this.#header === null) {
      const [bytes] = this.#account.items('header', [this.#email])
      if (bytes == null) throw gone()
      this.#header = readHeader(bytes, 0, bytes.length)
    }
    return this.#header
  }

  part(part: Part): Promise<PartBytes> {
    return this.#open(part, part.end)
  }

  partHeader(part: Part): Promise<PartBytes> {
    return this.#open(part, part.bodyStart)
  }

  async contentSize(part: Part): Promise<number> {
    if (!isEncoded(part)) return part.end - part.bodyStart
    if (part.end - part.bodyStart > IN_PIECES_BYTES_MIN) return contentSize(this.#source, this.#email, part)
    return decodedSize(await this.part(part))
  }

  async #open(part: Part, end: number): Promise<PartBytes> {
    if (this.sizeBytes <= WHOLE_BYTES_MAX) {
      this.#whole ??= await this.#account.open(this.#email)
      return { bytes: asBuffer(this.#whole.bytes), part }
    }
    const opened = await this.#account.openRange(this.#email, part.start, end)
    this.#opened.push(opened)
    return { bytes: asBuffer(opened.bytes), part: { ...rebased(part), children: part.children } }
  }

  [Symbol.dispose](): void {
    this.#whole?.[Symbol.dispose]()
    this.#whole = null
    for (const opened of this.#opened.splice(0)) opened[Symbol.dispose]()
  }
}

function gone(): DamagedMessageError {
  return new DamagedMessageError('the e-mail has gone')
}

/** A message in memory. Who opened it disposes it. */
export class ParsedMessage implements MessageSource {
  readonly blob: BlobRef
  readonly #bytes: Buffer
  readonly #structure: Part
  #summary: Summary | null = null
  #header: HeaderFields | null = null

  /** `structure` is what `parseMessage` makes of the bytes. */
  constructor(blob: BlobRef, bytes: Buffer, structure: Part) {
    this.blob = blob
    this.#bytes = bytes
    this.#structure = structure
  }

  get sizeBytes(): number {
    return this.#bytes.length
  }

  summary(): Summary {
    this.#summary ??= summarize(this.#bytes, this.#structure)
    return this.#summary
  }

  structure(): Part {
    return this.#structure
  }

  header(): HeaderFields {
    this.#header ??= readHeader(this.#bytes, this.#structure.start, this.#structure.bodyStart)
    return this.#header
  }

  part(part: Part): Promise<PartBytes> {
    return Promise.resolve({ bytes: this.#bytes, part })
  }

  partHeader(part: Part): Promise<PartBytes> {
    return this.part(part)
  }

  contentSize(part: Part): Promise<number> {
    return Promise.resolve(decodedSize({ bytes: this.#bytes, part }))
  }

  [Symbol.dispose](): void {
    // The bytes are not its own.
  }
}

function decodedSize({ bytes, part }: PartBytes): number {
  if (!isEncoded(part)) return part.end - part.bodyStart
  const content = decodeTransfer(bytes, part)
  wipe(content)
  return content.length
}
