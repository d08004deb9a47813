// Mail clients for tests, as programs from Debian run them: Python's imaplib, and swaks.

import { mustRun } from './harness.ts'

const FETCH_ALL = `
import imaplib, json, sys, base64
port, user, password, mailbox = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4]
client = imaplib.IMAP4('127.0.0.1', port)
client.login(user, password)
client.select('"' + mailbox + '"', readonly=True)
found = []
typ, data = client.uid('FETCH', '1:*', '(UID FLAGS BODY.PEEK[])')
for item in data:
    if isinstance(item, tuple):
        found.append({'head': item[0].decode('latin1'), 'bytes': base64.b64encode(item[1]).decode()})
client.logout()
print(json.dumps(found))
`

export interface FetchedMessage {
  readonly uid: number
  readonly flags: readonly string[]
  readonly bytes: Buffer
}

/** All messages of a mailbox, by Python's imaplib. */
export async function fetchAll(
  port: number,
  user: string,
  password: string,
  mailbox = 'INBOX',
): Promise<FetchedMessage[]> {
  const output = await mustRun('python3', ['-c', FETCH_ALL, String(port), user, password, mailbox])
  const found = JSON.parse(output) as { readonly head: string; readonly bytes: string }[]
  return found.map(({ head, bytes }) => ({
    uid: Number(/UID (\d+)/.exec(head)?.[1]),
    flags: (/FLAGS \(([^)]*)\)/.exec(head)?.[1] ?? '').split(' ').filter((flag) => flag !== ''),
    bytes: Buffer.from(bytes, 'base64'),
  }))
}

export interface SwaksOptions {
  readonly port: number
  readonly from: string
  readonly to: string
  readonly subject: string
  readonly body: string
  readonly args?: readonly string[]
}

/** Sends a message by swaks; what the two said to each other. */
export function swaks({ port, from, to, subject, body, args = [] }: SwaksOptions): Promise<string> {
  return mustRun('swaks', [
    '--server',
    `127.0.0.1:${port}`,
    '--from',
    from,
    '--to',
    to,
    '--h-Subject',
    subject,
    '--body',
    body,
    ...args,
  ])
}

/** What follows the trace fields: the message as its sender sent it. */
export function withoutTrace(stored: Buffer): Buffer {
  const text = stored.toString('latin1')
  const end =
    /^Return-Path:.*\r\n(?:[ \t].*\r\n)*Delivered-To:.*\r\n(?:[ \t].*\r\n)*Received:.*\r\n(?:[ \t].*\r\n)*/.exec(text)
  if (end === null) throw new Error('there are no trace fields')
  return stored.subarray(end[0].length)
}
