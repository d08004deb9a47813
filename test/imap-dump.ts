// All that IMAP tells of an account, as lines: two dumps are equal if nothing changed that any client could see.

import { fingerprint } from './fingerprint.ts'
import { type ImapConnection, fetchedString } from './imap-connection.ts'

/** Mailboxes with their attributes and numbers; messages with UID, flags, MODSEQ, date, and the digest of their bytes. Changes nothing. */
export async function imapDump(imap: ImapConnection): Promise<string[]> {
  const lines: string[] = []
  const subscribed = (await imap.must('LSUB "" "*"')).map((line) => line.replace(/^LSUB \([^)]*\) /, '')).sort()
  lines.push(...subscribed.map((name) => `subscribed ${name}`))
  for (const listed of (await imap.must('LIST "" "*"')).toSorted()) {
    const name = /"\/" (.*)$/s.exec(listed)?.[1]
    if (name === undefined) throw new Error(`not a LIST response: ${listed}`)
    lines.push(listed)
    const examined = await imap.must(`EXAMINE ${name} (CONDSTORE)`)
    lines.push(...examined.filter((line) => /UIDVALIDITY|UIDNEXT|HIGHESTMODSEQ|EXISTS/.test(line)))
    const fetched = await imap.must('UID FETCH 1:* (FLAGS MODSEQ INTERNALDATE BODY.PEEK[])')
    lines.push(...fetched.filter((line) => line.includes(' FETCH (')).map(describe))
  }
  return lines
}

function describe(response: string): string {
  const item = (pattern: RegExp): string => pattern.exec(response)?.[1] ?? '?'
  const flags = item(/FLAGS \(([^)]*)\)/)
    .split(' ')
    // \Recent is the first session's that sees a message: it goes by itself.
    .filter((flag) => flag !== '' && flag !== '\\Recent')
    .sort()
  const body = fingerprint(fetchedString(response, 'BODY[]'))
  return `${item(/UID (\d+)/)} (${flags.join(' ')}) ${item(/MODSEQ \((\d+)\)/)} ${item(/INTERNALDATE "([^"]*)"/)}: ${body}`
}
