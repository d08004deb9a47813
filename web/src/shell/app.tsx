// The page: who has not logged in sees the log-in, who has sees their mail.

import { Suspense, lazy, useEffect, useState } from 'react'
import { type Token, rememberToken, rememberedToken } from '#web/jmap/login.ts'
import { LoginPage } from '#web/login/login-page.tsx'
import { Mark } from '#web/ui/mark.tsx'
import { Workspace, WorkspaceContext } from './workspace.ts'

const MailPage = lazy(() => import('./mail-page.tsx'))

export function App() {
  const [token, setToken] = useState<Token | null>(rememberedToken)
  const [workspace, setWorkspace] = useState<Workspace | null>(null)
  const [reason, setReason] = useState<string | null>(null)

  useEffect(() => {
    if (token === null) return
    const made = new Workspace(token, () => {
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
        onLogin={(made) => {
          rememberToken(made)
          setReason(null)
          setToken(made)
        }}
      />
    )
  }
  if (workspace === null) return <Opening />
  const logOut = async (): Promise<void> => {
    await workspace.logOut()
    rememberToken(null)
    history.replaceState(null, '', '#/')
    setToken(null)
  }
  return (
    <WorkspaceContext value={workspace}>
      <Suspense fallback={<Opening />}>
        <MailPage onLogOut={() => void logOut()} />
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
