// The KeySlot object (docs/formats/jmap-keys.md §2).

import type { InventorySlot } from '#account/slot-inventory.ts'
import { formatUtcDate } from './dates.ts'
import { fingerprint } from './fingerprint.ts'

export const KEY_SLOT_PROPERTIES = [
  'id',
  'kind',
  'label',
  'created',
  'needsServerSecret',
  'isAuthentic',
  'protocols',
  'access',
  'expires',
  'isExpired',
  'host',
  'isSynced',
  'lastUsed',
  'lastRefused',
] as const

export type KeySlotObject = Readonly<Record<(typeof KEY_SLOT_PROPERTIES)[number], unknown>>

export function keySlotObject(
  { id, kind, created, needsServerSecret, opened }: InventorySlot,
  now: number,
): KeySlotObject {
  const scope = opened?.scope ?? null
  const refused = opened?.use.refused ?? null
  const used = Array.from(opened?.use.used ?? [], ([protocol, at]) => [protocol, formatUtcDate(at)])
  return {
    id: formatKeySlotId(id),
    kind,
    label: opened?.label ?? null,
    created: formatUtcDate(created),
    needsServerSecret,
    isAuthentic: opened?.isAuthentic ?? true,
    protocols: scope?.protocols ?? null,
    access: scope?.access ?? null,
    expires: scope === null || scope.expires === null ? null : formatUtcDate(scope.expires),
    isExpired: scope !== null && scope.expires !== null && now >= scope.expires,
    host: opened?.passkey?.relyingParty ?? null,
    isSynced: opened?.passkey?.isSynced ?? null,
    lastUsed: Object.fromEntries(used),
    lastRefused: refused === null ? null : { ...refused, at: formatUtcDate(refused.at) },
  }
}

export function keySlotState(objects: readonly KeySlotObject[]): string {
  return fingerprint(JSON.stringify(objects))
}

export function formatKeySlotId(name: string): string {
  return `k${name}`
}

/** Null for what is no id of a slot. */
export function parseKeySlotId(text: string): string | null {
  return /^k[0-9a-f]{32}$/.test(text) ? text.slice(1) : null
}
