// Whether two values of settings say the same.

import type { SettingValue } from './operation.ts'

export function sameValue(a: SettingValue, b: SettingValue): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (a instanceof Uint8Array || b instanceof Uint8Array) {
    return a instanceof Uint8Array && b instanceof Uint8Array && Buffer.compare(a, b) === 0
  }
  if (Array.isArray(a) !== Array.isArray(b)) return false
  const [own, others] = [Object.entries(a), new Map(Object.entries(b))] as [
    [string, SettingValue][],
    Map<string, SettingValue>,
  ]
  return (
    own.length === others.size &&
    own.every(([key, value]) => others.has(key) && sameValue(value, others.get(key) ?? null))
  )
}
