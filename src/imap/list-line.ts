// One LIST or LSUB response (RFC 9051 §7.3.1).

import { DELIMITER, renderMailboxName } from './mailbox-name.ts'
import type { Session } from './session.ts'

/** `extended` is what follows the name, such as CHILDINFO, ready to send. */
export function writeListLine(
  session: Session,
  kind: 'LIST' | 'LSUB',
  path: string,
  attributes: readonly string[],
  extended = '',
): void {
  const { out } = session
  out.text(`* ${kind} (${attributes.join(' ')}) "${DELIMITER}" `)
  out.bytes(renderMailboxName(path, session.isUtf8))
  out.line(extended)
}
