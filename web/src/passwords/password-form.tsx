// Changing one's own password.

import { useState } from 'react'
import { plainWords } from '#web/jmap/failure.ts'
import { useWorkspace } from '#web/shell/workspace.ts'
import type { KeySlots } from './key-slots.ts'
import { OwnerPasswordField } from './owner-password-field.tsx'

export function PasswordForm({ slots, onChanged }: { readonly slots: KeySlots; readonly onChanged: () => void }) {
  const { notices, address } = useWorkspace()
  const [owner, setOwner] = useState('')
  const [next, setNext] = useState('')
  const [again, setAgain] = useState('')
  const [isBusy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  const change = async (): Promise<void> => {
    if (next !== again) {
      setProblem('The new password and its repetition differ.')
      return
    }
    setBusy(true)
    setProblem(null)
    try {
      await slots.changePassword(owner, next)
      for (const clear of [setOwner, setNext, setAgain]) clear('')
      notices.say('Your password is changed.')
      onChanged()
    } catch (error) {
      setProblem(plainWords(error))
    }
    setBusy(false)
  }
  const isComplete = [owner, next, again].every((text) => text !== '')
  return (
    <form
      className="settings-card"
      onSubmit={(event) => {
        event.preventDefault()
        void change()
      }}
    >
      <input type="text" hidden readOnly autoComplete="username" value={address} />
      <OwnerPasswordField label="Password until now" value={owner} onChange={setOwner} />
      <label className="field">
        <span>New password</span>
        <input
          type="password"
          autoComplete="new-password"
          required
          value={next}
          onChange={(event) => setNext(event.target.value)}
        />
      </label>
      <label className="field">
        <span>New password, once more</span>
        <input
          type="password"
          autoComplete="new-password"
          required
          value={again}
          onChange={(event) => setAgain(event.target.value)}
        />
      </label>
      {problem !== null && (
        <p className="password-problem" role="alert">
          {problem}
        </p>
      )}
      <p className="settings-words">
        Your recovery code and your app passwords stay as they are. Whoever is logged in stays so until the session
        ends.
      </p>
      <button type="submit" className="button button-primary" disabled={isBusy || !isComplete}>
        {isBusy ? 'Changing it …' : 'Change the password'}
      </button>
    </form>
  )
}
