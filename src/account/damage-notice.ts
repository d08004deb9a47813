// What stands in the place of a message whose record cannot be read: a message of our own that says so. It keeps the e-mail's place, its
// UID and its flags, until the record is whole again.

import { formatDate } from '#message/date.ts'

/** `time` is the record's, in milliseconds. The notice depends on nothing else, so that it is the same whenever it is made. */
export function damageNotice(record: number, time: number): Buffer {
  return Buffer.from(
    [
      'From: Mailkeep <mailkeep@localhost.invalid>',
      'Subject: A message that cannot be read',
      `Date: ${formatDate(time, 0)}`,
      'MIME-Version: 1.0',
      'Content-Type: text/plain; charset=us-ascii',
      'Auto-Submitted: auto-generated',
      '',
      'This notice stands in the place of a message whose stored copy is damaged',
      'and could not be opened. Nothing was shown that might be wrong.',
      '',
      `The message is record ${record} of the log of this account. Ask the operator to`,
      'repair it from a copy: it will then appear here by itself, in the same place',
      'and with the same flags.',
      '',
    ].join('\r\n'),
  )
}
