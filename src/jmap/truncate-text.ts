// Cuts text to a number of UTF-8 bytes (RFC 8621 §4.2: maxBodyValueBytes), between characters, and not within a tag of HTML.

export function truncateText(text: string, bytesMax: number, isHtml: boolean): string {
  // A UTF-16 unit takes at most three bytes.
  if (text.length * 3 <= bytesMax) return text
  const room = Buffer.alloc(Math.min(bytesMax, text.length * 3))
  // Whole characters only.
  const { read } = new TextEncoder().encodeInto(text, room)
  if (read === text.length) return text
  const cut = text.slice(0, read)
  if (!isHtml) return cut
  const open = cut.lastIndexOf('<')
  return open > cut.lastIndexOf('>') ? cut.slice(0, open) : cut
}
