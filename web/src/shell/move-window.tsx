// Choosing the mailbox that conversations move to, by typing a part of its name.

import { useState } from 'react'
import { mailboxPath, mailboxTree } from '#web/mail/mailbox-tree.ts'
import { DialogWindow } from '#web/ui/dialog-window.tsx'
import { Icon } from '#web/ui/icon.tsx'
import { useWorkspace } from './workspace.ts'

export default function MoveWindow({ onClose }: { readonly onClose: () => void }) {
  const workspace = useWorkspace()
  const { mail, commands, router } = workspace
  const [text, setText] = useState('')
  const [chosen, setChosen] = useState(0)
  const here = workspace.mailboxOf(router.route)
  const wanted = text.trim().toLowerCase()
  const found = mailboxTree(mail.mailboxes.values())
    .map(({ mailbox }) => ({ mailbox, path: mailboxPath(mail.mailboxes, mailbox) }))
    .filter(({ mailbox }) => mailbox.id !== here && mailbox.role !== 'drafts' && mailbox.role !== 'sent')
    .filter(({ path }) => path.toLowerCase().includes(wanted))
  const take = (at: number): void => {
    const target = found[at]
    if (target === undefined) return
    onClose()
    commands.moveTo(target.mailbox)
  }
  return (
    <DialogWindow title="Move to" className="dialog-small" onClose={onClose}>
      <input
        className="move-input"
        aria-label="Mailbox"
        placeholder="Part of a name"
        role="combobox"
        aria-expanded="true"
        aria-controls="move-list"
        aria-activedescendant={found.length > 0 ? `move-${chosen}` : undefined}
        autoFocus
        autoComplete="off"
        value={text}
        onChange={(event) => {
          setText(event.target.value)
          setChosen(0)
        }}
        onKeyDown={(event) => {
          if (event.key === 'ArrowDown') setChosen(Math.min(chosen + 1, found.length - 1))
          else if (event.key === 'ArrowUp') setChosen(Math.max(chosen - 1, 0))
          else if (event.key === 'Enter') take(chosen)
          else return
          event.preventDefault()
        }}
      />
      <ul className="move-list" id="move-list" role="listbox" aria-label="Mailboxes">
        {found.map(({ mailbox, path }, at) => (
          <li
            key={mailbox.id}
            id={`move-${at}`}
            role="option"
            aria-selected={at === chosen}
            onPointerEnter={() => setChosen(at)}
            onClick={() => take(at)}
          >
            <Icon name="folder" />
            {path}
          </li>
        ))}
      </ul>
      {found.length === 0 && <p className="dialog-text">No mailbox has that name.</p>}
    </DialogWindow>
  )
}
