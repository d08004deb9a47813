// The messages of one mailbox as of then: a list, a page at a time, and one of them to look at.

import { useEffect, useState } from 'react'
import { displayName } from '#web/compose/addresses.ts'
import { plainWords } from '#web/jmap/failure.ts'
import type { Id } from '#web/jmap/types.ts'
import { fullDate, shortDate } from '#web/list/dates.ts'
import {
  LIST_LENGTH,
  type PastClient,
  type PastEmail,
  type PastMailbox,
  type PastMessages as Messages,
  type PastPreview,
} from './past-client.ts'

const WHY = {
  dropped: 'This message has gone: the time for which deleted mail is kept was over.',
  damaged: 'This message is damaged and cannot be shown.',
} as const

export interface PastMessagesProps {
  readonly client: PastClient
  readonly record: number
  readonly mailbox: PastMailbox
  readonly onRestore: (email: PastEmail) => void
}

export function PastMessages({ client, record, mailbox, onRestore }: PastMessagesProps) {
  const [position, setPosition] = useState(0)
  const [messages, setMessages] = useState<Messages | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const [open, setOpen] = useState<Id | null>(null)

  useEffect(() => {
    let isCurrent = true
    setMessages(null)
    setOpen(null)
    client.messages(record, mailbox.id, position).then(
      (found) => isCurrent && setMessages(found),
      (error: unknown) => isCurrent && setProblem(plainWords(error)),
    )
    return () => {
      isCurrent = false
    }
  }, [client, record, mailbox.id, position])

  if (problem !== null) return <p role="alert">{problem}</p>
  if (messages === null) return <p role="status">Reading…</p>
  if (messages.total === 0) return <p>There was nothing in it.</p>
  const now = new Date()
  const end = position + messages.list.length
  return (
    <>
      <ul className="past-list">
        {messages.list.map((email) => (
          <li key={email.id}>
            <button
              type="button"
              className={email.keywords['$seen'] === true ? 'past-row' : 'past-row past-row-unread'}
              aria-expanded={open === email.id}
              onClick={() => setOpen(open === email.id ? null : email.id)}
            >
              <span className="past-from">{email.from?.map(displayName).join(', ') || '–'}</span>
              <time dateTime={email.receivedAt}>{shortDate(email.receivedAt, now)}</time>
              <span className="past-subject">
                {email.state === 'present' ? email.subject || 'No subject' : 'It cannot be shown'}
              </span>
            </button>
            {open === email.id && (
              <PastMessage client={client} record={record} email={email} onRestore={() => onRestore(email)} />
            )}
          </li>
        ))}
      </ul>
      {messages.total > LIST_LENGTH && (
        <div className="past-pages">
          <button
            type="button"
            className="button button-small"
            disabled={position === 0}
            onClick={() => setPosition(Math.max(0, position - LIST_LENGTH))}
          >
            Newer
          </button>
          <span>
            {position + 1} to {end} of {messages.total}
          </span>
          <button
            type="button"
            className="button button-small"
            disabled={end >= messages.total}
            onClick={() => setPosition(end)}
          >
            Older
          </button>
        </div>
      )}
    </>
  )
}

interface PastMessageProps {
  readonly client: PastClient
  readonly record: number
  readonly email: PastEmail
  readonly onRestore: () => void
}

function PastMessage({ client, record, email, onRestore }: PastMessageProps) {
  const [preview, setPreview] = useState<PastPreview | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  useEffect(() => {
    let isCurrent = true
    client.preview(record, email.id).then(
      (found) => isCurrent && setPreview(found),
      (error: unknown) => isCurrent && setProblem(plainWords(error)),
    )
    return () => {
      isCurrent = false
    }
  }, [client, record, email.id])

  if (problem !== null) return <p role="alert">{problem}</p>
  if (preview === null) return <p role="status">Reading…</p>
  if (preview.state !== 'present') return <p className="past-message">{WHY[preview.state]}</p>
  return (
    <div className="past-message">
      <p className="past-people">
        From{' '}
        {preview.from
          .map(({ name, email: address }) => (name === null ? address : `${name} <${address}>`))
          .join(', ') || '–'}
        {preview.to.length > 0 && ` to ${preview.to.map(displayName).join(', ')}`}
      </p>
      <div className="past-text" tabIndex={0} role="region" aria-label="Text of the message">
        {preview.text}
      </div>
      {email.restorableUntil !== null && (
        <p>It has gone since, and can be restored until {fullDate(email.restorableUntil)} at least.</p>
      )}
      {preview.isTruncated && <p>There is more; it is left out here.</p>}
      {preview.files.length > 0 && <p>Files: {preview.files.map(({ name, type }) => name ?? type).join(', ')}</p>}
      <button type="button" className="button" onClick={onRestore}>
        Restore this message
      </button>
    </div>
  )
}
