// Go back in time: days at which something changed, the mailboxes as of then, a look at messages, and making it so again.

import { useEffect, useMemo, useState } from 'react'
import { plainWords } from '#web/jmap/failure.ts'
import type { Id } from '#web/jmap/types.ts'
import { useWorkspace } from '#web/shell/workspace.ts'
import { IconButton } from '#web/ui/icon-button.tsx'
import { type Past, PastClient } from './past-client.ts'
import { type Point, countsInWords } from './point.ts'
import { PastMessages } from './past-messages.tsx'
import { PointCalendar } from './point-calendar.tsx'
import { RestoreWindow, type Restoring } from './restore-window.tsx'

const when = new Intl.DateTimeFormat(undefined, { dateStyle: 'long', timeStyle: 'short' })
const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit' })
/** Of a day, the last of them. */
const CHANGES_MAX = 200

export default function PastPage() {
  const { connection, router, view, notices } = useWorkspace()
  const client = useMemo(() => new PastClient(connection), [connection])
  const [days, setDays] = useState<readonly Point[] | null>(null)
  const [day, setDay] = useState<Point | null>(null)
  const [changes, setChanges] = useState<readonly Point[]>([])
  const [change, setChange] = useState<Point | null>(null)
  const [past, setPast] = useState<Past | null>(null)
  const [mailbox, setMailbox] = useState<Id | null>(null)
  const [restoring, setRestoring] = useState<Restoring | null>(null)
  const [done, setDone] = useState<{ readonly before: number; readonly problemCount: number } | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const failed = (error: unknown): void => setProblem(plainWords(error))

  useEffect(() => {
    client.points('day').then(setDays, failed)
  }, [client])
  useEffect(() => {
    setChanges([])
    setChange(null)
    if (day === null) return
    let isCurrent = true
    client.points('change', day.record + 1, CHANGES_MAX).then((found) => {
      const from = Date.parse(day.from)
      if (isCurrent) setChanges(found.filter(({ to }) => Date.parse(to) >= from))
    }, failed)
    return () => {
      isCurrent = false
    }
  }, [client, day])
  const record = change?.record ?? day?.record ?? null
  useEffect(() => {
    setPast(null)
    setMailbox(null)
    if (record === null) return
    let isCurrent = true
    client.show(record).then((found) => isCurrent && setPast(found), failed)
    return () => {
      isCurrent = false
    }
  }, [client, record])

  const changed = (): void => void client.points('day').then(setDays, failed)
  const restored = (before: number, problemCount: number): void => {
    setRestoring(null)
    setDone({ before, problemCount })
    changed()
  }
  const undo = (before: number): void => {
    setDone(null)
    const request = { record: before, mailboxId: null, emailId: null, only: null, onConflict: 'merge' } as const
    client
      .run(request, () => {})
      .then(
        () => {
          notices.say('It is as it was before.')
          changed()
        },
        (error: unknown) => notices.problem(plainWords(error)),
      )
  }
  const shown = past?.mailboxes.find(({ id }) => id === mailbox) ?? null
  return (
    <div className="settings-inner past">
      <header className="settings-head">
        <IconButton
          icon="back"
          label="Back to mail"
          onClick={() => router.go({ kind: 'mailbox', mailbox: null, thread: null })}
        />
        <IconButton icon="menu" label="Mailboxes" className="sidebar-opener" onClick={() => view.showSidebar(true)} />
        <h1>Go back in time</h1>
      </header>
      <p className="settings-words">
        Nothing is lost when mail is deleted, moved or changed. Choose a day to see your mail as it was at its end, and
        bring back a message, a mailbox, or everything.
      </p>
      {done !== null && (
        <p className="past-done" role="status">
          {done.problemCount === 0 ? 'Restored.' : `Restored, but for ${done.problemCount} that could not be.`}
          <button type="button" className="button button-small" onClick={() => undo(done.before)}>
            Undo
          </button>
        </p>
      )}
      {problem !== null && <p role="alert">{problem}</p>}
      {days === null && problem === null && <p role="status">Looking through your mail’s history…</p>}
      {days !== null && days.length > 0 && (
        <section className="past-when" aria-label="When">
          <PointCalendar points={days} chosen={day} onChoose={setDay} />
          {day !== null && (
            <div className="past-day">
              <h2>{when.format(new Date((change ?? day).to))}</h2>
              <p>{countsInWords((change ?? day).counts)}</p>
              {changes.length > 1 && (
                <label className="field">
                  <span>After which change</span>
                  <select
                    value={String(record)}
                    onChange={(event) =>
                      setChange(changes.find((point) => String(point.record) === event.target.value) ?? null)
                    }
                  >
                    {changes.map((point) => (
                      <option key={point.record} value={String(point.record)}>
                        {clock.format(new Date(point.to))}: {countsInWords(point.counts)}
                      </option>
                    ))}
                  </select>
                </label>
              )}
              <button
                type="button"
                className="button button-primary"
                disabled={record === null}
                onClick={() =>
                  record !== null &&
                  setRestoring({ title: 'Restore everything', request: { record, mailboxId: null, emailId: null } })
                }
              >
                Restore everything…
              </button>
            </div>
          )}
        </section>
      )}
      {past !== null && (
        <section aria-label="Mailboxes as of then">
          <h2>Mailboxes as of then</h2>
          <ul className="past-mailboxes">
            {past.mailboxes.map(({ id, path, role, totalEmails, unreadEmails }) => (
              <li key={id}>
                <button
                  type="button"
                  className="past-mailbox"
                  aria-pressed={id === mailbox}
                  onClick={() => setMailbox(id)}
                >
                  <span>{role === 'inbox' ? 'Inbox' : path}</span>
                  <span className="past-count">
                    {totalEmails}
                    {unreadEmails > 0 && `, ${unreadEmails} unread`}
                  </span>
                </button>
              </li>
            ))}
          </ul>
        </section>
      )}
      {past !== null && shown !== null && (
        <section aria-label={`Messages of ${shown.name} as of then`}>
          <div className="past-title">
            <h2>{shown.role === 'inbox' ? 'Inbox' : shown.path}</h2>
            <button
              type="button"
              className="button"
              onClick={() =>
                setRestoring({
                  title: `Restore ${shown.name}`,
                  request: { record: past.record, mailboxId: shown.id, emailId: null },
                })
              }
            >
              Restore this mailbox…
            </button>
          </div>
          <PastMessages
            key={`${past.record} ${shown.id}`}
            client={client}
            record={past.record}
            mailbox={shown}
            onRestore={({ id }) =>
              setRestoring({
                title: 'Restore this message',
                request: { record: past.record, mailboxId: null, emailId: id },
              })
            }
          />
        </section>
      )}
      {restoring !== null && (
        <RestoreWindow client={client} restoring={restoring} onClose={() => setRestoring(null)} onDone={restored} />
      )}
    </div>
  )
}
