// Gives a file to the browser to be saved.

export function saveBlob(blob: Blob, name: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(blob)
  link.download = safeName(name)
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
}

/** Without characters by which a name says something else than it is shown as. */
function safeName(name: string): string {
  return name.replaceAll(/[\p{Cc}\p{Cf}/\\]/gu, '_')
}
