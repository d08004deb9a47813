// The title of the page: where one is, and how much is unread in the inbox.

import { useEffect } from 'react'
import { isOwnPage } from './route.ts'
import type { Workspace } from './workspace.ts'

const OWN_PAGES = {
  settings: 'Settings',
  past: 'Go back in time',
  recovery: 'Recovery',
  passwords: 'Passwords and keys',
} as const

export function useTitle(workspace: Workspace): void {
  const { mail, router } = workspace
  const { route } = router
  const unread = mail.mailboxOf('inbox')?.unreadThreads ?? 0
  const id = workspace.mailboxOf(route)
  const name = isOwnPage(route)
    ? OWN_PAGES[route.kind]
    : route.kind === 'search'
      ? 'Search'
      : id === null
        ? ''
        : (mail.mailboxes.get(id)?.name ?? '')
  useEffect(() => {
    document.title = `${unread > 0 ? `(${unread}) ` : ''}${name === '' ? '' : `${name} – `}Mailkeep`
  }, [unread, name])
}
