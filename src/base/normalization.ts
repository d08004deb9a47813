// Unicode normalization of text that strangers write. To bring combining characters into their canonical order takes a time that grows with the
// square of their number, so that one word of a message could take minutes. A base character has at most 30 of them in text that means
// something: longer rows are divided as UAX #15 §13 (Stream-Safe Text Format) says, by U+034F, which is invisible.

const JOINER = '\u034f'
const LONG_ROW = /([\p{M}--\u034f]{30})(?=[\p{M}--\u034f])/gv
// Most text is without any, and this class is looked for much faster.
// eslint-disable-next-line no-control-regex -- exactly the bytes of ASCII
const ASCII = /^[\0-\x7f]*$/

// Characters that Normalization Form C leaves as they are, and that change nothing before or after them: those before U+0300, and what is used for
// punctuation most.
// eslint-disable-next-line no-control-regex -- from the first character on
const COMPOSED = /^[\0-\u02ff\u2010-\u2027\u2030-\u203a\u20ac]*$/

/** In time that grows with the length of the text, whatever is in it. */
export function normalized(text: string, form: 'NFC' | 'NFD' | 'NFKD'): string {
  if (form === 'NFC' ? COMPOSED.test(text) : ASCII.test(text)) return text
  return text.replace(LONG_ROW, `$1${JOINER}`).normalize(form)
}
