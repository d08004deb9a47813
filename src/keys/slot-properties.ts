// What a slot says of itself to whoever has opened the account (docs/formats/keys.md §2, key 6): sealed under the journal key, so
// that the log does not tell to whom a slot belongs, nor what an app password is good for.
//
// Rejects what says anything about a scope that cannot be understood: an app password of unknown scope opens nothing.

import type { AccountId } from '#base/ids.ts'
import { APP_ACCESSES, APP_PROTOCOLS, type AppPasswordScope } from './app-password.ts'
import { openPropertyMap, sealPropertyMap } from './property-map.ts'
import type { RootSecret } from './root.ts'

const KEY = { label: 1, protocols: 2, access: 3, expires: 4 } as const

export interface SlotProperties {
  /** For the slots a person chose a name for, that name; for a password slot, the login name. */
  readonly label: string
  /** Of app passwords. */
  readonly scope?: AppPasswordScope
}

export function sealSlotProperties(root: RootSecret, account: AccountId, properties: SlotProperties): Buffer {
  return sealPropertyMap(root, account, toMap(properties))
}

function toMap({ label, scope }: SlotProperties): Map<number, unknown> {
  const map = new Map<number, unknown>([[KEY.label, label]])
  if (scope === undefined) return map
  map.set(
    KEY.protocols,
    APP_PROTOCOLS.flatMap((protocol, at) => (scope.protocols.includes(protocol) ? [at + 1] : [])),
  )
  map.set(KEY.access, APP_ACCESSES.indexOf(scope.access) + 1)
  if (scope.expires !== null) map.set(KEY.expires, scope.expires)
  return map
}

/** Returns null if they do not verify, or say what this version does not understand. */
export function openSlotProperties(root: RootSecret, account: AccountId, sealed: Uint8Array): SlotProperties | null {
  const map = openPropertyMap(root, account, sealed)
  const label = map?.get(KEY.label)
  if (map === null || typeof label !== 'string') return null
  if (!map.has(KEY.protocols) && !map.has(KEY.access) && !map.has(KEY.expires)) return { label }
  const scope = readScope(map)
  return scope === null ? null : { label, scope }
}

function readScope(map: ReadonlyMap<unknown, unknown>): AppPasswordScope | null {
  const numbers = map.get(KEY.protocols)
  const access = APP_ACCESSES[Number(map.get(KEY.access)) - 1]
  const expires = map.get(KEY.expires) ?? null
  if (!Array.isArray(numbers) || access === undefined) return null
  if (expires !== null && !isTime(expires)) return null
  // A protocol that only later versions have is none that it could be used for here.
  const protocols = APP_PROTOCOLS.filter((_, at) => (numbers as unknown[]).includes(at + 1))
  return { protocols, access, expires }
}

/** The end of the year 9999. */
const TIME_MAX = 253_402_300_799_999

/** Milliseconds of a date that can be written. */
function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= TIME_MAX
}
