// One row of the list: a conversation.

import { type MouseEvent, memo } from 'react'
import { displayName, shortName } from '#web/compose/addresses.ts'
import type { Address, Email } from '#web/jmap/types.ts'
import { isUnread } from '#web/mail/counts.ts'
import { Avatar } from '#web/ui/avatar.tsx'
import { Icon } from '#web/ui/icon.tsx'
import { fullDate, shortDate } from './dates.ts'

export interface RowProps {
  readonly row: Email
  /** All messages of the conversation that are known, oldest first. */
  readonly thread: readonly Email[]
  readonly href: string
  readonly own: string
  /** Shows to whom, and not from whom. */
  readonly isOutgoing: boolean
  readonly position: number
  readonly total: number
  readonly top: number
  readonly isSelected: boolean
  readonly isOpen: boolean
  readonly isCursor: boolean
  readonly now: Date
  readonly onOpen: (row: Email, event: MouseEvent) => void
  readonly onSelect: (row: Email, isRange: boolean) => void
  readonly onFlag: (row: Email) => void
}

/** Who takes part, oneself as “me”, each once. */
function participants(thread: readonly Email[], own: string): string {
  const people = new Map<string, Address>()
  for (const email of thread) for (const from of email.from ?? []) people.set(from.email.toLowerCase(), from)
  const all = [...people.values()]
  const only = all[0]
  if (all.length === 1 && only !== undefined) return only.email.toLowerCase() === own ? 'me' : displayName(only)
  // Two have room for their whole names.
  const nameOf = all.length === 2 ? displayName : shortName
  return all.map((person) => (person.email.toLowerCase() === own ? 'me' : nameOf(person))).join(', ')
}

function MessageRowView(props: RowProps) {
  const { row, thread, href, own, isOutgoing, position, total, top, isSelected, isOpen, isCursor, now } = props
  const all = thread.length === 0 ? [row] : thread
  const unread = all.some(isUnread)
  const isFlagged = all.some(({ keywords }) => keywords['$flagged'] === true)
  const isDraft = row.keywords['$draft'] === true
  const isAnswered = all.some(({ keywords }) => keywords['$answered'] === true)
  const hasAttachment = all.some((email) => email.hasAttachment)
  const recipients = (row.to ?? []).map(displayName).join(', ')
  const who = isOutgoing ? recipients || 'No recipient' : participants(all, own) || 'Unknown sender'
  const subject = row.subject?.trim() || 'No subject'
  const date = shortDate(row.receivedAt, now)
  const face = isOutgoing
    ? row.to?.[0]
    : (all.findLast(({ from }) => from?.[0]?.email.toLowerCase() !== own) ?? row).from?.[0]
  const style = { transform: `translateY(${top}px)` }
  const state = [
    'row',
    unread ? 'row-unread' : '',
    isSelected ? 'row-selected' : '',
    isOpen ? 'row-open' : '',
    isCursor ? 'row-cursor' : '',
  ].join(' ')
  return (
    <div role="listitem" className={state} style={style} aria-setsize={total} aria-posinset={position + 1}>
      <label className="row-select">
        <input
          type="checkbox"
          checked={isSelected}
          aria-label={`Select ${subject}`}
          tabIndex={isCursor || isOpen ? 0 : -1}
          onChange={() => {}}
          onClick={(event) => props.onSelect(row, event.shiftKey)}
        />
        <Avatar address={face} />
        <span className="row-tick">
          <Icon name="check" />
        </span>
      </label>
      <a
        className="row-link"
        href={href}
        aria-current={isOpen ? 'true' : undefined}
        tabIndex={isCursor || isOpen ? 0 : -1}
        data-row={row.id}
        draggable={false}
        onClick={(event) => props.onOpen(row, event)}
      >
        <span className="row-line">
          <span className="row-who">
            {unread && <span className="visually-hidden">Unread, </span>}
            {isDraft && <em className="row-draft">Draft</em>}
            {who}
          </span>
          {all.length > 1 && <span className="row-count">{all.length}</span>}
          {isAnswered && <Icon name="reply" />}
          {hasAttachment && <Icon name="attach" />}
          <time className="row-date" dateTime={row.receivedAt} title={fullDate(row.receivedAt)}>
            {date}
          </time>
        </span>
        <span className="row-subject">{subject}</span>
        <span className="row-preview" aria-hidden="true">
          {row.preview}
        </span>
      </a>
      <button
        type="button"
        className={isFlagged ? 'row-flag row-flagged' : 'row-flag'}
        aria-pressed={isFlagged}
        aria-label={`Flag ${subject}`}
        tabIndex={isCursor || isOpen ? 0 : -1}
        onClick={() => props.onFlag(row)}
      >
        <Icon name="flag" isFilled={isFlagged} />
      </button>
    </div>
  )
}

export const MessageRow = memo(MessageRowView)
