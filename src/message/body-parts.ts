// Which parts a message's text is made of, and which are its attachments: the algorithm of RFC 8621 §4.1.4.

import { parameterText } from './parameters.ts'
import { type Part, isMultipart } from './part.ts'

export interface BodyParts {
  /** Parts to show, in order, where plain text is preferred. */
  readonly textBody: readonly Part[]
  /** Parts to show, in order, where HTML is preferred. */
  readonly htmlBody: readonly Part[]
  readonly attachments: readonly Part[]
  /** Of `attachments` those that a multipart/related embeds: images that the HTML shows, by their Content-ID. */
  readonly embedded: ReadonlySet<Part>
}

/** The name of a part's file (RFC 8621 §4.1.4): that of its disposition, else of its media type. */
export function fileName(part: Part): string | null {
  const name = part.disposition === null ? null : parameterText(part.disposition.parameters, 'filename')
  return name ?? parameterText(part.parameters, 'name')
}

interface Collected {
  textBody: Part[]
  htmlBody: Part[]
  attachments: Part[]
  embedded: Set<Part>
}

export function bodyParts(root: Part): BodyParts {
  const collected: Collected = { textBody: [], htmlBody: [], attachments: [], embedded: new Set() }
  collect([root], 'mixed', false, true, true, collected)
  return collected
}

function isInlineMedia(part: Part): boolean {
  return part.type === 'image' || part.type === 'audio' || part.type === 'video'
}

function isBodyPart(part: Part, index: number, parentSubtype: string): boolean {
  if (part.disposition?.type === 'attachment') return false
  const isText = part.type === 'text' && (part.subtype === 'plain' || part.subtype === 'html')
  if (!isText && !isInlineMedia(part)) return false
  // Only the first part of a multipart/related is shown by itself; a later text with a name is a file.
  return index === 0 || (parentSubtype !== 'related' && (isInlineMedia(part) || fileName(part) === null))
}

/** `intoText`, `intoHtml`: whether the enclosing alternative still collects for that body. */
function collect(
  parts: readonly Part[],
  subtype: string,
  inAlternative: boolean,
  intoText: boolean,
  intoHtml: boolean,
  to: Collected,
): void {
  const textLength = to.textBody.length
  const htmlLength = to.htmlBody.length
  let text = intoText
  let html = intoHtml
  for (const [index, part] of parts.entries()) {
    if (isMultipart(part)) {
      collect(part.children, part.subtype, inAlternative || part.subtype === 'alternative', text, html, to)
    } else if (!isBodyPart(part, index, subtype)) {
      to.attachments.push(part)
      if (subtype === 'related' && part.id !== null && isInlineMedia(part)) to.embedded.add(part)
    } else if (subtype === 'alternative') {
      if (part.type !== 'text') to.attachments.push(part)
      else if (part.subtype === 'plain' && text) to.textBody.push(part)
      else if (part.subtype === 'html' && html) to.htmlBody.push(part)
    } else {
      if (inAlternative && part.type === 'text') {
        if (part.subtype === 'plain') html = false
        else text = false
      }
      if (text) to.textBody.push(part)
      if (html) to.htmlBody.push(part)
      if ((!text || !html) && isInlineMedia(part)) to.attachments.push(part)
    }
  }
  if (subtype !== 'alternative' || !text || !html) return
  // What has only one of the two is shown in both.
  if (to.textBody.length === textLength && to.htmlBody.length !== htmlLength) {
    to.textBody.push(...to.htmlBody.slice(htmlLength))
  } else if (to.htmlBody.length === htmlLength && to.textBody.length !== textLength) {
    to.htmlBody.push(...to.textBody.slice(textLength))
  }
}
