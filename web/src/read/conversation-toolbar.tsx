// What can be done with the open conversation.

import type { Email } from '#web/jmap/types.ts'
import type { EmailList } from '#web/mail/email-list.ts'
import { useWorkspace } from '#web/shell/workspace.ts'
import { IconButton } from '#web/ui/icon-button.tsx'

export function ConversationToolbar({ list, emails }: { readonly list: EmailList; readonly emails: readonly Email[] }) {
  const { commands, mail, view, router } = useWorkspace()
  const mailbox = list.query.mailbox === null ? undefined : mail.mailboxes.get(list.query.mailbox)
  const isFlagged = emails.some(({ keywords }) => keywords['$flagged'] === true)
  const thread = emails[0]?.threadId
  const at = thread === undefined ? -1 : list.indexOfThread(thread)
  return (
    <div className="toolbar conversation-toolbar" role="toolbar" aria-label="Conversation">
      <IconButton
        icon="back"
        label="Back to the list"
        shortcut="u"
        className="toolbar-back"
        onClick={() => router.closeThread()}
      />
      {mailbox?.role !== 'archive' && (
        <IconButton icon="archive" label="Archive" shortcut="e" onClick={() => commands.archive()} />
      )}
      <IconButton icon="trash" label="Delete" shortcut="#" onClick={() => commands.delete()} />
      <IconButton
        icon="junk"
        label={mailbox?.role === 'junk' ? 'Not junk' : 'Junk'}
        shortcut="!"
        onClick={() => commands.junk()}
      />
      <IconButton icon="move" label="Move to a mailbox" shortcut="v" onClick={() => view.show({ kind: 'move' })} />
      <IconButton icon="unread" label="Mark unread" shortcut="m" onClick={() => commands.markRead(false)} />
      <IconButton
        icon="flag"
        label="Flag"
        shortcut="s"
        isPressed={isFlagged}
        isFilled={isFlagged}
        onClick={() => commands.toggleFlag()}
      />
      <span className="spacer" />
      {at >= 0 && (
        <span className="toolbar-place">
          {at + 1} of {list.length}
        </span>
      )}
      <IconButton
        icon="chevron"
        label="Previous conversation"
        shortcut="k"
        className="turn-up"
        isDisabled={at <= 0}
        onClick={() => commands.step(-1)}
      />
      <IconButton
        icon="chevron"
        label="Next conversation"
        shortcut="j"
        isDisabled={at < 0 || at >= list.length - 1}
        onClick={() => commands.step(1)}
      />
    </div>
  )
}
