// The window that is open over the page, if any.

import { Suspense } from 'react'
import { useObserved } from '#web/mail/observable.ts'
import { useWorkspace } from './workspace.ts'
import { later } from '#web/ui/later.ts'

const ConfirmDialog = later(async () => ({ default: (await import('#web/ui/confirm-dialog.tsx')).ConfirmDialog }))
const HelpWindow = later(() => import('./help-window.tsx'))
const MoveWindow = later(() => import('./move-window.tsx'))
const MailboxWindow = later(() => import('./mailbox-window.tsx'))
const IntegrityWindow = later(() => import('#web/integrity/integrity-window.tsx'))
const LinkWindow = later(() => import('#web/read/link-window.tsx'))

export function Windows() {
  const { view } = useWorkspace()
  useObserved(view)
  return <Suspense fallback={null}>{<Open />}</Suspense>
}

function Open() {
  const { view } = useWorkspace()
  const { window } = view
  const close = (): void => view.show(null)
  switch (window?.kind) {
    case undefined:
      return null
    case 'help':
      return <HelpWindow onClose={close} />
    case 'integrity':
      return <IntegrityWindow onClose={close} />
    case 'move':
      return <MoveWindow onClose={close} />
    case 'mailbox':
      return <MailboxWindow mailbox={window.mailbox} parent={window.parent} onClose={close} />
    case 'question':
      return <ConfirmDialog question={window.question} onClose={close} />
    case 'link':
      return <LinkWindow href={window.href} text={window.text} onClose={close} />
  }
}
