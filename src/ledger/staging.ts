// Payloads on their way in, in pieces and of any length: docs/formats/ledger.md §5. What fits into 256 KiB stays in memory;
// more goes to a file in `incoming/`, which becomes the record's segment if the payload is large. Memory is bounded by that
// block, whatever the length, and what is not yet durable of a file by a few MiB: `write` waits.

import type { AccountId } from '#base/ids.ts'
import { assert } from '#base/assert.ts'
import { IncrementalHash } from '#crypto/hash.ts'
import { type Disk, type DiskFile, writeAll } from '#platform/disk.ts'
import { orDurabilityError } from './dirty-files.ts'
import { LedgerRefusedError, refusalOf } from './errors.ts'
import { maxPayloadBytes } from './limits.ts'
import { incomingPath } from './paths.ts'
import { type DigestAlgorithm, HEAD_BYTES } from './record.ts'
import { SEGMENT_HEAD_BYTES } from './segment.ts'

const FIRST_BLOCK_BYTES = 16 * 1024
const BLOCK_BYTES = 256 * 1024
const SYNC_EVERY_BYTES = 8 * 1024 * 1024
const PAYLOAD_AT = SEGMENT_HEAD_BYTES + HEAD_BYTES
const NAME_BYTES = 16

export interface StagingContext {
  readonly disk: Disk
  /** The ledger's. */
  readonly directory: string
  readonly random: (bytes: number) => Buffer
  /** A larger payload is large: it has to be in a file. */
  readonly inlineBytes: number
}

interface IncomingFile {
  readonly name: string
  readonly path: string
  readonly file: DiskFile
}

export class StagedPayload implements Disposable {
  readonly account: AccountId
  readonly #context: StagingContext
  readonly algorithm: DigestAlgorithm
  readonly #hash: IncrementalHash
  #block = Buffer.allocUnsafe(FIRST_BLOCK_BYTES)
  #filled = 0
  #file: IncomingFile | null = null
  /** Payload bytes in the file. */
  #written = 0
  #unsynced = 0
  #length = 0
  #digest: Buffer | null = null
  #named = false
  #state: 'open' | 'finished' | 'gone' = 'open'

  constructor(context: StagingContext, account: AccountId, algorithm: DigestAlgorithm) {
    this.#context = context
    this.account = account
    this.algorithm = algorithm
    this.#hash = new IncrementalHash(algorithm)
  }

  /** Bytes so far. */
  get length(): number {
    return this.#length
  }

  /** Of a finished payload. */
  get digest(): Buffer {
    assert(this.#digest !== null, 'a payload has a digest when it is finished')
    return this.#digest
  }

  get finished(): boolean {
    return this.#state === 'finished'
  }

  /**
   * Name of the file of a large payload, for a group. From now on the file is not removed before the next start: even a group
   * that is refused may be found in the journal after a crash.
   */
  nameForGroup(): string {
    assert(this.#file !== null, 'a large payload is in a file')
    this.#named = true
    return this.#file.name
  }

  /** Takes a copy of the chunk. One call at a time. Throws LedgerRefusedError; then the payload is gone. */
  async write(chunk: Uint8Array): Promise<void> {
    assert(this.#state === 'open', 'a payload is written before it is finished')
    try {
      this.#length += chunk.length
      if (this.#length > maxPayloadBytes('mail')) throw new LedgerRefusedError('tooLarge')
      this.#hash.update(chunk)
      for (let at = 0; at < chunk.length;) {
        if (this.#filled === this.#block.length) this.#makeRoom()
        const taken = Math.min(chunk.length - at, this.#block.length - this.#filled)
        this.#block.set(chunk.subarray(at, at + taken), this.#filled)
        this.#filled += taken
        at += taken
      }
      if (this.#unsynced >= SYNC_EVERY_BYTES) await this.#sync()
    } catch (error) {
      this.discard()
      throw refusalOf(error)
    }
  }

  /** When it resolves, what is in a file is durable. Throws LedgerRefusedError; then the payload is gone. */
  async finish(): Promise<void> {
    assert(this.#state === 'open', 'a payload is finished once')
    try {
      if (this.#file !== null || this.#length > this.#context.inlineBytes) {
        this.#flush()
        await this.#sync()
        await orDurabilityError(this.#context.disk.syncDirectory(`${this.#context.directory}/incoming`))
      }
      this.#digest = this.#hash.digest()
      this.#state = 'finished'
    } catch (error) {
      this.discard()
      throw refusalOf(error)
    }
  }

  /** The bytes of a finished payload. Only for those that are not large. */
  read(): Buffer {
    assert(this.#state === 'finished', 'a payload is read when it is finished')
    if (this.#file === null) return this.#block.subarray(0, this.#filled)
    const bytes = Buffer.allocUnsafe(this.#length)
    this.#file.file.read(bytes, PAYLOAD_AT)
    return bytes
  }

  /** Ends with a payload, whether it was appended or not. Can be called at any time. */
  discard(): void {
    if (this.#state === 'gone') return
    this.#state = 'gone'
    this.#block = Buffer.alloc(0)
    this.#file?.file.close()
    if (this.#file === null || this.#named) return
    try {
      this.#context.disk.remove(this.#file.path)
    } catch {
      // What stays is deleted at the next start.
    }
  }

  [Symbol.dispose](): void {
    this.discard()
  }

  #makeRoom(): void {
    if (this.#block.length < BLOCK_BYTES) {
      const grown = Buffer.allocUnsafe(Math.min(this.#block.length * 4, BLOCK_BYTES))
      this.#block.copy(grown, 0, 0, this.#filled)
      this.#block = grown
    } else {
      this.#flush()
    }
  }

  #flush(): void {
    const { file } = this.#file ?? this.#createFile()
    writeAll(file, this.#block.subarray(0, this.#filled), PAYLOAD_AT + this.#written)
    this.#written += this.#filled
    this.#unsynced += this.#filled
    this.#filled = 0
  }

  #createFile(): IncomingFile {
    const name = this.#context.random(NAME_BYTES).toString('hex')
    const path = incomingPath(this.#context.directory, name)
    const file = this.#context.disk.openWrite(path)
    // The heads' place is written now, so that filling them in needs no space.
    const created = { name, path, file }
    this.#file = created
    writeAll(file, Buffer.alloc(PAYLOAD_AT), 0)
    return created
  }

  async #sync(): Promise<void> {
    if (this.#file === null) return
    this.#unsynced = 0
    await orDurabilityError(this.#file.file.datasync())
  }
}
