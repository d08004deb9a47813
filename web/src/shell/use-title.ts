// The title of the page: where one is, and how much is unread in the inbox.

import { useEffect } from 'react'
import type { Workspace } from './workspace.ts'

export function useTitle(workspace: Workspace): void {
  const { mail, router } = workspace
  const { route } = router
  const unread = mail.mailboxOf('inbox')?.unreadThreads ?? 0
  const id = workspace.mailboxOf(route)
  const name =
    route.kind === 'settings'
      ? 'Settings'
      : route.kind === 'search'
        ? 'Search'
        : id === null
          ? ''
          : (mail.mailboxes.get(id)?.name ?? '')
  useEffect(() => {
    document.title = `${unread > 0 ? `(${unread}) ` : ''}${name === '' ? '' : `${name} – `}Mailkeep`
  }, [unread, name])
}
