// Asks for the password again, before something that changes who can open the account.

import { useState } from 'react'
import { DialogWindow } from '#web/ui/dialog-window.tsx'
import { reasonOf } from './words.ts'

export interface PasswordQuestion {
  readonly title: string
  readonly text: string
  readonly action: string
  readonly isDangerous: boolean
  /** Rejects with JmapFailure. */
  readonly run: (password: string) => Promise<void>
}

export function PasswordWindow({
  question,
  onClose,
}: {
  readonly question: PasswordQuestion
  readonly onClose: () => void
}) {
  const { title, text, action, isDangerous, run } = question
  const [password, setPassword] = useState('')
  const [problem, setProblem] = useState<string | null>(null)
  const [isBusy, setBusy] = useState(false)
  const submit = async (): Promise<void> => {
    setBusy(true)
    setProblem(null)
    try {
      await run(password)
      onClose()
    } catch (error) {
      setProblem(reasonOf(error))
      setBusy(false)
    }
  }
  return (
    <DialogWindow title={title} className="dialog-small" onClose={() => !isBusy && onClose()}>
      <form
        className="dialog-form"
        onSubmit={(event) => {
          event.preventDefault()
          void submit()
        }}
      >
        <p className="dialog-text">{text}</p>
        <label className="field">
          <span>Your password</span>
          <input
            type="password"
            autoComplete="current-password"
            required
            value={password}
            onChange={(event) => setPassword(event.target.value)}
          />
        </label>
        {problem !== null && (
          <p role="alert" className="recovery-problem">
            {problem}
          </p>
        )}
        <div className="dialog-actions">
          <button type="button" className="button" disabled={isBusy} onClick={onClose}>
            Cancel
          </button>
          <button
            type="submit"
            className={isDangerous ? 'button button-danger' : 'button button-primary'}
            disabled={isBusy || password === ''}
          >
            {isBusy ? 'One moment…' : action}
          </button>
        </div>
      </form>
    </DialogWindow>
  )
}
