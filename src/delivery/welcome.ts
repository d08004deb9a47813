// The first message of a new account: what Mailkeep promises, how to read mail with other programs, and where the recovery code belongs. Short,
// because it is read once; as text and as HTML that needs nothing from a network.

import { composeMessage } from '#message/compose.ts'
import type { DraftPart } from '#message/draft.ts'

interface ClientAccess {
  /** As a person knows it: `IMAP`. */
  readonly service: string
  readonly port: number
  /** `TLS`, `STARTTLS` or `none`. */
  readonly security: 'TLS' | 'STARTTLS' | 'none'
}

export interface Welcome {
  readonly address: string
  /** Where clients find this server. */
  readonly hostName: string
  /** Null if there are no web pages. */
  readonly webUrl: string | null
  /** In the order in which they are shown. */
  readonly access: readonly ClientAccess[]
  /** An account of high security cannot be restored by the operator. */
  readonly canOperatorRestore: boolean
  readonly now: number
  readonly messageId: string
  readonly boundarySeed: string
}

/** Throws DraftError if the address cannot be written. */
export function composeWelcome(welcome: Welcome): Buffer {
  const { address, hostName, now, messageId, boundarySeed } = welcome
  const text: DraftPart = { kind: 'text', subtype: 'plain', text: asText(sections(welcome)) }
  const html: DraftPart = { kind: 'text', subtype: 'html', text: asHtml(sections(welcome)) }
  return composeMessage({
    boundarySeed,
    // RFC 6532: an address that is not ASCII has no other form.
    // eslint-disable-next-line no-control-regex -- exactly the bytes of ASCII
    utf8: !/^[\x00-\x7f]*$/.test(address),
    fields: [
      { name: 'From', addresses: [{ name: 'Mailkeep', email: `postmaster@${hostName}` }] },
      { name: 'To', addresses: [{ name: null, email: address }] },
      { name: 'Subject', text: 'Welcome to Mailkeep' },
      { name: 'Date', date: { ms: now, zoneMinutes: 0 } },
      { name: 'Message-ID', messageIds: [messageId] },
      // RFC 3834 §5: nobody answers by a program.
      { name: 'Auto-Submitted', text: 'auto-generated' },
    ],
    body: { kind: 'multipart', subtype: 'alternative', parts: [text, html] },
  })
}

interface Section {
  readonly title: string
  readonly paragraphs: readonly string[]
  /** Rows of a table. */
  readonly rows?: readonly (readonly [string, string])[]
}

function sections({ address, hostName, webUrl, access, canOperatorRestore }: Welcome): readonly Section[] {
  return [
    {
      title: 'Welcome',
      paragraphs: [`This is your mailbox, ${address}. Three things you can rely on:`],
      rows: [
        ['Kept', 'What you received stays, byte for byte, and you can check it.'],
        [
          'Private',
          'While you are logged out, nobody can read your mail: not the subjects, not the folders, not whoever runs this server.',
        ],
        ['Yours', 'You can take all of it with you, and read it without this program.'],
      ],
    },
    {
      title: 'Put the recovery code away, today',
      paragraphs: [
        'When your account was made you were shown a recovery code. Write it on paper and keep it where you keep your passport; not in this mailbox, and not on this computer.',
        canOperatorRestore
          ? 'If you forget your password, it opens your mail. Whoever runs this server can restore your access, too; you will see it in your account if that happens.'
          : 'If you forget your password, it is the only thing that opens your mail. Nobody else can, and that is the point.',
      ],
    },
    {
      title: 'Read it anywhere',
      paragraphs: [
        ...(webUrl === null ? [] : [`In a browser: ${webUrl}`]),
        `In Thunderbird, on a phone, or with any other mail program, log in as ${address}, with your password, at ${hostName}:`,
      ],
      rows: access.map(({ service, port, security }) => [
        service,
        `port ${port}, ${security === 'none' ? 'without encryption: only on this computer' : security}`,
      ]),
    },
    {
      title: 'Try it',
      paragraphs: ['Write a message to yourself. It arrives in a moment, and by then only you can read it.'],
    },
  ]
}

function asText(all: readonly Section[]): string {
  return all
    .map(({ title, paragraphs, rows = [] }, index) => {
      // A line that is flowed again loses its indentation.
      const isList = rows.some(([, value]) => value.length > 40)
      const width = Math.max(0, ...rows.map(([name]) => name.length))
      const lines = rows.map(([name, value]) => (isList ? `* ${name}: ${value}` : `  ${name.padEnd(width)}  ${value}`))
      const table = lines.join('\n')
      const heading = index === 0 ? [] : [title.toUpperCase()]
      return [...heading, ...paragraphs, ...(table === '' ? [] : [table])].join('\n\n')
    })
    .join('\n\n\n')
}

const STYLE = {
  body: 'margin:0;padding:24px;font:16px/1.5 system-ui,sans-serif;max-width:36em',
  heading: 'font-size:1.1em;margin:1.6em 0 .4em',
  cell: 'padding:.25em 1em .25em 0;vertical-align:top;text-align:left',
}

function asHtml(all: readonly Section[]): string {
  const content = all.map(({ title, paragraphs, rows = [] }, index) => {
    const heading =
      index === 0
        ? `<h1 style="font-size:1.5em;margin:0">Welcome to Mailkeep</h1>`
        : `<h2 style="${STYLE.heading}">${escaped(title)}</h2>`
    const table = rows.map(
      ([name, value]) =>
        `<tr><th scope="row" style="${STYLE.cell}">${escaped(name)}</th><td style="${STYLE.cell}">${escaped(value)}</td></tr>`,
    )
    const rowsHtml = table.length === 0 ? [] : [`<table style="border-collapse:collapse">${table.join('\n')}</table>`]
    return [heading, ...paragraphs.map((paragraph) => `<p>${escaped(paragraph)}</p>`), ...rowsHtml].join('\n')
  })
  return [
    '<!doctype html>',
    '<html lang="en"><head><meta charset="utf-8"><title>Welcome to Mailkeep</title></head>',
    `<body style="${STYLE.body}">`,
    ...content,
    '</body></html>',
    '',
  ].join('\n')
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (char) => ENTITIES[char] ?? char)
}
