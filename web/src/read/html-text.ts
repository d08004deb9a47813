// HTML of a message as readable text: lines, lists, quotes and the words of links. Given what is sanitised already.

const BLOCKS = new Set([
  'address',
  'article',
  'blockquote',
  'center',
  'dd',
  'div',
  'dl',
  'dt',
  'figure',
  'footer',
  'h1',
  'h2',
  'h3',
  'h4',
  'h5',
  'h6',
  'header',
  'hr',
  'li',
  'main',
  'nav',
  'ol',
  'p',
  'pre',
  'section',
  'table',
  'tbody',
  'tfoot',
  'thead',
  'tr',
  'ul',
])
const SPACED = new Set(['p', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'blockquote', 'ul', 'ol', 'table', 'pre'])
const DEPTH_MAX = 200
/** White space, and what is invisible and put there to fill previews. */
const SPACES = /(?:[ \t\r\n\f\u{a0}\u{ad}\u{2007}\u{200b}\u{200c}\u{feff}]|\u{34f})+/u

export function htmlToText(fragment: DocumentFragment): string {
  const writer = new TextWriter()
  visit(fragment, writer, 0)
  return writer.finish()
}

class TextWriter {
  readonly #lines: string[] = []
  #line = ''
  #isSpaceDue = false
  readonly prefix: string[] = []
  isPreformatted = false

  text(text: string): void {
    if (this.isPreformatted) {
      for (const [at, line] of text.split('\n').entries()) {
        if (at > 0) this.break()
        this.#line += line
      }
      return
    }
    for (const [at, word] of text.split(SPACES).entries()) {
      if (at > 0) this.#isSpaceDue = true
      if (word === '') continue
      if (this.#isSpaceDue && this.#line !== '') this.#line += ' '
      this.#isSpaceDue = false
      this.#line += word
    }
  }

  break(): void {
    this.#lines.push(`${this.prefix.join('')}${this.#line}`.trimEnd())
    this.#line = ''
    this.#isSpaceDue = false
  }

  block(): void {
    if (this.#line !== '') this.break()
  }

  paragraph(): void {
    this.block()
    const last = this.#lines.at(-1)
    if (last !== undefined && last !== this.prefix.join('').trimEnd()) this.break()
  }

  finish(): string {
    this.block()
    return this.#lines
      .join('\n')
      .replaceAll(/\n{3,}/g, '\n\n')
      .trim()
  }
}

function visit(node: Node, writer: TextWriter, depth: number): void {
  if (depth > DEPTH_MAX) return
  for (const child of node.childNodes) {
    if (child instanceof Text) writer.text(child.data)
    else if (child instanceof Element) element(child, writer, depth)
  }
}

function element(node: Element, writer: TextWriter, depth: number): void {
  const name = node.localName
  if (isHidden(node)) return
  if (name === 'br') {
    writer.break()
    return
  }
  if (name === 'img') {
    const alt = node.getAttribute('alt')?.trim() ?? ''
    if (alt !== '') writer.text(`[${alt}]`)
    return
  }
  const isBlock = BLOCKS.has(name)
  if (SPACED.has(name)) writer.paragraph()
  else if (isBlock) writer.block()
  if (name === 'hr') writer.text('────────')
  if (name === 'td' || name === 'th') writer.text('  ')
  if (name === 'li') writer.text(node.parentElement?.localName === 'ol' ? `${numberOf(node)}. ` : '• ')
  if (name === 'blockquote') writer.prefix.push('> ')
  const wasPreformatted = writer.isPreformatted
  if (name === 'pre') writer.isPreformatted = true
  visit(node, writer, depth + 1)
  writer.isPreformatted = wasPreformatted
  if (name === 'a') linkTarget(node, writer)
  if (isBlock) writer.block()
  if (name === 'blockquote') writer.prefix.pop()
  if (SPACED.has(name)) writer.paragraph()
}

/** A link whose words do not say where it goes says so behind them, by its host. */
function linkTarget(link: Element, writer: TextWriter): void {
  const href = link.getAttribute('data-href') ?? ''
  const words = link.textContent.trim()
  if (!/^https?:/i.test(href) || words === '') return
  if (/^https?:/i.test(words)) return
  writer.text(` <${href}>`)
}

function numberOf(item: Element): number {
  return [...(item.parentElement?.children ?? [])].filter(({ localName }) => localName === 'li').indexOf(item) + 1
}

function isHidden(node: Element): boolean {
  const style = node.getAttribute('data-style') ?? ''
  return /(?:display:\s*none|visibility:\s*hidden|font-size:\s*0|max-height:\s*0)/i.test(style)
}
