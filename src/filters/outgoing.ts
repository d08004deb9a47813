// What scripts want sent, until it is (docs/formats/sieve.md §5): a setting for each message, written in the journal record that files it, so that
// nothing is sent for a message that was not filed, and nothing is forgotten.

import type { Octets } from '#message/part.ts'
import type { SettingValue } from '#account/operation.ts'
import type { HeaderEdit } from '#sieve/header-edit.ts'

export const OUTGOING_PREFIX = 'sieve/state/outgoing/'

export function outgoingSetting(record: number): string {
  return `${OUTGOING_PREFIX}${record}`
}

export type OutgoingItem =
  /** The message itself goes on. `sender`: empty for the null return path. `edit`: null if its header is as it came. */
  | { readonly kind: 'redirect'; readonly sender: string; readonly to: string; readonly edit: HeaderEdit | null }
  | { readonly kind: 'reply'; readonly to: string; readonly message: Uint8Array }

export interface Outgoing {
  readonly record: number
  /** When it began to be tried. */
  readonly since: number
  readonly items: readonly OutgoingItem[]
  /** The message is in Trash until everything is sent, and then removed. */
  readonly isDiscarded: boolean
}

export function encodeOutgoing({ since, items, isDiscarded }: Outgoing): SettingValue {
  return {
    since,
    isDiscarded,
    items: items.map((item) =>
      item.kind === 'redirect'
        ? {
            kind: 'redirect',
            sender: item.sender,
            to: item.to,
            ...(item.edit === null ? {} : { edit: encodeEdit(item.edit) }),
          }
        : { kind: 'reply', to: item.to, message: Uint8Array.from(item.message) },
    ),
  }
}

/** Bytes that the item takes, about. */
export function itemSize(item: OutgoingItem): number {
  if (item.kind === 'reply') return item.message.length
  return item.edit === null ? 0 : item.edit.before.length + item.edit.after.length + 16 * item.edit.removed.length
}

function bytesOf(octets: Octets): Uint8Array {
  return Uint8Array.from(Buffer.from(octets, 'latin1'))
}

function octetsOf(bytes: Uint8Array): Octets {
  return Buffer.from(bytes).toString('latin1')
}

function encodeEdit({ removed, headerEnd, before, after }: HeaderEdit): SettingValue {
  return { removed: removed.flat(), headerEnd, before: bytesOf(before), after: bytesOf(after) }
}

/** Undefined: it is none. */
function decodeEdit(value: SettingValue): HeaderEdit | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Uint8Array)
    return undefined
  const { removed, headerEnd, before, after } = value as Fields
  if (!Array.isArray(removed) || typeof headerEnd !== 'number') return undefined
  if (!(before instanceof Uint8Array) || !(after instanceof Uint8Array)) return undefined
  const offsets = removed as readonly SettingValue[]
  const ranges: [number, number][] = []
  for (let at = 0; at < offsets.length; at += 2) {
    const [start, end] = [offsets[at], offsets[at + 1]]
    if (typeof start !== 'number' || typeof end !== 'number') return undefined
    ranges.push([start, end])
  }
  return { removed: ranges, headerEnd, before: octetsOf(before), after: octetsOf(after) }
}

type Fields = { readonly [key: string]: SettingValue }

/** Null: it is none, or what no version of this program wrote. */
export function decodeOutgoing(record: number, value: SettingValue): Outgoing | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Uint8Array) return null
  const { since, items, isDiscarded } = value as Fields
  if (typeof since !== 'number' || !Array.isArray(items) || typeof isDiscarded !== 'boolean') return null
  const decoded = (items as readonly SettingValue[]).flatMap((item): OutgoingItem[] => {
    const { kind, sender, to, message, edit = null } = (item ?? {}) as Fields
    if (typeof to !== 'string') return []
    if (kind === 'redirect' && typeof sender === 'string') {
      const decodedEdit = edit === null ? null : decodeEdit(edit)
      return decodedEdit === undefined ? [] : [{ kind, sender, to, edit: decodedEdit }]
    }
    return kind === 'reply' && message instanceof Uint8Array ? [{ kind, to, message }] : []
  })
  return { record, since, items: decoded, isDiscarded }
}
