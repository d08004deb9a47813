// Writing, mailboxes, and what belongs to the account. Where there is little room it lies over the page when it is called.

import { useEffect, useRef } from 'react'
import type { MailboxRole } from '#web/jmap/types.ts'
import { mailboxTree } from '#web/mail/mailbox-tree.ts'
import { useObserved } from '#web/mail/observable.ts'
import { Icon, type IconName } from '#web/ui/icon.tsx'
import { IconButton } from '#web/ui/icon-button.tsx'
import { Mark } from '#web/ui/mark.tsx'
import { MailboxEntry } from './mailbox-entry.tsx'
import type { Route } from './route.ts'
import { useWorkspace } from './workspace.ts'

const ICONS: Partial<Record<MailboxRole, IconName>> = {
  inbox: 'inbox',
  drafts: 'drafts',
  sent: 'sent',
  archive: 'archive',
  junk: 'junk',
  trash: 'trash',
  flagged: 'flag',
}

export function Sidebar({ route, onLogOut }: { readonly route: Route; readonly onLogOut: () => void }) {
  const workspace = useWorkspace()
  const { mail, view, router, composing, commands, address } = workspace
  useObserved(mail)
  const current = workspace.mailboxOf(route)
  const nodes = mailboxTree(mail.mailboxes.values())
  const roleless = nodes.findIndex(({ mailbox, depth }) => mailbox.role === null && depth === 0)
  const panel = useRef<HTMLElement>(null)
  const { isSidebarOpen } = view

  useEffect(() => {
    if (!isSidebarOpen) return
    panel.current?.querySelector<HTMLElement>('button')?.focus()
    const close = (event: KeyboardEvent): void => {
      if (event.key === 'Escape') view.showSidebar(false)
    }
    addEventListener('keydown', close)
    return () => removeEventListener('keydown', close)
  }, [isSidebarOpen, view])

  return (
    <>
      {isSidebarOpen && <div className="sidebar-veil" onClick={() => view.showSidebar(false)} />}
      <aside
        ref={panel}
        className={isSidebarOpen ? 'sidebar sidebar-open' : 'sidebar'}
        aria-label="Mailboxes and account"
      >
        <div className="brand">
          <Mark size={28} />
          <span className="brand-name">Mailkeep</span>
          <IconButton
            icon="close"
            label="Close the menu"
            className="sidebar-close"
            onClick={() => view.showSidebar(false)}
          />
        </div>
        <button
          type="button"
          className="button button-primary compose-button"
          title="New message (c)"
          aria-keyshortcuts="c"
          onClick={() => {
            view.showSidebar(false)
            void composing.write()
          }}
        >
          <Icon name="edit" />
          New message
        </button>
        <nav className="mailboxes" aria-label="Mailboxes">
          <ul>
            {nodes.map(({ mailbox, depth }, at) => (
              <MailboxEntry
                key={mailbox.id}
                mailbox={mailbox}
                depth={depth}
                icon={(mailbox.role === null ? undefined : ICONS[mailbox.role]) ?? 'folder'}
                isCurrent={mailbox.id === current}
                isFirstOwn={at === roleless}
                onGo={() => commands.goTo(mailbox)}
              />
            ))}
          </ul>
          <button
            type="button"
            className="mailbox-new"
            onClick={() => view.show({ kind: 'mailbox', mailbox: null, parent: null })}
          >
            <Icon name="plus" />
            New mailbox
          </button>
        </nav>
        <div className="sidebar-foot">
          <span className="sidebar-address" title={address}>
            {address}
          </span>
          <IconButton
            icon="settings"
            label="Settings"
            isPressed={route.kind === 'settings'}
            onClick={() => {
              view.showSidebar(false)
              router.go({ kind: 'settings' })
            }}
          />
          <IconButton
            icon="history"
            label="Go back in time"
            isPressed={route.kind === 'past'}
            onClick={() => {
              view.showSidebar(false)
              router.go({ kind: 'past' })
            }}
          />
          <IconButton icon="help" label="Keys" shortcut="?" onClick={() => view.show({ kind: 'help' })} />
          <IconButton icon="logout" label="Log out" onClick={onLogOut} />
        </div>
      </aside>
    </>
  )
}
