// Sizes as people read them.

const number = new Intl.NumberFormat(undefined, { maximumSignificantDigits: 2 })

export function formatSize(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`
  if (bytes < 1_000_000) return `${number.format(Math.round(bytes / 100) / 10)} KB`
  if (bytes < 1_000_000_000) return `${number.format(Math.round(bytes / 100_000) / 10)} MB`
  return `${number.format(bytes / 1_000_000_000)} GB`
}
