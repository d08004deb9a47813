// Mail for the webmail's tests and pictures. All of it is made up, places included; it comes from lists, services and offices, and from no people.

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000

interface Invented {
  readonly from: string
  readonly subject: string
  readonly ago: number
  readonly text?: string
  readonly html?: string
  readonly to?: string
  readonly cc?: string
  readonly id?: string
  readonly references?: readonly string[]
  readonly fields?: string
  readonly files?: readonly InventedFile[]
  readonly keywords?: readonly string[]
}

interface InventedFile {
  readonly name: string
  readonly type: string
  readonly bytes: Uint8Array
  readonly cid?: string
}

export interface MadeMail {
  readonly bytes: Buffer
  readonly receivedAt: Date
  readonly keywords: readonly string[]
}

function base64(bytes: Uint8Array | string): string {
  return Buffer.from(bytes)
    .toString('base64')
    .replaceAll(/(.{76})/g, '$1\r\n')
}

function encoded(text: string): string {
  return /^[\x20-\x7e]*$/.test(text) ? text : `=?utf-8?B?${Buffer.from(text).toString('base64')}?=`
}

function textPart(type: string, text: string): string {
  return `Content-Type: ${type}; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n${base64(text)}\r\n`
}

function filePart({ name, type, bytes, cid }: InventedFile): string {
  const id = cid === undefined ? '' : `Content-ID: <${cid}>\r\n`
  const disposition = cid === undefined ? 'attachment' : 'inline'
  return `Content-Type: ${type}; name="${name}"\r\nContent-Disposition: ${disposition}; filename="${name}"\r\n${id}Content-Transfer-Encoding: base64\r\n\r\n${base64(bytes)}\r\n`
}

function multipart(kind: string, boundary: string, parts: readonly string[]): string {
  return `Content-Type: multipart/${kind}; boundary=${boundary}\r\n\r\n${parts.map((part) => `--${boundary}\r\n${part}`).join('')}--${boundary}--\r\n`
}

let made = 0

export function makeMail(mail: Invented, now = Date.now()): MadeMail {
  const receivedAt = new Date(now - mail.ago)
  const { text, html, files = [] } = mail
  let body =
    text !== undefined && html !== undefined
      ? multipart('alternative', 'alternative', [textPart('text/plain', text), textPart('text/html', html)])
      : html === undefined
        ? textPart('text/plain', text ?? '')
        : textPart('text/html', html)
  if (files.length > 0) {
    const kind = files.some(({ cid }) => cid !== undefined) ? 'related' : 'mixed'
    body = multipart(kind, 'mixed', [body, ...files.map(filePart)])
  }
  const [, name = '', address = mail.from] = /^(.*?)\s*(<.*>)$/.exec(mail.from) ?? []
  const references = mail.references ?? []
  const fields = [
    `From: ${name === '' ? '' : `${encoded(name)} `}${address}`,
    `To: ${mail.to ?? 'me@example.org'}`,
    ...(mail.cc === undefined ? [] : [`Cc: ${mail.cc}`]),
    `Subject: ${encoded(mail.subject)}`,
    `Date: ${receivedAt.toUTCString().replace('GMT', '+0000')}`,
    `Message-ID: <${mail.id ?? `${++made}.${now}@example.net`}>`,
    ...(references.length === 0
      ? []
      : [`In-Reply-To: <${references.at(-1)}>`, `References: ${references.map((id) => `<${id}>`).join(' ')}`]),
    'MIME-Version: 1.0',
  ]
  const head = `${fields.join('\r\n')}\r\n${mail.fields ?? ''}`
  return { bytes: Buffer.from(head + body), receivedAt, keywords: mail.keywords ?? [] }
}

const SEEN = ['$seen']
const ORCHARD = 'Orchard list <orchard@lists.example.net>'
const TOOLSHED = 'Tool shed <toolshed@lists.example.com>'
const OFFICE = 'Project office <office@example.net>'
const TRANSLATIONS = 'Übersetzungsbüro Nord <desk@translations.example>'
const READING = 'Reading circle <reading@lists.example.net>'
const WORKSHOP = 'Workshop <workshop@example.net>'
const WALKS = 'Coast walks <walks@lists.example.net>'

/** A picture of one colour: width, height and a pixel's three bytes, as an uncompressed bitmap. */
function bitmap(
  width: number,
  height: number,
  pixel: (x: number, y: number) => readonly [number, number, number],
): Buffer {
  const row = Math.ceil((width * 3) / 4) * 4
  const bytes = Buffer.alloc(54 + row * height)
  bytes.write('BM', 0, 'latin1')
  bytes.writeUInt32LE(bytes.length, 2)
  bytes.writeUInt32LE(54, 10)
  bytes.writeUInt32LE(40, 14)
  bytes.writeInt32LE(width, 18)
  bytes.writeInt32LE(height, 22)
  bytes.writeUInt16LE(1, 26)
  bytes.writeUInt16LE(24, 28)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [red, green, blue] = pixel(x, height - y)
      bytes.set([blue, green, red], 54 + y * row + x * 3)
    }
  }
  return bytes
}

/** A coast: sky, sea, sand. */
function landscape(seed: number): Buffer {
  return bitmap(160, 100, (x, y) => {
    const shore = 62 + 6 * Math.sin((x + seed) / 17)
    if (y < 40 + seed / 9) return [150 + y, 190 + y / 2, 225]
    return y < shore ? [60, 120 + y / 2, 150] : [222, 200 - (y - shore), 160]
  })
}

function day(days: number): number {
  return days * DAY_MS
}

/** A mailbox that somebody uses: newest last. */
export function inventedMailbox(): readonly MadeMail[] {
  const plan = 'plan.1@example.net'
  const answer = 'plan.2@example.com'
  return [
    ...olderMail(),
    {
      from: 'City Library <notices@library.example>',
      subject: 'Two loans are due next week',
      ago: day(9),
      keywords: SEEN,
      text: 'Dear reader,\n\n“The Glass Orchard” and “Maps of the North Coast” are due on Friday. You can renew them once more:\nhttps://library.example/renew\n',
    },
    {
      from: 'Harbour Theatre <tickets@theatre.example>',
      subject: 'Your tickets for “The Lighthouse Keepers”',
      ago: day(6),
      keywords: ['$seen', '$flagged'],
      html: '<html><head><style>.head{background:#10324a;color:#fff;padding:24px;border-radius:8px}td,th{padding:6px 18px 6px 0}</style></head><body style="font-family:Georgia,serif"><div class="head"><h1 style="margin:0">Harbour Theatre</h1><p style="margin-bottom:0">Row F, seats 11 and 12</p></div><img src="https://count.theatre.example/open.gif?u=1" width="1" height="1"><p>Thank you for your order. The doors open at <b>19:00</b>; the play begins at 19:30 and lasts two hours with one interval.</p><table border="0"><tr><th align="left">Seat</th><th align="left">Price</th></tr><tr><td>F 11</td><td>28.00</td></tr><tr><td>F 12</td><td>28.00</td></tr></table><p><a href="https://click.theatre.example/r?to=order&amp;utm_source=mail">See your order</a></p><img src="https://cdn.theatre.example/poster.jpg" width="320" height="120" alt="The poster of the play"></body></html>',
    },
    {
      from: WALKS,
      subject: 'Pictures from Sunday',
      ago: day(4.3),
      keywords: SEEN,
      text: 'Hello all,\n\nhere are the pictures from the coast. The second one is the best: you can just see the ferry.\n\nCoast walks\n',
      files: [
        { name: 'coast-1.bmp', type: 'image/bmp', bytes: landscape(3) },
        { name: 'coast-2.bmp', type: 'image/bmp', bytes: landscape(60) },
      ],
    },
    {
      from: READING,
      subject: 'Re: Which book in December?',
      ago: day(2.6),
      keywords: SEEN,
      cc: `${OFFICE}, ${WALKS}`,
      text: 'Most of us would go for “The Glass Orchard”: it is short, and everybody has a copy.\n\nOn Monday, Project office wrote:\n> Three candidates so far:\n> - The Glass Orchard\n> - Salt and Cedar\n> - A Winter Atlas\n',
    },
    {
      from: TRANSLATIONS,
      subject: 'Invoice 2026-118',
      ago: day(2.1),
      keywords: SEEN,
      text: 'Hello,\n\nplease find attached the invoice for the November translation. Payment within 30 days is fine.\n\nKind regards\nÜbersetzungsbüro Nord\n',
      files: [{ name: 'Invoice 2026-118.pdf', type: 'application/pdf', bytes: Buffer.alloc(84_213, 37) }],
    },
    {
      from: ORCHARD,
      id: plan,
      subject: 'Plan for the orchard path',
      ago: day(1.4),
      keywords: SEEN,
      cc: TOOLSHED,
      text: 'Hello all,\n\nafter a walk along the path yesterday, here is what has to happen before the frost:\n\n 1. The drain at the lower gate is blocked again.\n 2. Two of the old pear trees need support.\n 3. The bench could move closer to the wall.\n\nWho has time on Saturday? There will be tools and soup.\n\nThe orchard list\n',
    },
    {
      from: TOOLSHED,
      id: answer,
      references: [plan],
      subject: 'Re: Plan for the orchard path',
      ago: day(1.1),
      keywords: SEEN,
      cc: ORCHARD,
      text: 'The shed is open on Saturday, from ten. There are props for the pear trees; the drain wants somebody with longer arms.\n\nThe map of the drains is attached, and here: https://maps.example.org/orchard/drains\n\nTool shed\n\nOn Thursday, Orchard list wrote:\n> after a walk along the path yesterday, here is what has to happen\n> before the frost:\n>\n>  1. The drain at the lower gate is blocked again.\n',
      files: [{ name: 'drains-2024.pdf', type: 'application/pdf', bytes: Buffer.alloc(212_480, 1) }],
    },
    {
      from: 'Fern & Field <hello@fernfield.example>',
      subject: 'What to plant in the last week of November',
      ago: 11 * HOUR_MS,
      keywords: SEEN,
      html: '<div style="font-family:Arial;max-width:600px"><h2 style="color:#2f6f4f">Fern &amp; Field</h2><p>Garlic, broad beans and bare-root roses can still go in, as long as the ground is not frozen.</p><ul><li>Garlic: 5 cm deep, 15 cm apart</li><li>Broad beans: in sheltered rows</li></ul><p><a href="https://fernfield.example/guide?utm_campaign=november">Read the whole guide</a></p></div>',
    },
    {
      from: OFFICE,
      subject: 'Slides for Tuesday',
      ago: 7.5 * HOUR_MS,
      text: 'Hello,\n\nthe second half is rough, but the story holds. Please look at pages 9 to 14 in particular: does the chart on page 11 say what we mean?\n\nThe office is open until six.\n',
      files: [
        {
          name: 'slides-tuesday.odp',
          type: 'application/vnd.oasis.opendocument.presentation',
          bytes: Buffer.alloc(1_480_000, 2),
        },
      ],
    },
    {
      from: 'Northline Railways <service@northline.example>',
      subject: 'Your journey on 4 December: platform change',
      ago: 5 * HOUR_MS,
      text: 'Train NL 402 to Westhaven now leaves from platform 6.\n\nDeparture 08:14, arrival 10:51. Your seats (coach 3, 41 and 42) stay the same.\n',
    },
    {
      from: ORCHARD,
      references: [plan, answer],
      subject: 'Re: Plan for the orchard path',
      ago: 3.2 * HOUR_MS,
      cc: TOOLSHED,
      text: 'Then Saturday at ten it is. Please bring the long ladder and the two lanterns: it gets dark before five now.\n\nThe bench goes to the wall. If it rains we start in the barn and sort the apple crates instead; there is more than enough to do there.\n\nSee you there\n\nOn Friday, Tool shed wrote:\n> The shed is open on Saturday, from ten. There are props for the pear\n> trees; the drain wants somebody with longer arms.\n',
    },
    {
      from: WORKSHOP,
      subject: 'Key for the workshop',
      ago: 0.4 * HOUR_MS,
      text: 'The key is in the blue box behind the door. Please put it back where the cat cannot find it.\n',
    },
  ].map((mail) => ('bytes' in mail ? mail : makeMail(mail)))
}

export function inventedJunk(): readonly MadeMail[] {
  return [
    makeMail({
      from: 'Prize Centre <win@prizes.example>',
      subject: 'You have been chosen',
      text: 'Only today: answer now, and three lanterns are yours.\n',
      ago: day(0.7),
    }),
  ]
}

function olderMail(): readonly MadeMail[] {
  const subjects: readonly (readonly [from: string, subject: string, text: string])[] = [
    [TRANSLATIONS, 'Draft of chapter four', 'The draft is in the usual place. The ending was changed twice.'],
    [TOOLSHED, 'Re: Ladder', 'You can have it until spring. It lives behind the shed.'],
    [
      'Westhaven Water <billing@water.example>',
      'Your meter reading for October',
      'Thank you: we have received your reading of 1,204.',
    ],
    [WALKS, 'Lantern walk on the 11th', 'We meet at the north bridge at six. Bring something warm to drink.'],
    [OFFICE, 'Notes from Thursday', 'Three decisions and one open question; all in the notes below.'],
    [
      'Copper Kettle <hello@kettle.example>',
      'Your table on Saturday',
      'We look forward to seeing you at 20:00, two people.',
    ],
    [WORKSHOP, 'Violin repair moves to Wednesday', 'The hall is taken on Tuesday. Same time, other door.'],
    [READING, 'Recipe, as promised', 'Use the small onions, and more patience than you think.'],
    [
      'Allotment Society <office@allotments.example>',
      'Minutes of the autumn meeting',
      'The minutes are ready. Corrections until the end of the month, please.',
    ],
    [ORCHARD, 'Seeds', 'There are far too many beans. Shall we keep some for you?'],
  ]
  return Array.from({ length: 60 }, (_, at) => {
    const [from, subject, text] = subjects[at % subjects.length] as (typeof subjects)[number]
    const number = Math.floor(at / subjects.length)
    return makeMail({
      from,
      subject: number === 0 ? subject : `${subject} (${number + 1})`,
      text: `${text}\n`,
      ago: (10.5 + at * 3.1) * DAY_MS,
      keywords: at % 13 === 4 ? [] : SEEN,
    })
  })
}
