// The body of an Email that a client creates (RFC 8621 §4.6): a structure of parts, or a text, an HTML text and attachments, which are arranged here.

import * as v from 'valibot'
import { isComposersField } from '#message/compose-field.ts'
import type { DraftPart } from '#message/draft.ts'
import { parseBlobId } from './blob-ids.ts'
import { type BlobSource, type OpenedBlob, openBlob } from './blobs.ts'
import { readFields } from './email-fields.ts'
import { SetFailure } from './failure.ts'
import { type Json, type JsonObject, has, isObject } from './json-object.ts'
import { ATTACHMENT_BYTES_MAX } from './limits.ts'

const PARTS_MAX = 1000
const DEPTH_MAX = 32
const MEDIA_TYPE = /^([A-Za-z0-9!#$&^_.+-]{1,127})\/([A-Za-z0-9!#$&^_.+-]{1,127})$/

const optionalText = v.optional(v.nullable(v.string()), null)

const partSchema = v.looseObject({
  partId: optionalText,
  blobId: optionalText,
  name: optionalText,
  type: optionalText,
  charset: optionalText,
  disposition: optionalText,
  cid: optionalText,
  language: v.optional(v.nullable(v.array(v.string())), null),
  location: optionalText,
  subParts: v.optional(v.nullable(v.array(v.custom<JsonObject>(isObject))), null),
})

const KNOWN = [...Object.keys(partSchema.entries), 'size']

const valueSchema = v.strictObject({
  value: v.string(),
  isEncodingProblem: v.optional(v.literal(false)),
  isTruncated: v.optional(v.literal(false)),
})

/** Builds the draft's body. The blobs that it opened are its own: dispose it when the message is composed. */
export class BodyBuilder implements Disposable {
  readonly #source: BlobSource
  readonly #values: ReadonlyMap<string, string>
  readonly #opened: OpenedBlob[] = []
  readonly #wrong: Set<string>
  /** Header fields of the message itself, in lower case. */
  readonly #messageFields: ReadonlySet<string>
  readonly #notFound = new Set<string>()
  #parts = 0
  #bytes = 0

  /** `wrong` gets the properties of the Email that are not valid. */
  constructor(source: BlobSource, object: JsonObject, messageFields: ReadonlySet<string>, wrong: Set<string>) {
    this.#source = source
    this.#messageFields = messageFields
    this.#wrong = wrong
    this.#values = readValues(object['bodyValues'] ?? null, wrong)
  }

  /** Null if a property is wrong. Throws SetFailure, DamagedMessageError. */
  async build(object: JsonObject): Promise<DraftPart | null> {
    const lists = ['textBody', 'htmlBody', 'attachments'].filter((name) => has(object, name) && object[name] !== null)
    let body: DraftPart | null
    if (has(object, 'bodyStructure') && object['bodyStructure'] !== null) {
      for (const name of lists) this.#wrong.add(name)
      body = await this.#part(object['bodyStructure'] as Json, 'bodyStructure', 0)
    } else body = await this.#arrange(object)
    if (this.#notFound.size > 0 && this.#wrong.size === 0) {
      throw new SetFailure('blobNotFound', { notFound: [...this.#notFound] })
    }
    return this.#wrong.size > 0 ? null : body
  }

  async #arrange(object: JsonObject): Promise<DraftPart | null> {
    const text = await this.#single(object, 'textBody', 'text/plain')
    const html = await this.#single(object, 'htmlBody', 'text/html')
    const files: DraftPart[] = []
    const attachments = object['attachments'] ?? null
    if (attachments !== null && !Array.isArray(attachments)) this.#wrong.add('attachments')
    for (const item of Array.isArray(attachments) ? (attachments as readonly Json[]) : []) {
      const part = await this.#part(item, 'attachments', 1)
      if (part !== null) files.push(part)
    }
    // What the HTML shows is with it (RFC 2387).
    const isShown = (part: DraftPart): boolean => html !== null && part.id != null && part.disposition === 'inline'
    const embedded = files.filter(isShown)
    const page: DraftPart | null =
      html === null || embedded.length === 0
        ? html
        : { kind: 'multipart', subtype: 'related', parameters: { type: 'text/html' }, parts: [html, ...embedded] }
    const bodies = [text, page].filter((part) => part !== null)
    const [only] = bodies
    const shown: DraftPart =
      bodies.length > 1
        ? { kind: 'multipart', subtype: 'alternative', parts: bodies }
        : (only ?? { kind: 'text', subtype: 'plain', text: '', flowed: false })
    const others = files.filter((part) => !isShown(part))
    if (others.length === 0) return shown
    const asFiles = others.map((part) => ({ ...part, disposition: part.disposition ?? 'attachment' }))
    return { kind: 'multipart', subtype: 'mixed', parts: [shown, ...asFiles] }
  }

  /** §4.6: exactly one part, of that type. */
  async #single(object: JsonObject, property: string, type: string): Promise<DraftPart | null> {
    const list = object[property] ?? null
    if (list === null) return null
    const [only] = Array.isArray(list) && list.length === 1 ? (list as readonly Json[]) : []
    if (!isObject(only) || (only['type'] ?? type) !== type) {
      this.#wrong.add(property)
      return null
    }
    return this.#part({ ...only, type }, property, 1)
  }

  /** `path`: where it is in the Email, for the error. */
  async #part(value: Json, path: string, depth: number): Promise<DraftPart | null> {
    const result = v.safeParse(partSchema, value, { abortEarly: true })
    if (!result.success || !isObject(value) || ++this.#parts > PARTS_MAX || depth > DEPTH_MAX) return this.#fail(path)
    const part = result.output
    const others = Object.keys(value).filter((name) => !KNOWN.includes(name) && !name.startsWith('header:'))
    if (others.length > 0) return this.#fail(`${path}/${others[0] as string}`)
    const wrongFields = new Set<string>()
    // The composer's own fields have properties of their own; those of the message are not repeated (§4.6).
    const given = readFields(value, (key) => !isComposersField(key) && !this.#messageFields.has(key), wrongFields)
    for (const name of wrongFields) this.#fail(`${path}/${name}`)
    const shared = {
      name: part.name,
      disposition: part.disposition,
      id: part.cid,
      language: part.language,
      location: part.location,
      fields: given.map(({ field }) => field),
    }
    const type = part.type ?? (part.subParts !== null ? 'multipart/mixed' : part.partId !== null ? 'text/plain' : null)
    const [, main = '', subtype = ''] = MEDIA_TYPE.exec(type ?? 'application/octet-stream')?.map(lower) ?? []
    if (main === '') return this.#fail(`${path}/type`)
    if (main === 'multipart') {
      if (part.partId !== null || part.blobId !== null || !part.subParts?.length) return this.#fail(path)
      const parts: DraftPart[] = []
      for (const [at, child] of part.subParts.entries()) {
        const made = await this.#part(child, `${path}/subParts/${at}`, depth + 1)
        if (made !== null) parts.push(made)
      }
      return { ...shared, kind: 'multipart', subtype, parts }
    }
    if (part.subParts?.length || (part.partId === null) === (part.blobId === null)) return this.#fail(path)
    if (part.partId !== null) {
      const text = this.#values.get(part.partId)
      if (text === undefined || main !== 'text') return this.#fail(`${path}/partId`)
      // The server chooses, and counts (§4.6).
      if (part.charset !== null) return this.#fail(`${path}/charset`)
      if (has(value, 'size') && value['size'] !== null) return this.#fail(`${path}/size`)
      // Not flowed: what a client stores is what it gets back.
      return { ...shared, kind: 'text', subtype, text, flowed: false }
    }
    const bytes = await this.#blob(part.blobId ?? '')
    if (bytes === null) return null
    return { ...shared, kind: 'bytes', type: main, subtype, charset: main === 'text' ? part.charset : null, bytes }
  }

  #fail(path: string): null {
    this.#wrong.add(path)
    return null
  }

  async #blob(blobId: string): Promise<Buffer | null> {
    const ref = parseBlobId(blobId)
    const opened = ref === null ? null : await openBlob(this.#source, ref)
    if (opened === null) {
      this.#notFound.add(blobId)
      return null
    }
    this.#opened.push(opened)
    this.#bytes += opened.bytes.length
    if (this.#bytes > ATTACHMENT_BYTES_MAX) throw new SetFailure('tooLarge', { maxSize: ATTACHMENT_BYTES_MAX })
    return opened.bytes
  }

  [Symbol.dispose](): void {
    for (const opened of this.#opened.splice(0)) opened[Symbol.dispose]()
  }
}

function lower(text: string): string {
  return text.toLowerCase()
}

function readValues(given: Json, wrong: Set<string>): Map<string, string> {
  const values = new Map<string, string>()
  if (given !== null && !isObject(given)) wrong.add('bodyValues')
  for (const [partId, value] of Object.entries(isObject(given) ? given : {})) {
    const result = v.safeParse(valueSchema, value)
    if (result.success) values.set(partId, result.output.value)
    else
      for (const issue of result.issues) wrong.add(['bodyValues', partId, v.getDotPath(issue) ?? []].flat().join('/'))
  }
  return values
}
