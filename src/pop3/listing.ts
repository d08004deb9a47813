// STAT, LIST and UIDL (RFC 1939 §5, §7).

import { type Maildrop, positionOf, remaining, uniqueId } from './maildrop.ts'
import type { Session } from './session.ts'

export function stat(session: Session): void {
  const { messages, sizeBytes } = remaining(session.maildrop)
  session.ok(`${messages} ${sizeBytes}`)
}

export function list(session: Session, args: readonly string[]): Promise<void> {
  return listing(session, args, ({ sizes }, position) => `${position + 1} ${sizes[position]}`)
}

export function uidl(session: Session, args: readonly string[]): Promise<void> {
  return listing(session, args, (maildrop, position) => `${position + 1} ${uniqueId(maildrop, position)}`)
}

const LINES_PER_LOOK = 512

async function listing(
  session: Session,
  args: readonly string[],
  line: (maildrop: Maildrop, position: number) => string,
): Promise<void> {
  const { maildrop, out } = session
  const [argument] = args
  if (argument !== undefined) {
    const position = positionOf(maildrop, argument)
    if (position === null) session.error('There is no such message')
    else session.ok(line(maildrop, position))
    return
  }
  session.ok(`${remaining(maildrop).messages} messages`)
  session.isWithinReply = true
  for (let position = 0; position < maildrop.count; position++) {
    if (!maildrop.deleted.has(position)) out.line(line(maildrop, position))
    if (position % LINES_PER_LOOK === LINES_PER_LOOK - 1) await session.room()
  }
  session.isWithinReply = false
  out.line('.')
}
