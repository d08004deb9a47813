// A message of then, to look at before it is restored: who wrote it, its text, the names of its files.

import type { Steps } from '#base/steps.ts'
import { readTextInSteps } from '#message/body.ts'
import { bodyParts, fileName } from '#message/body-parts.ts'
import { htmlToTextInSteps } from '#message/html-text.ts'
import { parseInSteps } from '#message/parse.ts'
import { type Summary, summarizeInSteps } from '#message/summary.ts'

export interface Preview {
  readonly summary: Summary
  /** Plain; at most `PREVIEW_LENGTH_MAX` characters. */
  readonly text: string
  readonly isCut: boolean
  /** Names and media types of the first attachments. */
  readonly files: readonly { readonly name: string | null; readonly type: string }[]
  readonly sizeBytes: number
}

export const PREVIEW_LENGTH_MAX = 16_384
export const PREVIEW_FILES_MAX = 50

/** `bytes` stay the caller's. */
export function* previewInSteps(bytes: Buffer): Steps<Preview> {
  const part = yield* parseInSteps(bytes)
  const summary = yield* summarizeInSteps(bytes, part)
  const { textBody, attachments } = bodyParts(part)
  let text = ''
  let isCut = false
  for (const body of textBody) {
    if (body.type !== 'text') continue
    yield
    const left = PREVIEW_LENGTH_MAX - text.length
    if (left <= 0) {
      isCut = true
      break
    }
    // No character set needs more bytes for a character than four times those of UTF-8; of HTML most is not text.
    const source = yield* readTextInSteps(bytes, body, (body.subtype === 'html' ? 64 : 16) * PREVIEW_LENGTH_MAX)
    const plain = body.subtype === 'html' ? yield* htmlToTextInSteps(source.text, left + 1) : source.text
    isCut ||= plain.length > left || source.isTruncated
    text += `${text === '' ? '' : '\n'}${plain.slice(0, left)}`
  }
  // Not half of a character.
  text = text.slice(0, PREVIEW_LENGTH_MAX).toWellFormed()
  const files = attachments.slice(0, PREVIEW_FILES_MAX).map((file) => ({
    name: fileName(file),
    type: `${file.type}/${file.subtype}`,
  }))
  return { summary, text, isCut, files, sizeBytes: bytes.length }
}
