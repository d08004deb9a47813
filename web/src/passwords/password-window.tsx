// Asks for the owner's password again, before something that changes who can open the account.

import { useState } from 'react'
import { DialogWindow } from '#web/ui/dialog-window.tsx'
import { Problem } from '#web/ui/problem.tsx'
import { useAttempt } from '#web/ui/use-attempt.ts'
import { OwnerPasswordField } from './owner-password-field.tsx'

export interface PasswordQuestion {
  readonly title: string
  readonly text: string
  readonly action: string
  readonly isDangerous: boolean
  /** Rejects with JmapFailure. */
  readonly run: (password: string) => Promise<void>
}

export interface PasswordWindowProps {
  readonly question: PasswordQuestion
  readonly label?: string
  readonly onClose: () => void
}

export function PasswordWindow({ question, label = 'Your password', onClose }: PasswordWindowProps) {
  const { title, text, action, isDangerous, run } = question
  const [password, setPassword] = useState('')
  const attempt = useAttempt()
  const { isBusy } = attempt
  return (
    <DialogWindow title={title} className="dialog-small" onClose={() => !isBusy && onClose()}>
      <form
        className="dialog-form"
        onSubmit={(event) => {
          event.preventDefault()
          attempt.run(async () => {
            await run(password)
            onClose()
          })
        }}
      >
        <p className="dialog-text">{text}</p>
        <OwnerPasswordField label={label} value={password} onChange={setPassword} />
        <Problem text={attempt.problem} />
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
