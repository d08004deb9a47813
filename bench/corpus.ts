// Messages to measure with: always the same ones, and as real mail is in what costs a server time. Words follow Zipf's law; there are threads with
// quotations, lists, alternatives, attachments, pictures, encoded words, quoted-printable and base64. All names and addresses are made up.
//
// Planted words hold letters that no other word has, stand in decoded text alone, and are never quoted: how many messages hold one is known.

import { createHash } from 'node:crypto'

export interface Planted {
  readonly word: string
  /** Every so many messages hold it. */
  readonly every: number
  readonly first: number
}

export const PLANTED = {
  rare: { word: 'qzilverfinch', every: 2000, first: 411 },
  middle: { word: 'qzamberlark', every: 75, first: 17 },
  absent: { word: 'qznowherewren', every: Number.POSITIVE_INFINITY, first: Number.POSITIVE_INFINITY },
} as const satisfies Record<string, Planted>

export function plantedCount({ every, first }: Planted, messages: number): number {
  return messages <= first ? 0 : 1 + Math.floor((messages - 1 - first) / every)
}

export interface CorpusMessage {
  readonly bytes: Buffer
  readonly date: Date
  readonly isSeen: boolean
}

/** Of `plainMessages`. */
export const PLAIN_SUBJECT = 'plain text'

const VOCABULARY_WORDS = 30_000
const PEOPLE = 300
/** Of so many messages the next reply picks one. */
const OPEN_THREADS = 500
const LINE_CHARACTERS = 72
const FIRST_DATE = Date.UTC(2021, 0, 4)
const BETWEEN_MS = 2 * 3_600_000

/** As many messages as asked for; the first ones are the same for every number. */
export function* corpus(count: number): Generator<CorpusMessage> {
  const writer = new Writer(1)
  for (let index = 0; index < count; index++) yield writer.message(index)
}

/** Plain messages of exactly so many bytes. */
export function* plainMessages(count: number, sizeBytes: number, seed = 2): Generator<Buffer> {
  const writer = new Writer(seed)
  for (let index = 0; index < count; index++) yield writer.plain(index, sizeBytes)
}

interface Person {
  readonly name: string
  readonly address: string
}

interface Sent {
  readonly id: string
  readonly subject: string
  readonly from: Person
  readonly references: readonly string[]
  readonly paragraph: string
}

class Writer {
  readonly #seed: number
  readonly #random: () => number
  readonly #word: () => string
  readonly #people: readonly Person[]
  readonly #open: Sent[] = []

  constructor(seed: number) {
    this.#seed = seed
    this.#random = generator(seed)
    const vocabulary = words(VOCABULARY_WORDS, this.#random)
    this.#word = zipf(vocabulary, this.#random)
    this.#people = Array.from({ length: PEOPLE }, (_, at) => {
      const [given, family] = [vocabulary[200 + at] as string, vocabulary[4000 + at * 3] as string]
      const address = `${ascii(given)}.${ascii(family)}@${ascii(vocabulary[700 + (at % 30)] as string)}.example.${['org', 'net', 'com'][at % 3]}`
      return { name: `${capital(given)} ${capital(family)}`, address }
    })
  }

  message(index: number): CorpusMessage {
    const random = this.#random
    const date = new Date(FIRST_DATE + index * BETWEEN_MS + Math.floor(random() * BETWEEN_MS))
    const parent = random() < 0.45 ? this.#open[Math.floor(random() * this.#open.length)] : undefined
    const from = this.#person()
    const subject =
      parent === undefined
        ? this.#some(2 + Math.floor(random() * 6)).join(' ')
        : `Re: ${parent.subject.replace(/^Re: /, '')}`
    const paragraphs = this.#paragraphs()
    const planted = Object.values(PLANTED).filter(({ every, first }) => index >= first && (index - first) % every === 0)
    const text = [
      ...paragraphs,
      ...planted.map(({ word }) => `${capital(this.#word())} ${word} ${this.#word()}.`),
      ...(parent === undefined ? [] : [`${parent.from.name} wrote:\r\n${quoted(parent.paragraph)}`]),
    ]
    const references = parent === undefined ? [] : [...parent.references.slice(-9), parent.id]
    const sent = { id: `<${this.#hex(`id ${index}`, 24)}@mail.example.net>`, subject, from, references }
    const head = this.#head(index, date, sent)
    const bytes = Buffer.from(`${head}${this.#body(index, text)}`)
    const at = this.#open.length < OPEN_THREADS ? this.#open.length : Math.floor(random() * OPEN_THREADS)
    this.#open[at] = { ...sent, paragraph: paragraphs[0] as string }
    return { bytes, date, isSeen: index % 3 !== 0 }
  }

  plain(index: number, sizeBytes: number): Buffer {
    const date = new Date(FIRST_DATE + index * BETWEEN_MS)
    const sent = {
      id: `<${this.#hex(`plain ${index}`, 24)}@mail.example.net>`,
      subject: PLAIN_SUBJECT,
      from: this.#person(),
      references: [],
    }
    const head = `${this.#head(index, date, sent)}Content-Type: text/plain; charset=us-ascii\r\n\r\n`
    const bytes = Buffer.alloc(sizeBytes, 'x')
    let at = bytes.write(head, 'latin1')
    while (at < sizeBytes) {
      const line = `${this.#some(9).map(ascii).join(' ')}\r\n`
      if (at + line.length > sizeBytes - 2) break
      at += bytes.write(line, at, 'latin1')
    }
    bytes.write('\r\n', sizeBytes - 2, 'latin1')
    return bytes
  }

  #head(index: number, date: Date, { id, subject, from, references }: Omit<Sent, 'paragraph'>): string {
    const random = this.#random
    const when = date.toUTCString().replace('GMT', '+0000')
    const to = Array.from({ length: 1 + Math.floor(random() ** 2 * 4) }, () => this.#person())
    const domain = from.address.slice(from.address.indexOf('@') + 1)
    const relay = `relay${index % 7}.example.net`
    const fields = [
      `Return-Path: <${from.address}>`,
      `Received: from ${relay} (${relay} [192.0.2.${index % 250}])\r\n\tby mx.example.org with ESMTPS id ${this.#hex(`a${index}`, 16)}\r\n\tfor <bench@example.org>; ${when}`,
      `Received: from [198.51.100.${index % 250}] by ${relay} with ESMTPSA id ${this.#hex(`b${index}`, 12)};\r\n\t${when}`,
      `Authentication-Results: mx.example.org; dkim=pass header.d=${domain}; spf=pass smtp.mailfrom=${domain}`,
      `DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=${domain}; s=one;\r\n\th=from:to:subject:date:message-id; bh=${hash(`h${index}`, 'sha256')};\r\n\tb=${hash(`s${index}`, 'sha512')}\r\n\t ${hash(`t${index}`, 'sha512')}`,
      `From: ${mailbox(from)}`,
      `To: ${to.map(mailbox).join(',\r\n\t')}`,
      ...(random() < 0.2 ? [`Cc: ${this.#person().address}`] : []),
      `Subject: ${subject.split(' ').map(encodedWord).join(' ')}`,
      `Date: ${when}`,
      `Message-ID: ${id}`,
      ...(references.length === 0
        ? []
        : [`In-Reply-To: ${references.at(-1)}`, `References: ${references.join('\r\n\t')}`]),
      ...(random() < 0.25
        ? [`List-Id: <list${index % 30}.example.com>`, `List-Unsubscribe: <https://example.com/leave/${index}>`]
        : []),
      'MIME-Version: 1.0',
    ]
    return `${fields.join('\r\n')}\r\n`
  }

  #body(index: number, paragraphs: readonly string[]): string {
    const boundary = this.#hex(`boundary ${index}`, 20)
    const plain = (): string => textPart('text/plain', `${paragraphs.map(wrapped).join('\r\n\r\n')}\r\n`, index)
    const html = (): string => textPart('text/html', page(paragraphs), index)
    const kind = this.#random()
    if (kind < 0.34) return plain()
    const alternative = (): string => multipart('alternative', `${boundary}a`, [plain(), html()])
    if (kind < 0.8) return alternative()
    if (kind < 0.93) {
      const bytes = Math.min(200_000, Math.round(Math.exp(9.6 + this.#gauss())))
      return multipart('mixed', `${boundary}m`, [
        alternative(),
        `Content-Type: application/pdf; name="paper ${index}.pdf"\r\nContent-Disposition: attachment; filename="paper ${index}.pdf"\r\nContent-Transfer-Encoding: base64\r\n\r\n${base64Lines(this.#noise(index, bytes))}`,
      ])
    }
    return multipart('related', `${boundary}r`, [
      html(),
      `Content-Type: image/png\r\nContent-ID: <picture${index}@mail.example.net>\r\nContent-Disposition: inline\r\nContent-Transfer-Encoding: base64\r\n\r\n${base64Lines(this.#noise(index, 2000 + (index % 6000)))}`,
    ])
  }

  #paragraphs(): readonly string[] {
    let left = Math.min(6000, 20 + Math.round(Math.exp(5 + 0.85 * this.#gauss())))
    const paragraphs: string[] = []
    while (left > 0) {
      const length = Math.min(left, 20 + Math.floor(this.#random() * 70))
      paragraphs.push(`${capital(this.#some(length).join(' '))}.`)
      left -= length
    }
    return paragraphs
  }

  #some(count: number): readonly string[] {
    return Array.from({ length: count }, this.#word)
  }

  /** A few write most of it. */
  #person(): Person {
    return this.#people[Math.floor(this.#random() ** 3 * PEOPLE)] as Person
  }

  #gauss(): number {
    return Math.sqrt(-2 * Math.log(1 - this.#random())) * Math.cos(2 * Math.PI * this.#random())
  }

  #hex(what: string, characters: number): string {
    return createHash('sha256').update(`${this.#seed} ${what}`).digest('hex').slice(0, characters)
  }

  /** Does not compress, as files in mail do not. */
  #noise(index: number, bytes: number): Buffer {
    const block = createHash('shake256', { outputLength: bytes })
    return block.update(`${this.#seed} ${index}`).digest()
  }
}

/** Mulberry32: small, and good enough to choose words. From 0 (included) to 1 (not included). */
function generator(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Words that one can pronounce, the short ones first; one in twenty with a letter beyond ASCII. None has a q or a z. */
function words(count: number, random: () => number): readonly string[] {
  const heads = ['b', 'c', 'd', 'f', 'g', 'h', 'k', 'l', 'm', 'n', 'p', 'r', 's', 't', 'v', 'w', 'st', 'tr', 'sh', 'pl']
  const cores = ['a', 'e', 'i', 'o', 'u', 'ea', 'ou', 'ie']
  const tails = ['', '', '', 'n', 'r', 's', 't', 'l', 'm']
  const accents = ['ä', 'é', 'ö', 'ñ', 'å', 'ü']
  const pick = (from: readonly string[]): string => from[Math.floor(random() * from.length)] as string
  const found = new Set<string>()
  while (found.size < count) {
    const syllables = 1 + Math.floor(Math.log10(1 + found.size / 20) * random() * 1.6)
    let word = ''
    for (let at = 0; at < syllables; at++) word += pick(heads) + pick(cores)
    word += pick(tails)
    if (found.size > 1000 && random() < 0.05) word += pick(accents)
    found.add(word)
  }
  return [...found]
}

/** Chooses the n-th word with a probability of about 1/n. */
function zipf(vocabulary: readonly string[], random: () => number): () => string {
  const sums = new Float64Array(vocabulary.length)
  let sum = 0
  for (let at = 0; at < sums.length; at++) sums[at] = sum += 1 / (at + 3)
  return () => {
    const aim = random() * sum
    let low = 0
    let high = sums.length - 1
    while (low < high) {
      const middle = (low + high) >> 1
      if ((sums[middle] as number) < aim) low = middle + 1
      else high = middle
    }
    return vocabulary[low] as string
  }
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

function ascii(text: string): string {
  return text.normalize('NFD').replaceAll(/[^\x20-\x7e]/g, '')
}

function isAscii(text: string): boolean {
  return !/[^\t\r\n\x20-\x7e]/.test(text)
}

function hash(what: string, algorithm: string): string {
  return createHash(algorithm).update(what).digest('base64')
}

function mailbox({ name, address }: Person): string {
  return `${name.split(' ').map(encodedWord).join(' ')} <${address}>`
}

/** RFC 2047. */
function encodedWord(word: string): string {
  return isAscii(word) ? word : `=?UTF-8?B?${Buffer.from(word).toString('base64')}?=`
}

function wrapped(text: string): string {
  const lines: string[] = ['']
  for (const word of text.split(' ')) {
    const line = lines.at(-1) as string
    if (line !== '' && line.length + word.length >= LINE_CHARACTERS) lines.push(word)
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`
  }
  return lines.join('\r\n')
}

function quoted(text: string): string {
  return `> ${wrapped(text).replaceAll('\n', '\n> ')}`
}

function page(paragraphs: readonly string[]): string {
  const body = paragraphs.map((text) => `<p style="margin:0 0 1em">${wrapped(text)}</p>`).join('\r\n')
  return `<!DOCTYPE html>\r\n<html><head><meta charset="utf-8"><style>body{font-family:sans-serif;color:#222}</style></head><body>\r\n${body}\r\n</body></html>\r\n`
}

function multipart(kind: string, boundary: string, parts: readonly string[]): string {
  const inner = parts.map((part) => `--${boundary}\r\n${part}\r\n`).join('')
  return `Content-Type: multipart/${kind}; boundary="${boundary}"\r\n\r\n${inner}--${boundary}--\r\n`
}

/** As it is if it is ASCII, else by quoted-printable or base64, one as often as the other. */
function textPart(type: string, text: string, index: number): string {
  const head = `Content-Type: ${type}; charset=utf-8\r\nContent-Transfer-Encoding: `
  if (isAscii(text)) return `${head}7bit\r\n\r\n${text}`
  if (index % 2 === 0) return `${head}base64\r\n\r\n${base64Lines(Buffer.from(text))}`
  return `${head}quoted-printable\r\n\r\n${quotedPrintable(text)}`
}

function base64Lines(bytes: Uint8Array): string {
  return `${(
    Buffer.from(bytes)
      .toString('base64')
      .match(/.{1,76}/g) ?? []
  ).join('\r\n')}\r\n`
}

/** RFC 2045 §6.7. */
function quotedPrintable(text: string): string {
  return text
    .split('\r\n')
    .map((line) => {
      let out = ''
      let used = 0
      for (const byte of Buffer.from(line)) {
        const isPlain = byte >= 0x20 && byte < 0x7f && byte !== 0x3d
        const code = isPlain ? String.fromCharCode(byte) : `=${byte.toString(16).toUpperCase().padStart(2, '0')}`
        if (used + code.length > 75) {
          out += '=\r\n'
          used = 0
        }
        out += code
        used += code.length
      }
      return out.replace(/ $/, '=20')
    })
    .join('\r\n')
}
