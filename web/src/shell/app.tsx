// The page: who has not logged in sees the log-in, who has sees their mail.

import { Suspense, lazy, useEffect, useRef, useState } from 'react'
import type { Unsaved } from '#web/compose/draft.ts'
import { type Token, rememberToken, rememberedToken } from '#web/jmap/login.ts'
import { LoginPage } from '#web/login/login-page.tsx'
import { Mark } from '#web/ui/mark.tsx'
import { Workspace, WorkspaceContext } from './workspace.ts'

const MailPage = lazy(() => import('./mail-page.tsx'))

export function App() {
  const [token, setToken] = useState<Token | null>(rememberedToken)
  const [workspace, setWorkspace] = useState<Workspace | null>(null)
  const [reason, setReason] = useState<string | null>(null)
  const lastAddress = useRef('')
  const unsaved = useRef<{ readonly address: string; readonly draft: Unsaved } | null>(null)

  useEffect(() => {
    if (token === null) return
    // What one was writing when the session ended by itself is there again after the next login, if it is the same person's.
    const kept = unsaved.current?.address === token.address ? unsaved.current.draft : null
    const made = new Workspace(token, kept, () => {
      const draft = made.composing.unsaved
      unsaved.current = draft === null ? null : { address: token.address, draft }
      lastAddress.current = token.address
      rememberToken(null)
      setReason('You have been logged out. Log in to go on.')
      setToken(null)
    })
    setWorkspace(made)
    return () => {
      made.stop()
      setWorkspace(null)
    }
  }, [token])

  if (token === null) {
    return (
      <LoginPage
        reason={reason}
        address={reason === null ? '' : lastAddress.current}
        onLogin={(made) => {
          rememberToken(made)
          setReason(null)
          setToken(made)
        }}
      />
    )
  }
  if (workspace === null) return <Opening />
  const logOut = async (isCertain: boolean): Promise<void> => {
    if (!(await workspace.logOut(isCertain))) {
      workspace.view.show({
        kind: 'question',
        question: {
          title: 'Log out without the draft?',
          text: 'The message you are writing cannot be saved, and would be lost.',
          action: 'Log out',
          isDangerous: true,
          onYes: () => void logOut(true),
        },
      })
      return
    }
    unsaved.current = null
    rememberToken(null)
    history.replaceState(null, '', '#/')
    setReason(null)
    setToken(null)
  }
  return (
    <WorkspaceContext value={workspace}>
      <Suspense fallback={<Opening />}>
        <MailPage onLogOut={() => void logOut(false)} />
      </Suspense>
    </WorkspaceContext>
  )
}

function Opening() {
  return (
    <main className="opening" aria-busy="true">
      <Mark size={56} />
      <p className="visually-hidden">Opening your mail</p>
    </main>
  )
}
