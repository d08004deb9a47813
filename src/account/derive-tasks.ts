// What a thread beside the vault's does for indexes that are made again: it reads whole records, opens them by the account's identities, and derives what
// the index keeps of them, which is most of that work. It writes nothing, and decides nothing: what is not as it should be it leaves to the other side,
// which has the parity, the notices and the alarms.

import { asBuffer, wipe } from '#base/bytes.ts'
import type { AccountId } from '#base/ids.ts'
import { atOnce } from '#base/steps.ts'
import { type Identity, hybridIdentityFromSeed, x25519IdentityFromScalar } from '#crypto/age/identity.ts'
import { openAgeHeader } from '#crypto/age/open.ts'
import { SEALED_CHUNK_LENGTH, openAgePayload } from '#crypto/age/stream.ts'
import { LogReader } from '#ledger/reader.ts'
import { HEAD_BYTES, type Location } from '#ledger/record.ts'
import { systemDisk } from '#platform/disk.ts'
import type { PayloadKey } from './content-store.ts'
import { type DerivedRecord, deriveMessageInSteps } from './derive-record.ts'
import type { OpenedMail } from './mail-reader.ts'
import { type PackedRecords, RecordPacker } from './packed-records.ts'

/** One index that is made: all tasks of a session name it by a number of the caller's. */
interface SessionTask {
  readonly kind: 'begin'
  readonly session: number
  /** The ledger's. */
  readonly directory: string
  readonly account: AccountId
  /** 32 bytes each. */
  readonly x25519: Uint8Array
  readonly hybrid: Uint8Array
}

export interface RecordToDerive {
  readonly location: Location
  /** As it is encoded. */
  readonly head: Uint8Array
  /** How it is opened, if that is known. */
  readonly payload?: PayloadKey | undefined
}

export type DeriveTask =
  | SessionTask
  | { readonly kind: 'derive'; readonly session: number; readonly records: readonly RecordToDerive[] }
  | { readonly kind: 'end'; readonly session: number }

/** Each record in order; none: it is not whole where it was, or does not open. Empty for the other tasks. */
export type DeriveAnswer = PackedRecords

/** What records of one chunk are read into: nothing else is read before they have been deciphered, and what is in it is sealed. */
const memory = Buffer.allocUnsafeSlow(HEAD_BYTES + SEALED_CHUNK_LENGTH)

interface Session extends Disposable {
  readonly reader: LogReader
  readonly identities: readonly Identity[]
}

export class DeriveTasks {
  readonly #sessions = new Map<number, Session>()
  readonly #packer = new RecordPacker()

  do(task: DeriveTask): DeriveAnswer {
    const session = this.#sessions.get(task.session)
    switch (task.kind) {
      case 'begin':
        this.#sessions.set(task.session, begin(task))
        break
      case 'derive':
        for (const record of task.records) {
          const derived = session === undefined ? null : derive(session, record)
          this.#packer.add(derived)
          wipe(record.payload?.key, derived?.payload?.key, derived?.derived.header, derived?.derived.envelope)
        }
        break
      case 'end':
        session?.[Symbol.dispose]()
        this.#sessions.delete(task.session)
        break
    }
    return this.#packer.take()
  }

  get isIdle(): boolean {
    return this.#sessions.size === 0
  }
}

function begin({ directory, account, x25519, hybrid }: SessionTask): Session {
  const reader = new LogReader(systemDisk, directory, account)
  const identities = [hybridIdentityFromSeed(hybrid), x25519IdentityFromScalar(x25519)]
  wipe(hybrid, x25519)
  return {
    reader,
    identities,
    [Symbol.dispose]() {
      reader[Symbol.dispose]()
      for (const identity of identities) identity[Symbol.dispose]()
    },
  }
}

function derive({ reader, identities }: Session, { location, head, payload }: RecordToDerive): DerivedRecord | null {
  const file = reader.readWholePayload(location, asBuffer(head), memory)
  const opened = file === null ? null : (openByKey(file, payload) ?? openByIdentity(file, identities))
  if (opened === null) return null
  try {
    return atOnce(deriveMessageInSteps(opened.bytes, opened.payload))
  } finally {
    wipe(opened.bytes)
  }
}

function openByKey(file: Buffer, payload: PayloadKey | undefined): OpenedMail | null {
  if (payload === undefined) return null
  const bytes = openAgePayload(payload.key, file.subarray(payload.offset))
  return bytes === null ? null : { bytes, payload }
}

function openByIdentity(file: Buffer, identities: readonly Identity[]): OpenedMail | null {
  const header = openAgeHeader(file, identities)
  if (!header.ok) return null
  const { payloadKey, payloadOffset } = header.value
  const bytes = openAgePayload(payloadKey, file.subarray(payloadOffset))
  if (bytes !== null) return { bytes, payload: { key: payloadKey, offset: payloadOffset } }
  wipe(payloadKey)
  return null
}
