// Changing one's own password.

import { useState } from 'react'
import { useWorkspace } from '#web/shell/workspace.ts'
import { Problem } from '#web/ui/problem.tsx'
import { useAttempt } from '#web/ui/use-attempt.ts'
import type { KeySlots } from './key-slots.ts'
import { OwnerPasswordField } from './owner-password-field.tsx'

export function PasswordForm({ slots, onChanged }: { readonly slots: KeySlots; readonly onChanged: () => void }) {
  const { notices, address } = useWorkspace()
  const [owner, setOwner] = useState('')
  const [next, setNext] = useState('')
  const [again, setAgain] = useState('')
  const { isBusy, problem, refuse, run } = useAttempt()
  const change = (): void => {
    if (next !== again) return refuse('The new password and its repetition differ.')
    run(async () => {
      await slots.changePassword(owner, next)
      for (const clear of [setOwner, setNext, setAgain]) clear('')
      notices.say('Your password is changed.')
      onChanged()
    })
  }
  const isComplete = [owner, next, again].every((text) => text !== '')
  return (
    <form
      className="settings-card"
      onSubmit={(event) => {
        event.preventDefault()
        change()
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
      <Problem text={problem} />
      <p className="settings-words">
        Your recovery code and your app passwords stay as they are. Mail programs and browsers that are logged in with
        the password until now are logged out; this page stays logged in.
      </p>
      <button type="submit" className="button button-primary" disabled={isBusy || !isComplete}>
        {isBusy ? 'Changing it …' : 'Change the password'}
      </button>
    </form>
  )
}
