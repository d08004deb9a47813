// The body of an Email (RFC 8621 §4.1.4): its parts, flat lists of them, and the text of those that have some.

import { DamagedMessageError } from '#account/account.ts'
import { type BodyParts, bodyParts, fileName } from '#message/body-parts.ts'
import { readTextInSteps } from '#message/body.ts'
import { decodeOctets } from '#message/charset.ts'
import { messageIdsForm } from '#message/header-forms.ts'
import { parameterText } from '#message/parameters.ts'
import { type Part, isMultipart } from '#message/part.ts'
import { formatBlobId, partBlob } from './blob-ids.ts'
import type { Context } from './context.ts'
import type { BodyOptions } from './email-properties.ts'
import { headerList, headerValue, readHeader } from './header-value.ts'
import { newMap } from './json-object.ts'
import type { MessageSource } from './message-source.ts'
import { leafParts } from './part-ids.ts'
import { truncateText } from './truncate-text.ts'

export interface BodyValueOptions {
  readonly fetchTextBodyValues: boolean
  readonly fetchHTMLBodyValues: boolean
  readonly fetchAllBodyValues: boolean
  /** 0: all of it. */
  readonly maxBodyValueBytes: number
}

export class BodyReader {
  readonly #context: Context
  readonly #source: MessageSource
  readonly #options: BodyOptions
  readonly #root: Part
  readonly #numbers: ReadonlyMap<Part, number>
  readonly #parts: BodyParts

  constructor(context: Context, source: MessageSource, options: BodyOptions) {
    this.#context = context
    this.#source = source
    this.#options = options
    this.#root = source.structure()
    this.#numbers = new Map(leafParts(this.#root).map((part, at) => [part, at + 1]))
    this.#parts = bodyParts(this.#root)
  }

  /** Those of the five properties that are wanted. Throws DamagedMessageError, MethodFailure. */
  async read(names: ReadonlySet<string>, values: BodyValueOptions): Promise<Record<string, unknown>> {
    const { textBody, htmlBody, attachments } = this.#parts
    const result: Record<string, unknown> = {}
    if (names.has('bodyStructure')) result['bodyStructure'] = await this.#structure(this.#root)
    if (names.has('bodyValues')) result['bodyValues'] = await this.#values(values)
    if (names.has('textBody')) result['textBody'] = await this.#list(textBody)
    if (names.has('htmlBody')) result['htmlBody'] = await this.#list(htmlBody)
    if (names.has('attachments')) result['attachments'] = await this.#list(attachments)
    return result
  }

  async #list(parts: readonly Part[]): Promise<object[]> {
    const objects: object[] = []
    for (const part of parts) objects.push(await this.#object(part))
    return objects
  }

  /** With the parts within, whether `subParts` is asked for or not: there is no structure without. */
  async #structure(part: Part): Promise<object> {
    const object = await this.#object(part)
    if (!isMultipart(part)) return object
    const subParts: object[] = []
    for (const child of part.children) subParts.push(await this.#structure(child))
    return { ...object, subParts }
  }

  async #object(part: Part): Promise<Record<string, unknown>> {
    const { properties, headers } = this.#options
    const number = this.#numbers.get(part)
    const object = newMap<unknown>()
    const put = (name: string, value: () => unknown): void => {
      if (properties.has(name)) object[name] = value()
    }
    put('partId', () => (number === undefined ? null : String(number)))
    put('blobId', () => this.#blobId(number))
    if (properties.has('size')) object['size'] = await this.#size(part)
    put('name', () => fileName(part))
    put('type', () => `${part.type}/${part.subtype}`)
    put('charset', () => charsetOf(part))
    put('disposition', () => part.disposition?.type ?? null)
    put('cid', () => (part.id === null ? null : (messageIdsForm(part.id)?.[0] ?? decodeOctets(part.id))))
    put('language', () => (part.language.length === 0 ? null : part.language))
    put('location', () => (part.location === null ? null : decodeOctets(part.location)))
    if (properties.has('subParts') && !isMultipart(part)) object['subParts'] = null
    if (properties.has('headers') || headers.length > 0) {
      const fields = await this.#header(part)
      if (properties.has('headers')) object['headers'] = headerList(fields)
      for (const header of headers) object[header.property] = headerValue(fields, header)
    }
    this.#context.spend(200)
    await this.#context.pause()
    return object
  }

  #blobId(number: number | undefined): string | null {
    const blob = number === undefined ? null : partBlob(this.#source.blob, number)
    return blob === null ? null : formatBlobId(blob)
  }

  async #header(part: Part): Promise<ReturnType<typeof readHeader>> {
    if (part === this.#root) return this.#source.header()
    const opened = await unlessDamaged(this.#source.partHeader(part))
    return opened === null
      ? readHeader(Buffer.alloc(0), 0, 0)
      : readHeader(opened.bytes, opened.part.start, opened.part.bodyStart)
  }

  /** That of the body as it is stored where it cannot be read. */
  async #size(part: Part): Promise<number> {
    return (await unlessDamaged(this.#source.contentSize(part))) ?? part.end - part.bodyStart
  }

  async #values(options: BodyValueOptions): Promise<Record<string, unknown>> {
    const { textBody, htmlBody } = this.#parts
    const wanted = new Set<Part>([
      ...(options.fetchTextBodyValues ? textBody : []),
      ...(options.fetchHTMLBodyValues ? htmlBody : []),
      ...(options.fetchAllBodyValues ? this.#numbers.keys() : []),
    ])
    const values: Record<string, unknown> = {}
    for (const part of wanted) {
      if (part.type !== 'text') continue
      values[String(this.#numbers.get(part))] = await this.#value(part, options.maxBodyValueBytes)
      await this.#context.pause()
    }
    return values
  }

  async #value(part: Part, maxBytes: number): Promise<object> {
    const opened = await unlessDamaged(this.#source.part(part))
    if (opened === null) return { value: '', isEncodingProblem: true, isTruncated: true }
    // No character set needs more bytes for a character than four times those of UTF-8.
    const sourceMax = maxBytes === 0 ? undefined : maxBytes * 4
    const { text, isEncodingProblem, isTruncated } = await this.#context.run(
      readTextInSteps(opened.bytes, opened.part, sourceMax),
    )
    const value = maxBytes === 0 ? text : truncateText(text, maxBytes, part.subtype === 'html')
    this.#context.spend(value.length)
    return { value, isEncodingProblem, isTruncated: isTruncated || value.length < text.length }
  }
}

/** RFC 8621 §4.1.4: the implicit one where text does not say. */
function charsetOf(part: Part): string | null {
  return parameterText(part.parameters, 'charset') ?? (part.type === 'text' ? 'us-ascii' : null)
}

/** Null for what cannot be read: the rest of the message is given all the same. */
async function unlessDamaged<T>(reading: Promise<T>): Promise<T | null> {
  try {
    return await reading
  } catch (error) {
    if (error instanceof DamagedMessageError) return null
    throw error
  }
}
