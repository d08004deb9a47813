// Before a restore: what is to be as it was then, and what exactly that would change.

import { useEffect, useState } from 'react'
import { plainWords } from '#web/jmap/failure.ts'
import { DialogWindow } from '#web/ui/dialog-window.tsx'
import { RadioChoice } from '#web/settings/radio-choice.tsx'
import type { PastClient, RestoreChange, RestoreKind, RestoreReport, RestoreRequest } from './past-client.ts'

export interface Restoring {
  readonly title: string
  readonly request: Pick<RestoreRequest, 'record' | 'mailboxId' | 'emailId'>
}

const LINES = 8

type What = 'all' | 'messages' | 'places' | 'flags' | 'mailboxes' | 'settings'

const WHAT: readonly (readonly [What, string])[] = [
  ['all', 'Everything'],
  ['messages', 'Deleted messages'],
  ['places', 'Which mailbox they are in'],
  ['flags', 'Read, flags and tags'],
  ['mailboxes', 'Mailboxes and names'],
  ['settings', 'Settings'],
]

const WORDS: Readonly<Record<string, readonly [one: string, many: string]>> = {
  createMailbox: ['mailbox made again', 'mailboxes made again'],
  changeMailbox: ['mailbox changed', 'mailboxes changed'],
  removeMailbox: ['mailbox removed', 'mailboxes removed'],
  mergeMailbox: ['mailbox merged into another', 'mailboxes merged into others'],
  restoreMessage: ['message comes back', 'messages come back'],
  moveMessage: ['message moves', 'messages move'],
  flagMessage: ['message gets its flags back', 'messages get their flags back'],
  removeMessage: ['message goes, which an earlier restore brought', 'messages go, which an earlier restore brought'],
  setSetting: ['setting as it was', 'settings as they were'],
  removeSetting: ['setting removed', 'settings removed'],
}

export interface RestoreWindowProps {
  readonly client: PastClient
  readonly restoring: Restoring
  readonly onClose: () => void
  /** The record to which an undo leads, and how much could not be brought back. */
  readonly onDone: (before: number, problemCount: number) => void
}

export function RestoreWindow({ client, restoring, onClose, onDone }: RestoreWindowProps) {
  const [what, setWhat] = useState<What>('all')
  const [onConflict, setOnConflict] = useState<'merge' | 'rename'>('merge')
  const [report, setReport] = useState<RestoreReport | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const [back, setBack] = useState<number | null>(null)
  const { request } = restoring
  const only: readonly RestoreKind[] | null = what === 'all' ? null : [what]
  const choices = choicesFor(request)

  useEffect(() => {
    let isCurrent = true
    setReport(null)
    setProblem(null)
    client.dryRun({ ...request, only: what === 'all' ? null : [what], onConflict }).then(
      (found) => isCurrent && setReport(found),
      (error: unknown) => isCurrent && setProblem(plainWords(error)),
    )
    return () => {
      isCurrent = false
    }
  }, [client, request, what, onConflict])

  const run = async (): Promise<void> => {
    setBack(0)
    try {
      const { before, problemCount } = await client.run({ ...request, only, onConflict }, setBack)
      onDone(before, problemCount)
    } catch (error) {
      setBack(null)
      setProblem(`It is not finished; the same again goes on with it. ${plainWords(error)}`)
    }
  }
  const kinds = report === null ? [] : Object.keys(WORDS).filter((kind) => (report.counts[kind] ?? 0) > 0)
  const isRunning = back !== null
  return (
    <DialogWindow title={restoring.title} onClose={() => !isRunning && onClose()}>
      <div className="restore-window">
        {choices.length > 1 && <RadioChoice legend="What" value={what} options={choices} onChange={setWhat} />}
        {request.emailId === null && (
          <RadioChoice
            legend="If a mailbox’s name is taken now"
            value={onConflict}
            options={[
              ['merge', 'Put its messages there'],
              ['rename', 'Make it beside that'],
            ]}
            onChange={setOnConflict}
          />
        )}
        <div className="restore-report" role="status" aria-busy={report === null && problem === null}>
          {isRunning ? (
            <p>Restoring… {back > 0 && `${back} messages are back.`}</p>
          ) : problem !== null ? (
            <p>{problem}</p>
          ) : report === null ? (
            <p>Looking what would change…</p>
          ) : (
            <>
              <p>
                {kinds.length === 0
                  ? 'Nothing would change: it is as it was then.'
                  : 'This would change. It can be undone.'}
              </p>
              <ul className="restore-counts">
                {kinds.map((kind) => {
                  const count = report.counts[kind] ?? 0
                  return (
                    <li key={kind}>
                      <strong>{count}</strong> {WORDS[kind]?.[count === 1 ? 0 : 1]}
                    </li>
                  )
                })}
              </ul>
              <ul className="restore-lines">
                {linesOf(report.changes).map((line) => (
                  <li key={line}>{line}</li>
                ))}
              </ul>
              {report.staying > 0 && <p>Messages that came since stay where they are ({report.staying}).</p>}
              {report.problemCount > 0 && (
                <p>{report.problemCount} cannot be brought back: they are gone or damaged.</p>
              )}
            </>
          )}
        </div>
        <div className="dialog-actions">
          <button type="button" className="button" disabled={isRunning} onClick={onClose}>
            Cancel
          </button>
          <button
            type="button"
            className="button button-primary"
            disabled={isRunning || report === null || kinds.length === 0}
            onClick={() => void run()}
          >
            Restore
          </button>
        </div>
      </div>
    </DialogWindow>
  )
}

/** One message is restored whole, a mailbox without settings. */
function choicesFor({ mailboxId, emailId }: Restoring['request']): readonly (readonly [What, string])[] {
  if (emailId !== null) return []
  return mailboxId === null ? WHAT : WHAT.filter(([what]) => what !== 'settings')
}

/** What happens to mailboxes, by their names. */
function linesOf(changes: readonly RestoreChange[]): string[] {
  const lines = changes.flatMap(({ kind, path = '', was = '' }) => {
    if (kind === 'createMailbox') return [`${path} is made again.`]
    if (kind === 'mergeMailbox') return [`Messages of a mailbox that has gone come into ${path}.`]
    if (kind === 'removeMailbox') return [`${path} goes.`]
    if (kind === 'changeMailbox')
      return [path === was ? `${path} gets its properties back.` : `${was} is ${path} again.`]
    return []
  })
  const all = [...new Set(lines)]
  return all.length > LINES ? [...all.slice(0, LINES), `And ${all.length - LINES} more.`] : all
}
