// A conversation, oldest message first: those that were read before are collapsed, the last one and unread ones are open.

import { useEffect, useRef, useState } from 'react'
import { plainWords } from '#web/jmap/failure.ts'
import type { Email, Id } from '#web/jmap/types.ts'
import type { EmailList } from '#web/mail/email-list.ts'
import { isUnread } from '#web/mail/counts.ts'
import { read } from '#web/mail/deeds.ts'
import { useObserved } from '#web/mail/observable.ts'
import { useMinute } from '#web/list/use-minute.ts'
import { useWorkspace } from '#web/shell/workspace.ts'
import { Icon } from '#web/ui/icon.tsx'
import { ConversationToolbar } from './conversation-toolbar.tsx'
import { MessageView } from './message-view.tsx'

export interface ConversationProps {
  readonly thread: Id
  readonly list: EmailList
}

/** Those that belong to the view: not those in Trash, unless it is Trash that is looked at. */
function shown(emails: readonly Email[], list: EmailList, hidden: ReadonlySet<Id>): readonly Email[] {
  const { mailbox } = list.query
  return emails.filter(
    ({ mailboxIds }) =>
      (mailbox !== null && mailboxIds[mailbox] === true) || Object.keys(mailboxIds).some((id) => !hidden.has(id)),
  )
}

export function Conversation({ thread, list }: ConversationProps) {
  const { mail, actions, commands } = useWorkspace()
  useObserved(mail)
  const now = useMinute()
  const [problem, setProblem] = useState<string | null>(null)
  const [toggled, setToggled] = useState<ReadonlySet<Id>>(new Set())
  const [wasUnread, setWasUnread] = useState<ReadonlySet<Id>>(new Set())
  const top = useRef<HTMLDivElement>(null)
  const hidden = new Set(['trash', 'junk'].map((role) => mail.mailboxOf(role as 'trash' | 'junk')?.id ?? ''))
  const emails = shown(mail.emailsOfThread(thread), list, hidden)
  const isKnown = mail.knowsThread(thread)
  const unread = emails.filter(isUnread)

  useEffect(() => {
    if (!isKnown) mail.loadThread(thread).catch((error: unknown) => setProblem(plainWords(error)))
  }, [mail, thread, isKnown])

  // What is looked at is read; that it was unread keeps it open.
  const unreadKey = unread.map(({ id }) => id).join(' ')
  // Whoever came in with a password that may only read marks nothing.
  const mayMark = Array.from(mail.mailboxes.values()).some(({ myRights }) => myRights.maySetSeen)
  useEffect(() => {
    if (unreadKey === '') return
    const ids = unreadKey.split(' ')
    setWasUnread((before) => new Set([...before, ...ids]))
    if (!mayMark) return
    const timer = setTimeout(() => {
      actions.run(
        read,
        ids.map((id) => mail.email(id)).filter((email) => email !== undefined),
      )
    }, 400)
    return () => clearTimeout(timer)
  }, [actions, mail, unreadKey, mayMark])

  // The next one is there before it is asked for.
  useEffect(() => {
    const at = list.indexOfThread(thread)
    const timer = setTimeout(() => {
      for (const neighbour of [at + 1, at - 1]) {
        const row = at < 0 ? undefined : list.emailAt(neighbour)
        const last = row === undefined ? undefined : mail.emailsOfThread(row.threadId).at(-1)
        if (last !== undefined) mail.body(last.id).catch(() => {})
      }
    }, 300)
    return () => clearTimeout(timer)
  }, [mail, list, thread])

  useEffect(() => {
    if (matchMedia('(max-width: 699px)').matches) top.current?.focus({ preventScroll: true })
  }, [thread])

  if (problem !== null) {
    return (
      <div className="reading-state" role="alert">
        <p>{problem}</p>
      </div>
    )
  }
  const last = emails.at(-1)
  const subject = emails[0]?.subject?.trim() || 'No subject'
  const toggle = (id: Id): void => {
    const next = new Set(toggled)
    if (!next.delete(id)) next.add(id)
    setToggled(next)
  }
  return (
    <div className="conversation">
      <ConversationToolbar list={list} emails={emails} />
      <div className="conversation-scroller" ref={top} tabIndex={-1}>
        {last === undefined ? (
          <div className="body-skeleton" role="status" aria-label="Loading the conversation">
            <span className="bone bone-short" />
            <span className="bone" />
            <span className="bone bone-long" />
          </div>
        ) : (
          <div className="conversation-inner">
            <h1 className="conversation-subject" dir="auto">
              {subject}
            </h1>
            {emails.map((email) => {
              const isOpen = (email === last || isUnread(email) || wasUnread.has(email.id)) !== toggled.has(email.id)
              return (
                <MessageView key={email.id} email={email} isOpen={isOpen} now={now} onToggle={() => toggle(email.id)} />
              )
            })}
            <div className="answer-bar">
              <button type="button" className="button" onClick={() => commands.reply(false)}>
                <Icon name="reply" />
                Reply
              </button>
              {recipientCount(last) > 1 && (
                <button type="button" className="button" onClick={() => commands.reply(true)}>
                  <Icon name="replyAll" />
                  Reply to all
                </button>
              )}
              <button type="button" className="button" onClick={() => commands.forward()}>
                <Icon name="forward" />
                Forward
              </button>
            </div>
          </div>
        )}
      </div>
    </div>
  )
}

function recipientCount({ to, cc }: Email): number {
  return (to?.length ?? 0) + (cc?.length ?? 0)
}
