// XML 1.0 as the documents of autoconfiguration are written: elements and text, in which nothing that came from outside can be more than text.

/** What XML 1.0 §2.2 has no way to write, not even escaped. */
// eslint-disable-next-line no-control-regex
const NOT_XML = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
}

/** For text between tags and for values between quotes. */
export function xmlText(text: string): string {
  return text
    .toWellFormed()
    .replace(NOT_XML, '\ufffd')
    .replace(/[&<>"']/g, (character) => ESCAPES[character] as string)
}

/** `name` is ours; `content` is text. */
export function textElement(name: string, content: string | number): string {
  return `<${name}>${xmlText(String(content))}</${name}>`
}

/** Content is elements, one a line, set in by two blanks. `start` is the name with what stands behind it in the tag. */
export function element(start: string, content: readonly string[]): string {
  const name = start.split(' ', 1)[0] as string
  const lines = content.flatMap((one) => one.split('\n')).map((line) => `  ${line}`)
  return [`<${start}>`, ...lines, `</${name}>`].join('\n')
}

export function xmlDocument(root: string): Buffer {
  return Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>\n${root}\n`)
}
