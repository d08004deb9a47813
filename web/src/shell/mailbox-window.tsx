// A new mailbox, or another name and place for one, or its end.

import { useState } from 'react'
import { plainWords } from '#web/jmap/failure.ts'
import type { Id, Mailbox } from '#web/jmap/types.ts'
import { deleteMailbox, saveMailbox } from '#web/mail/mailbox-editing.ts'
import { mailboxPath, mailboxTree } from '#web/mail/mailbox-tree.ts'
import { DialogWindow } from '#web/ui/dialog-window.tsx'
import { useWorkspace } from './workspace.ts'

export interface MailboxWindowProps {
  /** Null for a new one. */
  readonly mailbox: Id | null
  readonly parent: Id | null
  readonly onClose: () => void
}

export default function MailboxWindow({ mailbox: id, parent, onClose }: MailboxWindowProps) {
  const { mail, notices, view, router, synchroniser } = useWorkspace()
  const mailbox = id === null ? undefined : mail.mailboxes.get(id)
  const [name, setName] = useState(mailbox?.name ?? '')
  const [parentId, setParent] = useState(parent)
  const [problem, setProblem] = useState<string | null>(null)
  const [isBusy, setBusy] = useState(false)
  // Under itself, or under one of its own, a mailbox cannot be.
  const places = mailboxTree(mail.mailboxes.values()).filter(
    ({ mailbox: place }) => place.role === null && !isWithin(mail.mailboxes, place, id),
  )

  const run = async (work: () => Promise<void>): Promise<void> => {
    setBusy(true)
    try {
      await work()
      await synchroniser.catchUp()
      onClose()
    } catch (error) {
      setProblem(plainWords(error))
      setBusy(false)
    }
  }
  const remove = (target: Mailbox): void =>
    view.show({
      kind: 'question',
      question: {
        title: `Delete the mailbox ${target.name}?`,
        text: target.totalEmails === 0 ? 'It is empty.' : `Its ${target.totalEmails} messages go to Trash.`,
        action: 'Delete mailbox',
        isDangerous: true,
        onYes: () => {
          deleteMailbox(mail, target.id)
            .then(() => {
              router.go({ kind: 'mailbox', mailbox: null, thread: null })
              notices.say(`${target.name} deleted.`)
            })
            .catch((error: unknown) => notices.problem(plainWords(error)))
        },
      },
    })
  return (
    <DialogWindow title={mailbox === undefined ? 'New mailbox' : 'Mailbox'} className="dialog-small" onClose={onClose}>
      <form
        className="dialog-form"
        onSubmit={(event) => {
          event.preventDefault()
          if (name.trim() !== '') void run(() => saveMailbox(mail, id, { name: name.trim(), parentId }))
        }}
      >
        {problem !== null && (
          <p className="login-problem" role="alert">
            {problem}
          </p>
        )}
        <label className="field">
          <span>Name</span>
          <input value={name} autoFocus required maxLength={100} onChange={(event) => setName(event.target.value)} />
        </label>
        {places.length > 0 && (
          <label className="field">
            <span>In</span>
            <select
              value={parentId ?? ''}
              onChange={(event) => setParent(event.target.value === '' ? null : event.target.value)}
            >
              <option value="">No other mailbox</option>
              {places.map(({ mailbox: place }) => (
                <option key={place.id} value={place.id}>
                  {mailboxPath(mail.mailboxes, place)}
                </option>
              ))}
            </select>
          </label>
        )}
        <div className="dialog-actions">
          {mailbox?.myRights.mayDelete === true && (
            <button
              type="button"
              className="button button-danger-quiet"
              disabled={isBusy}
              onClick={() => remove(mailbox)}
            >
              Delete
            </button>
          )}
          <span className="spacer" />
          <button type="submit" className="button button-primary" disabled={isBusy}>
            {mailbox === undefined ? 'Create' : 'Save'}
          </button>
        </div>
      </form>
    </DialogWindow>
  )
}

function isWithin(mailboxes: ReadonlyMap<Id, Mailbox>, mailbox: Mailbox, id: Id | null): boolean {
  let at: Mailbox | undefined = mailbox
  for (let depth = 0; at !== undefined && depth < 32; depth++) {
    if (at.id === id) return true
    at = at.parentId === null ? undefined : mailboxes.get(at.parentId)
  }
  return false
}
