// What stands in the place of a message whose record cannot be read: a message of our own that says so. It keeps the e-mail's place, its
// UID and its flags, until the record is whole again.

import { formatDate } from '#message/date.ts'

const LINE_LENGTH = 72
const DAMAGE_LINES = 3
const UNKNOWN = 'Nothing more is known of the damage.'

/**
 * `time` is the record's, in milliseconds; `damage`, in ASCII, says what is known of it. The notice's length does not depend on that, so that what the index
 * knows of it stays right.
 */
export function damageNotice(record: number, time: number, damage: string | null = null): Buffer {
  const filled = (damage ?? UNKNOWN).padEnd(LINE_LENGTH * DAMAGE_LINES).slice(0, LINE_LENGTH * DAMAGE_LINES)
  const lines = Array.from({ length: DAMAGE_LINES }, (_, at) => filled.slice(at * LINE_LENGTH, (at + 1) * LINE_LENGTH))
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
      ...lines,
      '',
    ].join('\r\n'),
  )
}
