// Mail that is offered to a server that may refuse it, and what became of it.

import assert from 'node:assert/strict'
import { ImapConnection, fetchedString } from './imap-connection.ts'
import { LineClient } from './line-client.ts'

export interface OfferedMessage {
  /** Its subject, which no other message has. */
  readonly id: string
  readonly bytes: Buffer
}

let count = 0

export function newMessage(sizeBytes: number): OfferedMessage {
  const id = `n${count++}`
  const line = `${id} `.repeat(20).trim()
  const body = `${line}\r\n`.repeat(Math.ceil(sizeBytes / (line.length + 2)))
  return { id, bytes: Buffer.from(`Subject: ${id}\r\n\r\n${body}`) }
}

export async function connectSmtp(port: number): Promise<LineClient> {
  const client = await LineClient.connect(port)
  await client.expect(/^220 /)
  await client.say('EHLO client.example.net', /^250 /)
  return client
}

/** The reply to the end of the data, or to the command that was refused. */
export async function offer(client: LineClient, { bytes }: OfferedMessage, to: string): Promise<string> {
  for (const command of ['RSET', 'MAIL FROM:<a@example.net>', `RCPT TO:<${to}>`]) {
    const reply = await client.say(command, /^\d{3} /)
    if (!reply.startsWith('250 ')) return reply
  }
  const reply = await client.say('DATA', /^\d{3} /)
  if (!reply.startsWith('354 ')) return reply
  client.send(Buffer.concat([bytes, Buffer.from('.\r\n')]))
  return client.expect(/^\d{3} /)
}

/** Messages of INBOX by their subjects. */
export async function messagesBySubject(imap: ImapConnection): Promise<Map<string, string[]>> {
  await imap.must('EXAMINE INBOX')
  const found = new Map<string, string[]>()
  for (const response of await imap.must('FETCH 1:* BODY.PEEK[]')) {
    if (!response.includes('BODY[]')) continue
    const text = fetchedString(response, 'BODY[]')
    const subject = /^Subject: (.*)\r$/m.exec(text)?.[1] as string
    found.set(subject, [...(found.get(subject) ?? []), text])
  }
  return found
}

/** Behind its trace fields, each is there as it was sent, and no more often than `times`. */
export function assertStored(found: Map<string, string[]>, { id, bytes }: OfferedMessage, times = 1): void {
  const texts = found.get(id) ?? []
  assert.ok(texts.length >= 1 && texts.length <= times, `${id} is there ${texts.length} times`)
  for (const text of texts) assert.ok(text.endsWith(bytes.toString('latin1')), `${id} is as it was sent`)
}
