// When an app password or a passkey was last used, and last refused though it was right: for its owner's inventory (docs/formats/keys.md §5). A setting of the
// account for each, written at most once a day and protocol; times are cut to the hour, and where somebody came from is not kept. What the authenticator of a
// passkey has counted is there, too: where it counts, the setting is written at each login.

import { APP_PROTOCOLS, type AppProtocol } from '#keys/app-password.ts'
import type { Operation, SettingValue } from './operation.ts'

/** Right, but not for that protocol, or over; or its authenticator had counted further before. */
export const REFUSALS = ['protocol', 'expired', 'counter'] as const
export type Refusal = (typeof REFUSALS)[number]

export interface SlotUse {
  /** Milliseconds since the Unix epoch. */
  readonly used: ReadonlyMap<AppProtocol, number>
  readonly refused: { readonly at: number; readonly protocol: AppProtocol; readonly why: Refusal } | null
  /** The last that the authenticator of a passkey has counted; 0 if it does not count. */
  readonly counter: number
}

const PREFIX = 'keys/use/'
const HOUR_MS = 3_600_000
/** The end of the year 9999. */
const TIME_MAX = 253_402_300_799_999
const DAY_MS = 24 * HOUR_MS

/** `slot`: its name in hexadecimal digits. */
export function useSetting(slot: string): string {
  return `${PREFIX}${slot}`
}

/** Kept by the server for its owner: no change that the owner made. */
export function isUseSetting(key: string): boolean {
  return key.startsWith(PREFIX)
}

type Fields = { readonly [key: string]: SettingValue }

/** What is not of the form is as if it were not there. */
export function readUse(value: SettingValue): SlotUse {
  const fields = fieldsOf(value)
  const used = new Map<AppProtocol, number>()
  for (const protocol of APP_PROTOCOLS) {
    const at = fields[protocol]
    if (isTime(at)) used.set(protocol, at)
  }
  const { at, protocol, why } = fieldsOf(fields['refused'] ?? null)
  const known = APP_PROTOCOLS.find((name) => name === protocol)
  const reason = REFUSALS.find((name) => name === why)
  const isRefusal = isTime(at) && known !== undefined && reason !== undefined
  const counter = fields['counter']
  return {
    used,
    refused: isRefusal ? { at, protocol: known, why: reason } : null,
    counter: isTime(counter) ? counter : 0,
  }
}

function fieldsOf(value: SettingValue): Fields {
  const isMap = typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)
  return isMap ? (value as Fields) : {}
}

function isTime(value: SettingValue | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= TIME_MAX
}

/** Null if what is kept says enough. `counter`: what its authenticator has counted. */
export function noteUse(
  slot: string,
  kept: SettingValue,
  protocol: AppProtocol,
  now: number,
  counter = 0,
): Operation | null {
  const last = readUse(kept)
  const isTold = isRecent(last.used.get(protocol), now)
  if (isTold && counter <= last.counter) return null
  const counted = counter > last.counter ? { counter } : {}
  return write(slot, kept, { ...(isTold ? {} : { [protocol]: toHour(now) }), ...counted })
}

/** Of a passkey that was made: what its authenticator had counted then. Null if it does not count. */
export function noteCounter(slot: string, kept: SettingValue, counter: number): Operation | null {
  return counter > readUse(kept).counter ? write(slot, kept, { counter }) : null
}

/** The same for a refusal. */
export function noteRefusal(
  slot: string,
  kept: SettingValue,
  { protocol, why }: { readonly protocol: AppProtocol; readonly why: Refusal },
  now: number,
): Operation | null {
  const last = readUse(kept).refused
  const isTold = last?.protocol === protocol && last.why === why && isRecent(last.at, now)
  return isTold ? null : write(slot, kept, { refused: { at: toHour(now), protocol, why } })
}

function write(slot: string, kept: SettingValue, fields: Fields): Operation {
  return { kind: 'set', key: useSetting(slot), value: { ...fieldsOf(kept), ...fields } }
}

/** A clock that was set back makes it old, too. */
function isRecent(at: number | undefined, now: number): boolean {
  return at !== undefined && at <= now && now - at < DAY_MS
}

function toHour(now: number): number {
  return now - (now % HOUR_MS)
}
