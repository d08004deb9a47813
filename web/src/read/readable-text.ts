// The text of a message that stands for it wherever text is wanted: its own, or what its HTML says.

import type { BodyPart, EmailBody } from '#web/jmap/types.ts'

export function hasHtml({ htmlBody }: EmailBody): boolean {
  return htmlBody.some(({ type }) => type === 'text/html')
}

/** All HTML of a message, in one. */
export function htmlOf({ htmlBody, bodyValues }: EmailBody): string {
  return htmlBody
    .filter(({ type }) => type === 'text/html')
    .map(({ partId }) => bodyValues[partId ?? '']?.value ?? '')
    .join('\n<hr>\n')
}

export function isTruncated({ bodyValues }: EmailBody): boolean {
  return Object.values(bodyValues).some((value) => value.isTruncated)
}

async function partText({ partId, type }: BodyPart, { bodyValues }: EmailBody): Promise<string> {
  const value = bodyValues[partId ?? '']?.value ?? ''
  if (type !== 'text/html') return value
  const [{ sanitise }, { htmlToText }] = await Promise.all([import('./sanitise.ts'), import('./html-text.ts')])
  return htmlToText(sanitise(value).fragment)
}

/** What reads HTML is loaded when there is some. */
export async function readableText(body: EmailBody): Promise<string> {
  const texts = await Promise.all(
    body.textBody.filter(({ type }) => type.startsWith('text/')).map((part) => partText(part, body)),
  )
  return texts.join('\n\n')
}
