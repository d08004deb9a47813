// Generates messages from a seed: well-formed ones, and ones damaged as hostile or careless senders do. Used by tests.

type Random = (below: number) => number

/** mulberry32. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

function pick<T>(random: Random, values: readonly T[]): T {
  return values[random(values.length)] as T
}

const ADDRESSES = [
  'a@example.org',
  '"A, B" <a@example.org>',
  'A B <a@example.org>, c@example.org (C)',
  'Group: a@b, "x y"@z;',
  'undisclosed-recipients:;',
  '=?utf-8?q?J=C3=BCrgen?= <j@example.org>',
  '<@relay.example:a@b.example>',
  'root',
  '<>',
  '"unclosed <a@b',
  'a@b <c@d',
  '(((',
  'A:B:C;;,,;',
  '@@@',
  '\xe4\xf6 <\xfc@b>',
  'a\0b@c',
]
const TEXTS = [
  'hello',
  '=?utf-8?b?4oKs?= x',
  '=?x?q?=?=',
  '\xe4\xf6\xfc',
  'a "b" \\c',
  'x\0y\rz',
  '',
  ' ',
  '{5}\r\n abcde',
  '(NIL)',
]
const DATES = ['Fri, 21 Nov 1997 09:55:06 -0600', '1 Jan 99 (x) 1:2 EST', 'never', '']
const MEDIA = [
  'text/plain',
  'text/html; charset=utf-8',
  'TEXT/Plain; format=flowed; delsp=yes',
  'image/png; name="a b.png"',
  "application/pdf; name*0*=utf-8''%e2%82; name*1*=%ac.pdf",
  'message/delivery-status',
  'text',
  ';;;',
  'a/b; \xe4=\xf6; c="d',
  'message/rfc822',
]
const ENCODINGS = ['7bit', '8bit', 'base64', 'quoted-printable', 'BINARY', 'x-uuencode', '\xe4', '']
const BODIES = [
  'hello\nworld\n',
  'SGVsbG8=\n',
  'a=3D=\nb =20\n',
  '--\nsig',
  '-\n--\n---',
  '',
  '\n\n',
  '<p>x &amp; <b>y',
  'begin 644 a\n#86)C\n`\nend\n',
  '\xe4\xff\0',
]
const BOUNDARIES = ['b', 'bb', 'b-', 'abc', 'abcd', '=_x', 'a b']

function header(random: Random): string {
  let text = ''
  for (const name of ['From', 'To', 'Cc', 'Sender', 'Reply-To', 'Bcc']) {
    for (let left = random(3); left > 0; left--) text += `${name}: ${pick(random, ADDRESSES)}\n`
  }
  for (const name of ['Subject', 'Message-ID', 'In-Reply-To', 'References', 'X-Other', 'List-Post']) {
    if (random(2) === 0) text += `${name}: ${pick(random, TEXTS)}\n\t${pick(random, TEXTS)}\n`
  }
  if (random(2) === 0) text += `Date: ${pick(random, DATES)}\n`
  return text
}

function mimeFields(random: Random): string {
  let text = ''
  if (random(3) === 0) text += `Content-Transfer-Encoding: ${pick(random, ENCODINGS)}\n`
  if (random(3) === 0)
    text += `Content-Disposition: ${pick(random, ['inline', 'attachment; filename="x y"', "ATTACHMENT; filename*=utf-8''%41", ';x=y'])}\n`
  for (const name of ['Content-ID', 'Content-Description', 'Content-MD5', 'Content-Location']) {
    if (random(6) === 0) text += `${name}: ${pick(random, TEXTS)}\n`
  }
  if (random(6) === 0) text += `Content-Language: ${pick(random, ['en', 'en, de', '(x)', '"', ''])}\n`
  return text
}

function entity(random: Random, depth: number): string {
  const fields = mimeFields(random)
  const kind = depth > 5 ? 9 : random(10)
  if (kind < 4) {
    const boundary = pick(random, BOUNDARIES)
    const subtype = pick(random, ['mixed', 'alternative', 'related', 'digest', 'report'])
    let text = `${fields}Content-Type: multipart/${subtype}; boundary="${boundary}"\n\n${pick(random, ['', 'preamble\n', '--x\n'])}`
    for (let left = random(4); left > 0; left--)
      text += `--${boundary}${pick(random, ['', '', ' ', '\t'])}\n${entity(random, depth + 1)}\n`
    return random(5) === 0 ? text : `${text}--${boundary}--\n${pick(random, ['', 'epilogue\n'])}`
  }
  if (kind === 4) return `${fields}Content-Type: message/rfc822\n\n${header(random)}${entity(random, depth + 1)}`
  const type = random(4) === 0 ? '' : `Content-Type: ${pick(random, MEDIA)}\n`
  return `${fields}${type}\n${pick(random, BODIES)}`
}

function damage(random: Random, text: string): string {
  const lines = text.split('\n')
  for (let left = random(4); left > 0 && lines.length > 1; left--) {
    const at = random(lines.length)
    switch (random(4)) {
      case 0:
        lines.splice(at, 1)
        break
      case 1:
        lines.splice(at, 0, pick(random, lines))
        break
      case 2:
        lines[at] = (lines[at] as string).slice(0, random((lines[at] as string).length + 1))
        break
      default:
        lines[at] += String.fromCharCode(random(256))
    }
  }
  return lines.join('\n')
}

/** Any message: with LF or CRLF or both, damaged in two of three cases. */
export function generateMessage(seed: number): Buffer {
  const random = randomFrom(seed)
  let text = `${header(random)}MIME-Version: 1.0\n${entity(random, 0)}`
  if (random(3) > 0) text = damage(random, text)
  const ending = random(3)
  if (ending === 1) text = text.replace(/\r?\n/g, '\r\n')
  if (ending === 2) text = text.replace(/\n/g, () => (random(2) === 0 ? '\n' : '\r\n'))
  return Buffer.from(text, 'latin1')
}
