// A mailbox among the others, with what there is to read in it, and the menu of what can be done with it.

import type { Mailbox } from '#web/jmap/types.ts'
import { Icon, type IconName } from '#web/ui/icon.tsx'
import { type MenuEntry, MoreMenu } from '#web/ui/more-menu.tsx'
import { formatRoute } from './route.ts'
import { useWorkspace } from './workspace.ts'

export interface MailboxEntryProps {
  readonly mailbox: Mailbox
  readonly depth: number
  readonly icon: IconName
  readonly isCurrent: boolean
  readonly isFirstOwn: boolean
  readonly onGo: () => void
}

const DEPTH_MAX = 6

export function MailboxEntry({ mailbox, depth, icon, isCurrent, isFirstOwn, onGo }: MailboxEntryProps) {
  const { view, commands } = useWorkspace()
  // Drafts are never read; how many there are is what one wants to know.
  const count =
    mailbox.role === 'drafts'
      ? mailbox.totalEmails
      : mailbox.role === 'sent' || mailbox.role === 'trash'
        ? 0
        : mailbox.unreadThreads
  const what = mailbox.role === 'drafts' ? 'drafts' : 'unread'
  const entries: MenuEntry[] = []
  if (mailbox.myRights.mayCreateChild && mailbox.role === null)
    entries.push({
      label: 'New mailbox in it',
      icon: 'plus',
      onSelect: () => view.show({ kind: 'mailbox', mailbox: null, parent: mailbox.id }),
    })
  if (mailbox.myRights.mayRename && mailbox.role === null)
    entries.push({
      label: 'Rename or move',
      icon: 'edit',
      onSelect: () => view.show({ kind: 'mailbox', mailbox: mailbox.id, parent: mailbox.parentId }),
    })
  if ((mailbox.role === 'trash' || mailbox.role === 'junk') && mailbox.totalEmails > 0)
    entries.push({ label: `Empty ${mailbox.name}`, icon: 'trash', onSelect: () => commands.emptyMailbox(mailbox) })
  return (
    <li className={`mailbox mailbox-depth-${Math.min(depth, DEPTH_MAX)} ${isFirstOwn ? 'mailbox-first' : ''}`}>
      <a
        className="mailbox-link"
        href={formatRoute({ kind: 'mailbox', mailbox: mailbox.id, thread: null })}
        aria-current={isCurrent ? 'page' : undefined}
        onClick={(event) => {
          if (event.ctrlKey || event.metaKey) return
          event.preventDefault()
          onGo()
        }}
      >
        <Icon name={icon} />
        <span className="mailbox-name">{mailbox.name}</span>
        {count > 0 && (
          <span className="mailbox-count">
            {count > 9999 ? '9999+' : count}
            <span className="visually-hidden"> {what}</span>
          </span>
        )}
      </a>
      {entries.length > 0 && <MoreMenu label={`More for ${mailbox.name}`} entries={entries} />}
    </li>
  )
}
