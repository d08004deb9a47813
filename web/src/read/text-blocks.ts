// Plain text of a message in the pieces it is shown in: paragraphs, quoted text that can be folded, the signature; and links in a piece.

export interface TextBlock {
  readonly kind: 'text' | 'quote' | 'signature'
  readonly text: string
}

/** The line before a quote that says who wrote it. */
const ATTRIBUTION = /^.{0,200}(?:wrote|schrieb|escribió|a écrit|skrev|scrisse|schreef)\s*:\s*$/i
const FORWARDED = /^-{3,}\s*(?:original message|forwarded message|ursprüngliche nachricht)\s*-{3,}\s*$/i

export function textBlocks(text: string): readonly TextBlock[] {
  const lines = text.replaceAll('\r\n', '\n').trimEnd().split('\n')
  const blocks: { kind: TextBlock['kind']; lines: string[] }[] = []
  let kind: TextBlock['kind'] = 'text'
  for (const [at, line] of lines.entries()) {
    const next = kindOf(line, lines, at, kind)
    const last = blocks.at(-1)
    if (last === undefined || next !== kind) blocks.push({ kind: next, lines: [line] })
    else last.lines.push(line)
    kind = next
  }
  return blocks
    .map((block) => ({ kind: block.kind, text: block.lines.join('\n').replace(/^\n+|\s+$/g, '') }))
    .filter((block) => block.text !== '')
}

function kindOf(line: string, lines: readonly string[], at: number, current: TextBlock['kind']): TextBlock['kind'] {
  if (line.startsWith('>')) return 'quote'
  if (current === 'signature') return 'signature'
  if (line === '-- ' || line === '--') return 'signature'
  if (FORWARDED.test(line)) return 'text'
  if (line.length < 240 && ATTRIBUTION.test(line) && nextFilled(lines, at + 1)?.startsWith('>') === true) return 'quote'
  // Empty lines between quoted lines belong to the quote.
  if (current === 'quote' && line.trim() === '' && nextFilled(lines, at + 1)?.startsWith('>') === true) return 'quote'
  return 'text'
}

function nextFilled(lines: readonly string[], from: number): string | undefined {
  for (let at = from; at < Math.min(lines.length, from + 3); at++) {
    const line = lines[at]
    if (line !== undefined && line.trim() !== '') return line
  }
  return undefined
}

export interface TextPiece {
  readonly text: string
  /** An address that the text itself is, else null. */
  readonly href: string | null
}

const CANDIDATE = /https?:\/\/[^\s<>"`{}|\\^]{1,2000}|[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}/gi

export function textPieces(text: string): readonly TextPiece[] {
  const pieces: TextPiece[] = []
  let end = 0
  for (const match of text.matchAll(CANDIDATE)) {
    const found = trimmed(match[0])
    const href = hrefOf(found)
    if (href === null) continue
    if (match.index > end) pieces.push({ text: text.slice(end, match.index), href: null })
    pieces.push({ text: found, href })
    end = match.index + found.length
  }
  if (end < text.length) pieces.push({ text: text.slice(end), href: null })
  return pieces
}

/** Without what ends the sentence, and without a closing bracket that nothing opened. */
function trimmed(found: string): string {
  let end = found.length
  for (;;) {
    const char = found[end - 1] ?? ''
    const head = found.slice(0, end)
    const isUnopened = char === ')' && count(head, ')') > count(head, '(')
    if (!isUnopened && !/[.,;:!?'"’”\]]/.test(char)) return head
    end--
  }
}

function count(text: string, char: string): number {
  return text.split(char).length - 1
}

function hrefOf(found: string): string | null {
  if (!/^https?:/i.test(found)) return found.includes('@') ? `mailto:${found}` : null
  try {
    // Names and passwords in an address are there to mislead.
    const { hostname, username, password } = new URL(found)
    return hostname === '' || username !== '' || password !== '' ? null : found
  } catch {
    return null
  }
}
