// What scripts want sent, until it is (docs/formats/sieve.md §5): a setting for each message, written in the journal record that files it, so that
// nothing is sent for a message that was not filed, and nothing is forgotten.

import type { SettingValue } from '#account/operation.ts'

export const OUTGOING_PREFIX = 'sieve/state/outgoing/'

export function outgoingSetting(record: number): string {
  return `${OUTGOING_PREFIX}${record}`
}

export type OutgoingItem =
  /** The message itself goes on. `sender`: empty for the null return path. */
  | { readonly kind: 'redirect'; readonly sender: string; readonly to: string }
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
        ? { kind: 'redirect', sender: item.sender, to: item.to }
        : { kind: 'reply', to: item.to, message: Uint8Array.from(item.message) },
    ),
  }
}

type Fields = { readonly [key: string]: SettingValue }

/** Null: it is none, or what no version of this program wrote. */
export function decodeOutgoing(record: number, value: SettingValue): Outgoing | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Uint8Array) return null
  const { since, items, isDiscarded } = value as Fields
  if (typeof since !== 'number' || !Array.isArray(items) || typeof isDiscarded !== 'boolean') return null
  const decoded = (items as readonly SettingValue[]).flatMap((item): OutgoingItem[] => {
    const { kind, sender, to, message } = (item ?? {}) as Fields
    if (typeof to !== 'string') return []
    if (kind === 'redirect' && typeof sender === 'string') return [{ kind, sender, to }]
    return kind === 'reply' && message instanceof Uint8Array ? [{ kind, to, message }] : []
  })
  return { record, since, items: decoded, isDiscarded }
}
