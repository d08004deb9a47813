// A new passkey: its name and the owner's password, then the device, and then the device once more, which proves that it opens the mail. Only then is it stored.

import { useState } from 'react'
import { plainWords } from '#web/jmap/failure.ts'
import { type Attestation, type PasskeyRequest, makePasskey, tryPasskey } from '#web/passkeys/authenticator.ts'
import { DialogWindow } from '#web/ui/dialog-window.tsx'
import type { KeySlots } from './key-slots.ts'
import { OwnerPasswordField } from './owner-password-field.tsx'

export interface NewPasskeyWindowProps {
  readonly slots: KeySlots
  readonly onMade: () => void
  readonly onClose: () => void
}

interface Untried {
  readonly request: PasskeyRequest
  readonly attestation: Attestation
}

export function NewPasskeyWindow({ slots, onMade, onClose }: NewPasskeyWindowProps) {
  const [label, setLabel] = useState('')
  const [owner, setOwner] = useState('')
  const [untried, setUntried] = useState<Untried | null>(null)
  const [isBusy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)

  const step = async (work: () => Promise<void>): Promise<void> => {
    setBusy(true)
    setProblem(null)
    try {
      await work()
    } catch (error) {
      setProblem(plainWords(error))
    }
    setBusy(false)
  }
  const make = (): Promise<void> =>
    step(async () => {
      const request = await slots.beginPasskey(owner)
      setUntried({ request, attestation: await makePasskey(request) })
    })
  // A separate press: browsers show the device's window after one.
  const prove = ({ request, attestation }: Untried): Promise<void> =>
    step(async () => {
      const proof = await tryPasskey(request, attestation)
      try {
        await slots.addPasskey(owner, { label: label.trim(), request, attestation, proof })
      } catch (error) {
        // What was given out for it is spent.
        setUntried(null)
        throw error
      }
      onMade()
    })
  const alert = problem !== null && (
    <p className="password-problem" role="alert">
      {problem}
    </p>
  )
  if (untried !== null) {
    return (
      <DialogWindow title="Try the passkey" className="dialog-small" onClose={onClose}>
        <div className="dialog-form">
          <p>The device has made it. Use it once, so that it is certain that it opens your mail; then it is stored.</p>
          {alert}
          <div className="dialog-actions">
            <button type="button" className="button" onClick={onClose}>
              Cancel
            </button>
            <button
              type="button"
              className="button button-primary"
              autoFocus
              disabled={isBusy}
              onClick={() => void prove(untried)}
            >
              {isBusy ? 'Waiting for the device …' : 'Use it once'}
            </button>
          </div>
        </div>
      </DialogWindow>
    )
  }
  return (
    <DialogWindow title="New passkey" className="dialog-small" onClose={onClose}>
      <form
        className="dialog-form"
        onSubmit={(event) => {
          event.preventDefault()
          void make()
        }}
      >
        <p>
          Your browser asks which device or password manager shall keep it. Whoever has that, and its PIN, fingerprint
          or face, can read all of your mail here.
        </p>
        <label className="field">
          <span>What you call it</span>
          <input
            autoFocus
            required
            maxLength={100}
            autoComplete="off"
            placeholder="Security key"
            value={label}
            onChange={(event) => setLabel(event.target.value)}
          />
        </label>
        <OwnerPasswordField value={owner} onChange={setOwner} />
        {alert}
        <div className="dialog-actions">
          <button type="button" className="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="button button-primary" disabled={isBusy || label.trim() === ''}>
            {isBusy ? 'Waiting for the device …' : 'Make it'}
          </button>
        </div>
      </form>
    </DialogWindow>
  )
}
