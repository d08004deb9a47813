// Character sets: bytes and a label to text.
//
// Labels are those of the WHATWG Encoding Standard, which TextDecoder knows (so that `iso-8859-1` means windows-1252 and `gb2312`
// GBK, as senders mean it), with the aliases that mail adds. UTF-7, ISO-2022-KR and HZ, which the standard has dropped, are
// decoded here. A label that is unknown or missing means UTF-8 if the bytes are that, else windows-1252. Never throws.

import { asBuffer } from '#base/bytes.ts'
import { decodeHz, decodeIso2022Kr, decodeUtf7 } from './charset-seven-bit.ts'

export interface DecodedText {
  readonly text: string
  /** The label is unknown, or the bytes are not of that character set. */
  readonly problem: boolean
}

type Decoder = (bytes: Buffer) => DecodedText

/** Mail's names for what TextDecoder knows by another, without their punctuation. */
const ALIASES: Readonly<Record<string, string>> = {
  utf8mb4: 'utf-8',
  cp65001: 'utf-8',
  unicode: 'utf-16',
  ucs2: 'utf-16',
  latin1: 'windows-1252',
  latin9: 'iso-8859-15',
  latin0: 'iso-8859-15',
  '88591': 'windows-1252',
  '885915': 'iso-8859-15',
  iso88591: 'windows-1252',
  iso885911987: 'windows-1252',
  ansi: 'windows-1252',
  cp850: 'windows-1252',
  ibm850: 'windows-1252',
  iso88598e: 'iso-8859-8',
  iso2022jp1: 'iso-2022-jp',
  iso2022jp2: 'iso-2022-jp',
  iso2022jp3: 'iso-2022-jp',
  iso2022jp2004: 'iso-2022-jp',
  iso2022jpms: 'iso-2022-jp',
  jis: 'iso-2022-jp',
  cp50220: 'iso-2022-jp',
  cp50221: 'iso-2022-jp',
  cp51932: 'euc-jp',
  eucjpms: 'euc-jp',
  ujis: 'euc-jp',
  cp932: 'shift_jis',
  ms932: 'shift_jis',
  mskanji: 'shift_jis',
  shiftjis: 'shift_jis',
  cp936: 'gbk',
  ms936: 'gbk',
  euccn: 'gbk',
  cp949: 'euc-kr',
  ms949: 'euc-kr',
  uhc: 'euc-kr',
  euckr: 'euc-kr',
  ksc5601: 'euc-kr',
  cp950: 'big5',
  euctw: 'big5',
  cp874: 'windows-874',
  tis620: 'windows-874',
  koi8ru: 'koi8-u',
  macroman: 'macintosh',
  cp866: 'ibm866',
}

const BOM = 0xfeff
const utf8Strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function withoutBom(text: string): string {
  return text.charCodeAt(0) === BOM ? text.slice(1) : text
}

/** UTF-8; each ill-formed sequence becomes U+FFFD. */
function decodeUtf8(bytes: Buffer): DecodedText {
  const text = bytes.toString('utf8')
  if (!text.includes('\ufffd')) return { text: withoutBom(text), problem: false }
  return { text: withoutBom(text), problem: !isUtf8(bytes) }
}

function isUtf8(bytes: Buffer): boolean {
  try {
    utf8Strict.decode(bytes)
    return true
  } catch {
    return false
  }
}

function decodeUnlabelled(bytes: Buffer): DecodedText {
  const decoded = decodeUtf8(bytes)
  return decoded.problem ? { text: windows1252Text(bytes), problem: true } : decoded
}

/** US-ASCII, or no label: bytes over 0x7f should not be there, and mean UTF-8 or windows-1252. */
function decodeAscii(bytes: Buffer): DecodedText {
  const { text } = decodeUnlabelled(bytes)
  // Valid UTF-8 has as many characters as bytes only if it is ASCII; windows-1252 is shown by the characters themselves.
  if (text.length === bytes.length && !NOT_ASCII.test(text)) {
    return text.includes(ESCAPED_JAPANESE) ? iso2022Jp(bytes) : { text, problem: false }
  }
  return { text, problem: true }
}

// eslint-disable-next-line no-control-regex -- exactly the bytes of ASCII
const NOT_ASCII = /[^\x00-\x7f]/

/** Begins double-byte characters in ISO-2022-JP, which is often sent without its label (RFC 1468). */
const ESCAPED_JAPANESE = '\x1b$'

// eslint-disable-next-line no-control-regex -- where windows-1252 differs from Latin-1
const C1 = /[\x80-\x9f]/g
const c1AsWindows1252 = new TextDecoder('windows-1252').decode(Uint8Array.from({ length: 32 }, (_, i) => 0x80 + i))

/** As TextDecoder does it, many times faster. */
function windows1252Text(bytes: Buffer): string {
  return bytes.toString('latin1').replace(C1, (char) => c1AsWindows1252.charAt(char.charCodeAt(0) - 0x80))
}

function decodeWindows1252(bytes: Buffer): DecodedText {
  return { text: windows1252Text(bytes), problem: false }
}

function byTextDecoder(label: string): Decoder | null {
  let decoder: TextDecoder
  try {
    decoder = new TextDecoder(label)
  } catch {
    return null
  }
  if (decoder.encoding === 'utf-8') return decodeUtf8
  if (decoder.encoding === 'windows-1252') return decodeWindows1252
  return (bytes) => {
    const text = decoder.decode(bytes)
    return { text, problem: text.includes('\ufffd') }
  }
}

const iso2022Jp = byTextDecoder('iso-2022-jp') as Decoder
const legacyKorean = byTextDecoder('euc-kr') as Decoder
const legacyChinese = byTextDecoder('gbk') as Decoder

const SPECIAL: Readonly<Record<string, Decoder>> = {
  usascii: decodeAscii,
  ascii: decodeAscii,
  ansix341968: decodeAscii,
  iso646us: decodeAscii,
  utf7: (bytes) => decodeUtf7(bytes),
  unicode11utf7: (bytes) => decodeUtf7(bytes),
  iso2022kr: (bytes) => legacyKorean(decodeIso2022Kr(bytes)),
  hzgb2312: (bytes) => legacyChinese(decodeHz(bytes)),
  hz: (bytes) => legacyChinese(decodeHz(bytes)),
}

const decoders = new Map<string, Decoder | null>()

/** Labels come from strangers: the cache of what they mean is bounded. */
const CACHED_LABELS_MAX = 500
const LABEL_LENGTH_MAX = 60

function decoderFor(label: string): Decoder | null {
  if (label.length > LABEL_LENGTH_MAX) return null
  let decoder = decoders.get(label)
  if (decoder !== undefined) return decoder
  const bare = label
    .toLowerCase()
    .trim()
    .replace(/^["']+|["']+$/g, '')
  const plain = bare.replace(/^(?:x-|cs)/, '').replace(/[^a-z0-9]/g, '')
  decoder = lookUp(SPECIAL, plain) ?? byTextDecoder(lookUp(ALIASES, plain) ?? bare) ?? byTextDecoder(respelled(plain))
  if (decoders.size >= CACHED_LABELS_MAX) decoders.clear()
  decoders.set(label, decoder)
  return decoder
}

function lookUp<T>(table: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined
}

/** `cp-1252` and `win_1251` as `windows-1252`, `windows-1251`; `iso88592` as `iso-8859-2`; `koi8r` as `koi8-r`. */
function respelled(plain: string): string {
  return plain
    .replace(/^(?:windows|win|cp|ms)(125\d)$/, 'windows-$1')
    .replace(/^(?:iso)?8859(\d{1,2})(?:19\d\d)?$/, 'iso-8859-$1')
    .replace(/^koi8([ru])$/, 'koi8-$1')
}

export function decodeCharset(bytes: Uint8Array, label: string | null): DecodedText {
  const buffer = asBuffer(bytes)
  if (label === null || label === '') return decodeAscii(buffer)
  const decoder = decoderFor(label)
  if (decoder !== null) return decoder(buffer)
  return { text: decodeUnlabelled(buffer).text, problem: true }
}

/** Header content outside encoded words: UTF-8 (RFC 6532) if it is that, else windows-1252. */
export function decodeOctets(octets: string): string {
  if (!NOT_ASCII.test(octets)) return octets
  return decodeUnlabelled(Buffer.from(octets, 'latin1')).text
}
