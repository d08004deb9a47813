// A finding of a verification, as a line for the person who asked.

import type { Finding } from '#ledger/finding.ts'

export function describeFinding({ account, kind, records, file, bytes, derived }: Finding): string {
  const which =
    records === null
      ? ''
      : records.to - records.from === 1
        ? ` record ${records.from}`
        : ` records ${records.from} to ${records.to - 1}`
  const where = bytes.end > 0 ? `, bytes ${bytes.start} to ${bytes.end}` : ''
  const consequence = derived ? ' (can be made again: nothing is lost)' : ''
  return `${account === '' ? 'the ledger' : account}${which}: ${kind} in ${file}${where}${consequence}`
}
