// Logging in.

import { useEffect, useRef, useState } from 'react'
import { RebuildingFailure, plainWords } from '#web/jmap/failure.ts'
import { type Token, logIn, logInByPasskey, passkeyChallenge } from '#web/jmap/login.ts'
import { askForLogin } from '#web/passkeys/authenticator.ts'
import { passkeysHere } from '#web/passkeys/here.ts'
import { Mark } from '#web/ui/mark.tsx'
import { RebuildingCard } from './rebuilding-card.tsx'

/** While the account's index is being made. */
const RETRY_MS = 2_000

export interface LoginPageProps {
  /** Why the page is shown again. */
  readonly reason: string | null
  /** Who was logged in last; empty if nobody was. */
  readonly address: string
  readonly onLogin: (token: Token) => void
}

export function LoginPage({ reason, address, onLogin }: LoginPageProps) {
  const [name, setName] = useState(address)
  const [password, setPassword] = useState('')
  const [isVisible, setVisible] = useState(false)
  const [isBusy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  const [rebuilding, setRebuilding] = useState<RebuildingFailure | null>(null)
  const retry = useRef<number | undefined>(undefined)
  const field = useRef<HTMLInputElement>(null)
  const place = passkeysHere()

  useEffect(() => {
    document.title = 'Log in – Mailkeep'
    return () => clearTimeout(retry.current)
  }, [])

  /** Asks for what opens the mail but once, however often it has to be sent. */
  const submit = async (attempt: () => Promise<Token>): Promise<void> => {
    setBusy(true)
    setProblem(null)
    try {
      onLogin(await attempt())
    } catch (error) {
      if (error instanceof RebuildingFailure) {
        setRebuilding(error)
        retry.current = setTimeout(() => void submit(attempt), RETRY_MS)
        return
      }
      setRebuilding(null)
      setProblem(plainWords(error))
      setBusy(false)
      field.current?.focus()
    }
  }
  const submitPasskey = async (): Promise<void> => {
    setBusy(true)
    setProblem(null)
    try {
      const login = await askForLogin(await passkeyChallenge())
      await submit(() => logInByPasskey(login))
    } catch (error) {
      setProblem(plainWords(error))
      setBusy(false)
    }
  }
  if (rebuilding !== null) {
    const giveUp = (): void => {
      clearTimeout(retry.current)
      setRebuilding(null)
      setBusy(false)
    }
    return <RebuildingCard progress={rebuilding} onGiveUp={giveUp} />
  }
  return (
    <main className="login">
      <form
        className="login-card"
        onSubmit={(event) => {
          event.preventDefault()
          void submit(() => logIn(name.trim(), password))
        }}
      >
        <Mark size={48} />
        <h1>Mailkeep</h1>
        <p className="login-words">Your mail is sealed until you open it.</p>
        {(problem ?? reason) !== null && (
          <p className={problem === null ? 'login-reason' : 'login-problem'} role="alert">
            {problem ?? reason}
          </p>
        )}
        <label className="field">
          <span>Address</span>
          <input
            name="name"
            autoComplete="username"
            autoCapitalize="off"
            inputMode="email"
            spellCheck={false}
            required
            autoFocus={address === ''}
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
        </label>
        <label className="field">
          <span>Password</span>
          <input
            ref={field}
            name="password"
            type={isVisible ? 'text' : 'password'}
            autoComplete="current-password"
            spellCheck={false}
            required
            autoFocus={address !== ''}
            value={password}
            onChange={(event) => setPassword(event.target.value)}
          />
        </label>
        <label className="check">
          <input type="checkbox" checked={isVisible} onChange={(event) => setVisible(event.target.checked)} />
          Show the password
        </label>
        <button type="submit" className="button button-primary button-wide" disabled={isBusy}>
          {isBusy ? 'Opening your mail …' : 'Log in'}
        </button>
        {place.kind === 'works' && (
          <button type="button" className="button button-wide" disabled={isBusy} onClick={() => void submitPasskey()}>
            Log in with a passkey
          </button>
        )}
        {place.kind === 'address' && place.url !== null && (
          <p className="login-hint">
            Passkeys work at <a href={place.url}>{new URL(place.url).host}</a>.
          </p>
        )}
      </form>
    </main>
  )
}
