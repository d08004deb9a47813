// The payload of a log record of kind `slot` (docs/formats/keys.md §2), and what is left of an account's slot records in order.
//
// A slot record is read before any key is at hand, so its content is not trusted: `decodeSlot` is bounded and returns null for
// whatever is malformed. Whoever has opened the root then asks `slotIsAuthentic` of every record.

import { type AccountId, accountIdToBytes } from '#base/ids.ts'
import { hmacSha256 } from '#crypto/hkdf.ts'
import { decodeCbor, encodeCbor } from './cbor.ts'
import type { RootSecret } from './root.ts'

const SLOT_VERSION = 1
const SLOT_BYTES_MAX = 8192
export const SLOT_NAME_BYTES = 16
const MAC_BYTES = 32

export const SLOT_KINDS = ['password', 'appPassword', 'recoveryCode', 'shares', 'escrow', 'passkey', 'machine'] as const
export type SlotKind = (typeof SLOT_KINDS)[number]

const ADD = 1
const REVOKE = 2

const KEY = { action: 1, name: 2, kind: 3, sealedRoot: 4, created: 5, properties: 6, mac: 7 } as const

export interface Slot {
  readonly action: 'add'
  readonly name: Buffer
  readonly kind: SlotKind
  readonly sealedRoot: Buffer
  /** Milliseconds since the Unix epoch. */
  readonly created: number
  /** Sealed under the journal key; see `slot-properties.ts`. */
  readonly properties: Buffer | null
  readonly mac: Buffer
}

export interface SlotRevocation {
  readonly action: 'revoke'
  readonly name: Buffer
  readonly created: number
  readonly mac: Buffer
}

export type SlotRecord = Slot | SlotRevocation

type Unauthenticated<T> = T extends SlotRecord ? Omit<T, 'mac'> : never

function toMap(record: Unauthenticated<SlotRecord>): Map<number, unknown> {
  const map = new Map<number, unknown>([
    [KEY.action, record.action === 'add' ? ADD : REVOKE],
    [KEY.name, record.name],
  ])
  if (record.action === 'add') {
    map.set(KEY.kind, SLOT_KINDS.indexOf(record.kind) + 1)
    map.set(KEY.sealedRoot, record.sealedRoot)
  }
  map.set(KEY.created, record.created)
  if (record.action === 'add' && record.properties !== null) map.set(KEY.properties, record.properties)
  return map
}

function macOf(root: RootSecret, account: AccountId, record: Unauthenticated<SlotRecord>): Buffer {
  const key = root.derive('slot-mac')
  try {
    return hmacSha256(key, accountIdToBytes(account), encodeCbor(toMap(record)))
  } finally {
    key.fill(0)
  }
}

/** The record with its authentication code (key 7). */
export function authenticateSlot<T extends Unauthenticated<SlotRecord>>(
  root: RootSecret,
  account: AccountId,
  record: T,
): T & { readonly mac: Buffer } {
  return { ...record, mac: macOf(root, account, record) }
}

/** False: this record was not written by someone who had the root. */
export function slotIsAuthentic(root: RootSecret, account: AccountId, record: SlotRecord): boolean {
  return macOf(root, account, record).equals(record.mac)
}

export function encodeSlot(record: SlotRecord): Buffer {
  const map = toMap(record)
  map.set(KEY.mac, record.mac)
  return Buffer.concat([Buffer.of(SLOT_VERSION), encodeCbor(map)])
}

function bytesOf(value: unknown, length?: number): Buffer | null {
  if (!(value instanceof Uint8Array)) return null
  if (length !== undefined && value.length !== length) return null
  return Buffer.from(value)
}

/** Returns null for bytes that are not a slot record of version 1. */
export function decodeSlot(payload: Uint8Array): SlotRecord | null {
  if (payload.length > SLOT_BYTES_MAX || payload[0] !== SLOT_VERSION) return null
  const map = decodeCbor(payload.subarray(1))
  if (!(map instanceof Map)) return null
  const name = bytesOf(map.get(KEY.name), SLOT_NAME_BYTES)
  const created: unknown = map.get(KEY.created)
  const mac = bytesOf(map.get(KEY.mac), MAC_BYTES)
  if (name === null || mac === null || typeof created !== 'number' || !Number.isSafeInteger(created)) return null
  if (map.get(KEY.action) === REVOKE) return map.size === 4 ? { action: 'revoke', name, created, mac } : null
  if (map.get(KEY.action) !== ADD) return null
  const kind = SLOT_KINDS[Number(map.get(KEY.kind)) - 1]
  const sealedRoot = bytesOf(map.get(KEY.sealedRoot))
  const properties = map.has(KEY.properties) ? bytesOf(map.get(KEY.properties)) : null
  if (kind === undefined || sealedRoot === null) return null
  if (map.size !== (properties === null ? 6 : 7)) return null
  return { action: 'add', name, kind, sealedRoot, created, properties, mac }
}

/** The account's slots: what its slot records, in the order of the log, leave. */
export function foldSlots(records: Iterable<SlotRecord>): Slot[] {
  const slots = new Map<string, Slot>()
  for (const record of records) {
    const name = record.name.toString('hex')
    slots.delete(name)
    if (record.action === 'add') slots.set(name, record)
  }
  return [...slots.values()]
}

export function revokeSlot(root: RootSecret, account: AccountId, name: Buffer, created: number): SlotRevocation {
  return authenticateSlot(root, account, { action: 'revoke', name, created })
}
