// Messages that are cheap to write and were, in one mail program or another, dear to read: each has one thing far beyond what any sender needs.

const ADDRESSES = 'From: eve@example.net\r\nTo: ann@example.org\r\n'

function* times(count: number, piece: (index: number) => string): Generator<string> {
  for (let index = 0; index < count; index++) yield piece(index)
}

function many(count: number, piece: string | ((index: number) => string)): string {
  return typeof piece === 'string' ? piece.repeat(count) : [...times(count, piece)].join('')
}

function text(fields: string, body: string): Buffer {
  return Buffer.from(`${ADDRESSES}${fields}\r\n${body}\r\n`)
}

function mime(type: string, body: string): Buffer {
  return text(`MIME-Version: 1.0\r\nContent-Type: ${type}\r\n`, body)
}

const ADDRESS_FIELDS = ['From', 'To', 'Cc', 'Bcc', 'Reply-To', 'Sender']

function addressFields(value: string): Buffer {
  return Buffer.from(`${ADDRESS_FIELDS.map((name) => `${name}: ${value}\r\n`).join('')}\r\nx\r\n`)
}

export interface Bomb {
  readonly title: string
  /** With CRLF at every line's end. */
  readonly build: () => Buffer
}

export const bombs: readonly Bomb[] = [
  { title: 'one endless line', build: () => text('', 'x'.repeat(6_000_000)) },
  {
    title: '10,000 nested multiparts',
    build: () =>
      mime(
        'multipart/mixed; boundary=b',
        many(10_000, (n) => `--b${n || ''}\r\nContent-Type: multipart/mixed; boundary=b${n + 1}\r\n\r\n`),
      ),
  },
  {
    title: '10,000 nested messages',
    build: () => mime('message/rfc822', many(10_000, 'Content-Type: message/rfc822\r\n\r\n')),
  },
  { title: '1,000,000 header fields', build: () => text(many(1_000_000, 'X: y\r\n'), 'x') },
  { title: 'an endless header field', build: () => text(`Subject: ${'x'.repeat(2_000_000)}\r\n`, 'x') },
  { title: '100,000 parameters', build: () => mime(`text/plain${many(100_000, (n) => `;\r\n p${n}=v`)}`, 'x') },
  {
    title: '100,000 continued parameters',
    build: () => mime(`text/plain${many(100_000, (n) => `;\r\n name*${n}*=v%20`)}`, 'x'),
  },
  { title: '100,000 encoded words', build: () => text(`Subject:${many(100_000, ' =?utf-8?Q?=e2=82=ac?=\r\n')}`, 'x') },
  {
    title: 'encoded words in every address',
    build: () => addressFields(many(10_000, '=?iso-2022-jp?B?GyRCJUYlOSVIGyhC?= <a@example.net>,\r\n ')),
  },
  { title: 'encoded words without an end', build: () => text(`Subject: ${many(100_000, '=?utf-8?Q?')}\r\n`, 'x') },
  {
    title: 'base64 without an end',
    build: () =>
      mime('text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64', many(40_000, `${'QUFB'.repeat(19)}\r\n`)),
  },
  {
    title: 'quoted-printable HTML in an old character set',
    build: () =>
      mime(
        'text/html; charset=iso-2022-jp\r\nContent-Transfer-Encoding: quoted-printable',
        many(30_000, `${'=1B$B%F%9%H=1B(B<b>'.repeat(3)}=\r\n`),
      ),
  },
  {
    title: '100,000 references',
    build: () => text(`References:${many(100_000, (n) => `\r\n <${n}@example.net>`)}\r\n`, 'x'),
  },
  {
    title: '80,000 nested comments',
    build: () => addressFields(`${'('.repeat(80_000)} a@example.net ${')'.repeat(80_000)}`),
  },
  { title: 'comments between addresses', build: () => addressFields(many(17_000, '(a) b@c ')) },
  { title: 'groups of one', build: () => addressFields(many(25_000, 'g:a@b;')) },
  { title: 'quotes that nothing closes', build: () => addressFields('"'.repeat(150_001)) },
  {
    title: '60,000 combining characters',
    build: () => text(`Subject: a${many(30_000, '\u0301\u0323')}\r\n`, many(500_000, '\u0301\u0323')),
  },
  { title: 'HTML elements that nest', build: () => mime('text/html', many(20_000, `${'<div>'.repeat(15)}\r\n`)) },
  { title: 'HTML that opens tags only', build: () => mime('text/html', '<'.repeat(2_000_000)) },
  {
    title: '12,000 parts',
    build: () =>
      mime(
        'multipart/mixed; boundary=b',
        many(12_000, '--b\r\nContent-Type: text/html; name="=?utf-8?q?x?="\r\nContent-Id: <a>\r\n\r\n<p>x\r\n'),
      ),
  },
  {
    title: '2,000 messages with many recipients',
    build: () =>
      mime(
        'multipart/digest; boundary=b',
        many(2_000, `--b\r\n\r\nSubject: s\r\nFrom: ${'a@example.net,'.repeat(60)}\r\n\r\nx\r\n`),
      ),
  },
  {
    title: 'lines that are almost delimiters',
    build: () => mime(`multipart/mixed; boundary=${'a'.repeat(200)}`, many(12_000, `--${'a'.repeat(199)}\r\n`)),
  },
]
