// One message of a conversation: collapsed to a line, or whole.

import { useState } from 'react'
import { displayName, formatAddress } from '#web/compose/addresses.ts'
import type { Address, Email } from '#web/jmap/types.ts'
import { isUnread } from '#web/mail/counts.ts'
import { flagged, unflagged, unread } from '#web/mail/deeds.ts'
import { fullDate, messageDate } from '#web/list/dates.ts'
import { plainWords } from '#web/jmap/failure.ts'
import { useWorkspace } from '#web/shell/workspace.ts'
import { Avatar } from '#web/ui/avatar.tsx'
import { Icon } from '#web/ui/icon.tsx'
import { IconButton } from '#web/ui/icon-button.tsx'
import { MoreMenu } from '#web/ui/more-menu.tsx'
import { MessageBody } from './message-body.tsx'
import { saveBlob } from './save-blob.ts'
import { formatSize } from './size.ts'

export interface MessageViewProps {
  readonly email: Email
  readonly isOpen: boolean
  readonly now: Date
  readonly onToggle: () => void
}

function People({ label, people }: { readonly label: string; readonly people: readonly Address[] | null }) {
  if (people === null || people.length === 0) return null
  return (
    <>
      <dt>{label}</dt>
      <dd>
        {people.map((person, at) => (
          <span key={at} className="detail-address">
            {formatAddress(person)}
          </span>
        ))}
      </dd>
    </>
  )
}

function Details({ email }: { readonly email: Email }) {
  return (
    <dl className="details">
      <People label="From" people={email.from} />
      <People label="Reply to" people={email.replyTo} />
      <People label="To" people={email.to} />
      <People label="Cc" people={email.cc} />
      <People label="Bcc" people={email.bcc} />
      <dt>Sent</dt>
      <dd>{email.sentAt === null ? 'Not said' : fullDate(email.sentAt)}</dd>
      <dt>Received</dt>
      <dd>{fullDate(email.receivedAt)}</dd>
      <dt>Size</dt>
      <dd>{formatSize(email.size)}</dd>
    </dl>
  )
}

export function MessageView({ email, isOpen, now, onToggle }: MessageViewProps) {
  const { address, composing, connection, notices, actions, commands } = useWorkspace()
  const [hasDetails, setDetails] = useState(false)
  const from = email.from?.[0]
  const name = from === undefined ? 'Unknown sender' : displayName(from)
  const own = address.toLowerCase()
  const isDraft = email.keywords['$draft'] === true
  const recipients = [...(email.to ?? []), ...(email.cc ?? []), ...(email.bcc ?? [])].map((person) =>
    person.email.toLowerCase() === own ? 'me' : displayName(person),
  )
  const saveOriginal = async (): Promise<void> => {
    try {
      const file = `${(email.subject ?? 'message').slice(0, 80)}.eml`
      saveBlob(await connection.download(email.blobId, file, 'message/rfc822'), file)
    } catch (error) {
      notices.problem(`The message could not be saved. ${plainWords(error)}`)
    }
  }
  if (!isOpen) {
    return (
      <article className={isUnread(email) ? 'message message-closed message-unread' : 'message message-closed'}>
        <button type="button" className="message-line" aria-expanded="false" onClick={onToggle}>
          <Avatar address={from} />
          <span className="message-name">{name}</span>
          <span className="message-preview">{email.preview}</span>
          {email.hasAttachment && <Icon name="attach" />}
          <time dateTime={email.receivedAt}>{messageDate(email.receivedAt, now)}</time>
        </button>
      </article>
    )
  }
  return (
    <article className="message" aria-label={`Message from ${name}`}>
      <header className="message-head">
        <Avatar address={from} />
        <div className="message-who">
          <div className="message-from">
            <button type="button" className="message-name" aria-expanded="true" onClick={onToggle}>
              {name}
            </button>
            {from !== undefined && from.name !== null && <span className="message-address">{from.email}</span>}
          </div>
          <button
            type="button"
            className="message-to"
            aria-expanded={hasDetails}
            onClick={() => setDetails(!hasDetails)}
          >
            {recipients.length === 0 ? 'no recipients named' : `to ${recipients.join(', ')}`}
            <Icon name="chevron" />
          </button>
        </div>
        <time className="message-date" dateTime={email.receivedAt} title={fullDate(email.receivedAt)}>
          {messageDate(email.receivedAt, now)}
        </time>
        <div className="message-tools">
          {isDraft ? (
            <IconButton icon="edit" label="Go on writing" onClick={() => void composing.resume(email)} />
          ) : (
            <IconButton icon="reply" label="Reply" onClick={() => void composing.reply(email, false)} />
          )}
          <MoreMenu
            label="More"
            entries={[
              { label: 'Reply to all', icon: 'replyAll', onSelect: () => void composing.reply(email, true) },
              { label: 'Forward', icon: 'forward', onSelect: () => void composing.forward(email) },
              {
                label: 'Unread from here',
                icon: 'unread',
                onSelect: () => {
                  actions.run(unread, [email])
                  commands.escape()
                },
              },
              {
                label: email.keywords['$flagged'] === true ? 'Remove the flag' : 'Flag this message',
                icon: 'flag',
                onSelect: () => actions.run(email.keywords['$flagged'] === true ? unflagged : flagged, [email]),
              },
              { label: 'Save the original', icon: 'download', onSelect: () => void saveOriginal() },
              { label: 'Delete this message', icon: 'trash', onSelect: () => commands.deleteMessage(email) },
            ]}
          />
        </div>
      </header>
      {hasDetails && <Details email={email} />}
      <MessageBody email={email} />
    </article>
  )
}
