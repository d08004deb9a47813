// The system account's log: a journal like any account's (docs/formats/journal.md), of which only `set` operations are used. One process
// writes it, so that what a change depends on is checked before it is written.

import { SYSTEM_ACCOUNT, type Seq } from '#base/ids.ts'
import type { RootSecret } from '#keys/root.ts'
import type { LogReader } from '#ledger/reader.ts'
import { DamagedRecordError } from '#ledger/damage.ts'
import type { Clock } from '#platform/clock.ts'
import type { AccountLog } from '#account/account-log.ts'
import {
  CHAIN_START,
  type ChainHead,
  JournalDamagedError,
  JournalSealer,
  chainPosition,
  nextHead,
} from '#account/journal.ts'
import { encodeOperation } from '#account/operation-codec.ts'
import type { SettingValue } from '#account/operation.ts'

export interface Setting {
  readonly key: string
  readonly value: SettingValue
}

/** The first record is as it was written, and sealed under another key. */
export class OtherServerSecretError extends Error {
  override name = 'OtherServerSecretError'
}

export class DirectoryLog implements Disposable {
  readonly #log: AccountLog
  readonly #clock: Clock
  readonly #sealer: JournalSealer
  #head: ChainHead

  private constructor(log: AccountLog, clock: Clock, sealer: JournalSealer, head: ChainHead) {
    this.#log = log
    this.#clock = clock
    this.#sealer = sealer
    this.#head = head
  }

  /** Reads all of it; `applied` gets every setting in order. Throws OtherServerSecretError, JournalDamagedError, and what `applied` throws. */
  static async open(
    parts: { readonly log: AccountLog; readonly reader: LogReader; readonly root: RootSecret; readonly clock: Clock },
    applied: (setting: Setting) => void,
  ): Promise<DirectoryLog> {
    const { log, reader, root, clock } = parts
    // Nobody else writes it: what is there now is all.
    using watch = await log.watch(() => undefined)
    if (watch.size > 0) await log.settled((watch.size - 1) as Seq)
    const sealer = new JournalSealer(root, SYSTEM_ACCOUNT)
    return new DirectoryLog(log, clock, sealer, read(sealer, reader, watch.size, applied))
  }

  /** All of the settings or none; durable when it resolves. One call at a time. Throws LedgerRefusedError; anything else: nobody knows. */
  async write(settings: readonly Setting[]): Promise<void> {
    const operations = settings.map(({ key, value }) => encodeOperation({ kind: 'set', key, value }))
    const payload = this.#sealer.seal(this.#head, this.#clock.now(), operations)
    await this.#log.append([{ kind: 'journal', payload }])
    this.#head = nextHead(this.#head, payload)
  }

  [Symbol.dispose](): void {
    this.#sealer[Symbol.dispose]()
  }
}

/** Whether a server with this root secret can read the directory that is there, to its end. The ledger must not run. */
export function canBeRead(reader: LogReader, root: RootSecret): boolean {
  using sealer = new JournalSealer(root, SYSTEM_ACCOUNT)
  try {
    read(sealer, reader, null, () => undefined)
    return true
  } catch (error) {
    if (error instanceof OtherServerSecretError || error instanceof JournalDamagedError) return false
    throw error
  }
}

/** The chain's head. `size` null: all that is there. */
function read(
  sealer: JournalSealer,
  reader: LogReader,
  size: number | null,
  applied: (setting: Setting) => void,
): ChainHead {
  let head = CHAIN_START
  let next = 0
  for (const record of reader.records({ seq: 0 as Seq, location: null })) {
    if (record.headDamage !== null) throw new JournalDamagedError(record.headDamage.from, 'payload')
    const { header } = record
    if (size !== null && header.seq >= size) break
    next = header.seq + 1
    if (header.kind !== 'journal') continue
    const payload = readPayload(reader, record)
    const entry = sealer.open(payload)
    if (entry === null) {
      if (head === CHAIN_START) throw new OtherServerSecretError('the directory is sealed under another server secret')
      throw new JournalDamagedError(header.seq, 'payload')
    }
    if (entry === 'unknownOperation') throw new JournalDamagedError(header.seq, entry)
    const place = chainPosition(head, entry)
    if (place === 'broken') throw new JournalDamagedError(header.seq, 'chain')
    if (place === 'passOver') continue
    head = nextHead(head, payload)
    for (const operation of entry.operations) if (operation.kind === 'set') applied(operation)
  }
  if (size !== null && next < size) throw new JournalDamagedError(next, 'payload')
  return head
}

function readPayload(
  reader: LogReader,
  {
    header,
    location,
  }: {
    readonly header: Parameters<LogReader['readPayload']>[1]
    readonly location: Parameters<LogReader['readPayload']>[0]
  },
): Buffer {
  try {
    return reader.readPayload(location, header)
  } catch (cause) {
    if (cause instanceof DamagedRecordError) throw new JournalDamagedError(header.seq, 'payload', { cause })
    throw cause
  }
}
