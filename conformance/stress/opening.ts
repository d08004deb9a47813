// SELECT, for each kind of client, and what follows it.

import { beginContext } from './searching.ts'
import { expunge, fetchFrom, plain } from './actions.ts'
import type { Box } from './model.ts'
import type { Action, Session } from './session.ts'
import { NumberedView, type Remembered } from './view.ts'
import { must } from './violation.ts'
import type { Random } from '../../sim/random.ts'

/** `isThorough`: afterwards it knows every message. */
export async function openBox(session: Session, box: Box, random: Random, isThorough: boolean): Promise<void> {
  const { kind } = session
  if (kind.isNotified === true && session.view !== null) {
    // What is told of the mailbox before may be on its way until this is answered.
    await session.perform([expunge(session.view, null, 'CLOSE')])
    session.leave()
  }
  session.remember()
  await session.perform([select(session, box, random)])
  if (session.view === null) return
  const mayFetch = isThorough || random.chance(0.8)
  if (mayFetch && session.view.known().length < session.view.count) await session.perform([fetchAll(session)])
  if (kind.usesContext === true && box.name !== 'INBOX' && random.chance(0.8)) {
    const key = random.pick(['UNSEEN', 'FLAGGED', 'KEYWORD k1', 'UNDELETED'])
    await session.perform([beginContext(session, key)])
  }
  if (kind.isNotified === true) {
    const isDelayed = random.chance(0.5)
    const events = '(MessageNew (UID FLAGS) MessageExpunge FlagChange)'
    // From when it is sent, it must be ready for it.
    if (!isDelayed) session.hearsAnytime = true
    await session.perform([plain(`NOTIFY SET (${isDelayed ? 'SELECTED-DELAYED' : 'SELECTED'} ${events})`)])
    if (isDelayed) session.hearsAnytime = false
  }
}

export function fetchAll({ kind }: Session): Action {
  return fetchFrom(1, kind.usesModseq === true ? 'FLAGS MODSEQ' : 'FLAGS')
}

function select(session: Session, box: Box, random: Random): Action {
  const { kind, memory } = session
  if (kind.usesQresync === true && memory !== null && memory.box === box && box.uidValidity !== null)
    return resynchronize(session, box, random)
  const parameter = kind.usesModseq === true && kind.enables.length === 0 ? ' (CONDSTORE)' : ''
  return { ...plain(`SELECT ${box.name}${parameter}`), name: 'SELECT', opens: box }
}

/** RFC 7162 §3.2.5: who was told the differences knows what one knows who reads everything. */
function resynchronize(session: Session, box: Box, random: Random): Action {
  const { messages, modseq } = session.memory as NonNullable<Session['memory']>
  // Numbers of a message in the middle and of the last one, as the client remembers them (§3.2.5.2).
  const at = [...new Set([messages.length >>> 1, messages.length - 1])].filter((one) => one in messages)
  const pairs = `(${at.map((one) => messages[one]?.number).join(',')} ${at.map((one) => messages[one]?.uid).join(',')})`
  const matches = at.length > 0 && random.chance(0.5) ? ` ${pairs}` : ''
  return {
    ...plain(`SELECT ${box.name} (QRESYNC (${box.uidValidity} ${modseq}${matches}))`),
    name: 'SELECT',
    opens: box,
    done({ response, report }) {
      const { view } = session
      if (response.status !== 'OK' || !(view instanceof NumberedView)) return
      session.memory = null
      // A message that came while the answer was written is told by its number alone.
      if (report.existsCount !== 1) return
      const gone = new Set(report.vanished)
      const told = view.known().map((entry): Remembered => {
        return { uid: entry.message?.uid ?? 0, number: 0, flags: entry.flags, modseq: entry.modseq }
      })
      const all = new Map(messages.filter(({ uid }) => !gone.has(uid)).map((one) => [one.uid, one]))
      for (const one of told) all.set(one.uid, one)
      must(view.box === box, 'stress', () => 'another mailbox is open')
      view.assume([...all.values()].toSorted((left, right) => left.uid - right.uid))
    },
  }
}
