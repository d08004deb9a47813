// format=flowed (RFC 3676): text whose soft line breaks (a space before the line break) may be undone for display.

/** Depth of quoting (§4.5): the number of `>` at the line's start. */
function quoteDepth(line: string): number {
  let depth = 0
  while (line.charCodeAt(depth) === 0x3e) depth++
  return depth
}

/**
 * Paragraphs as single lines, with LF. Quoted ones keep their marks, as `>> text`. `delSp`: the space before a soft break goes too
 * (§4.3). `text` has LF or CRLF as line breaks.
 */
export function unfoldFlowed(text: string, delSp: boolean): string {
  const result: string[] = []
  let paragraph = ''
  let depth = -1
  const flush = (): void => {
    if (depth < 0) return
    result.push(depth > 0 ? `${'>'.repeat(depth)} ${paragraph}` : paragraph)
    paragraph = ''
    depth = -1
  }
  const lines = text.split(/\r?\n/)
  for (const line of lines) {
    const quotes = quoteDepth(line)
    // §4.4: space-stuffing.
    const content = line.charCodeAt(quotes) === 0x20 ? line.slice(quotes + 1) : line.slice(quotes)
    // §4.5: a change of depth ends a paragraph, flowed or not.
    if (depth >= 0 && depth !== quotes) flush()
    depth = quotes
    // §4.3: a signature separator is never flowed, and is a paragraph of its own.
    if (content === '-- ') {
      if (paragraph !== '') flush()
      depth = quotes
      paragraph = content
      flush()
    } else if (content.endsWith(' ')) {
      paragraph += delSp ? content.slice(0, -1) : content
    } else {
      paragraph += content
      flush()
    }
  }
  flush()
  return result.join('\n')
}

/** Text with LF as line breaks, as flowed lines of at most about 72 characters (§4.2), without DelSp. */
export function makeFlowed(text: string): string {
  return text.split(/\r?\n/).map(flowLine).join('\r\n')
}

const LINE_LENGTH = 72

function flowLine(line: string): string {
  const quotes = quoteDepth(line)
  const marks = line.slice(0, quotes)
  let rest = line.slice(quotes)
  if (quotes > 0 && rest.startsWith(' ')) rest = rest.slice(1)
  // §4.2: only a soft break may leave a space before the line break.
  if (line !== '-- ') rest = rest.trimEnd()
  const lines: string[] = []
  while (rest.length > LINE_LENGTH - quotes) {
    let cut = rest.lastIndexOf(' ', LINE_LENGTH - quotes)
    if (cut <= 0) cut = rest.indexOf(' ', LINE_LENGTH - quotes)
    if (cut <= 0) break
    // A break before white space would change it: the break comes after the last of a run.
    while (rest.charCodeAt(cut + 1) === 0x20) cut++
    if (cut + 1 >= rest.length) break
    lines.push(stuff(marks, rest.slice(0, cut + 1)))
    rest = rest.slice(cut + 1)
  }
  lines.push(stuff(marks, rest))
  return lines.join('\r\n')
}

/** §4.4: a space goes before content that begins with a space, a `>` or `From `, and between marks and content. */
function stuff(marks: string, content: string): string {
  if (marks !== '') return content === '' ? marks : `${marks} ${content}`
  return /^(?: |>|From )/.test(content) ? ` ${content}` : content
}
