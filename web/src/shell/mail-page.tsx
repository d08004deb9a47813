// The page of somebody who has logged in: mailboxes, list and conversation, side by side or one at a time as there is room.

import { Suspense, useEffect } from 'react'
import { useObserved } from '#web/mail/observable.ts'
import { IntegrityBanner } from '#web/integrity/integrity-banner.tsx'
import { EscrowBanner } from '#web/recovery/escrow-banner.tsx'
import { Conversation } from '#web/read/conversation.tsx'
import { MessageList } from '#web/list/message-list.tsx'
import { displayName } from '#web/compose/addresses.ts'
import { ConnectionBanner } from './connection-banner.tsx'
import { ListHead } from './list-head.tsx'
import { NoticeBar } from './notice-bar.tsx'
import { NothingOpen } from './nothing-open.tsx'
import { preferences } from './preferences.ts'
import { isOwnPage } from './route.ts'
import { Sidebar } from './sidebar.tsx'
import { useKeys } from './use-keys.ts'
import { Windows } from './windows.tsx'
import { useWorkspace } from './workspace.ts'
import { useTitle } from './use-title.ts'
import { FailureBoundary } from '#web/ui/failure-boundary.tsx'
import { later, loadRest } from '#web/ui/later.ts'

const Composer = later(() => import('#web/compose/composer.tsx'))
const PasswordsPage = later(() => import('#web/passwords/passwords-page.tsx'))
const PastPage = later(() => import('#web/past/past-page.tsx'))
const RecoveryPage = later(() => import('#web/recovery/recovery-page.tsx'))
const SettingsPage = later(() => import('#web/settings/settings-page.tsx'))

export default function MailPage({ onLogOut }: { readonly onLogOut: () => void }) {
  const workspace = useWorkspace()
  const { mail, router, view, composing, synchroniser, notices } = workspace
  useObserved(mail)
  useObserved(router)
  useObserved(view)
  useObserved(composing)
  useObserved(preferences)
  useKeys(workspace)
  const { route } = router
  const list = workspace.listOf(route)
  const isReady = mail.states !== null
  useTitle(workspace)

  useEffect(() => {
    if (isReady) composing.restore().catch(() => {})
  }, [isReady, composing])
  useEffect(() => {
    if (isReady) requestAnimationFrame(() => setTimeout(() => void loadRest(), 0))
  }, [isReady])
  useEffect(() => {
    synchroniser.onNewMail = (emails) => {
      const [email] = emails
      const from = email?.from?.[0]
      if (email === undefined || email.from?.[0]?.email.toLowerCase() === workspace.address.toLowerCase()) return
      const who = from === undefined ? 'somebody' : displayName(from)
      notices.say(
        emails.length === 1
          ? `New mail from ${who}: ${email.subject ?? 'no subject'}`
          : `${emails.length} new messages`,
      )
    }
  }, [synchroniser, notices, workspace])
  // What was selected in one list is nothing in another.
  useEffect(() => view.clearSelection(), [view, list])

  const thread = 'thread' in route ? route.thread : null
  const isInstead = preferences.choices.readingPane === 'instead'
  const state = [
    'page',
    thread === null ? 'page-list' : 'page-reading',
    isInstead ? 'page-instead' : 'page-beside',
    isOwnPage(route) ? 'page-settings' : '',
  ].join(' ')
  return (
    <div className={state}>
      <a
        className="skip"
        href="#main"
        onClick={(event) => {
          event.preventDefault()
          document.querySelector<HTMLElement>('.settings, .conversation-scroller, .row-link[tabindex="0"]')?.focus()
        }}
      >
        Skip to mail
      </a>
      <div className="banner-place">
        <IntegrityBanner />
        <EscrowBanner />
        <ConnectionBanner />
      </div>
      <Sidebar route={route} onLogOut={onLogOut} />
      {isOwnPage(route) ? (
        <main className="settings" id="main" tabIndex={-1}>
          <FailureBoundary>
            <Suspense fallback={null}>
              <OwnPage kind={route.kind} />
            </Suspense>
          </FailureBoundary>
        </main>
      ) : (
        <main className="panes" id="main">
          <section className="list-pane" aria-label="List of conversations">
            <ListHead route={route} list={list} />
            {list === null ? null : <MessageList list={list} route={route} />}
          </section>
          <section className="reading-pane" aria-label="Conversation">
            {thread === null || list === null ? (
              <NothingOpen />
            ) : (
              <FailureBoundary key={thread}>
                <Conversation thread={thread} list={list} />
              </FailureBoundary>
            )}
          </section>
        </main>
      )}
      {composing.draft !== null && (
        <FailureBoundary>
          <Suspense fallback={null}>
            <Composer key={String(composing.generation)} draft={composing.draft} />
          </Suspense>
        </FailureBoundary>
      )}
      <FailureBoundary>
        <Windows />
      </FailureBoundary>
      <NoticeBar />
    </div>
  )
}

function OwnPage({ kind }: { readonly kind: 'settings' | 'past' | 'passwords' | 'recovery' }) {
  switch (kind) {
    case 'settings':
      return <SettingsPage />
    case 'past':
      return <PastPage />
    case 'passwords':
      return <PasswordsPage />
    case 'recovery':
      return <RecoveryPage />
  }
}
