// Before an app password or a passkey is revoked.

import { useState } from 'react'
import { plainWords } from '#web/jmap/failure.ts'
import { DialogWindow } from '#web/ui/dialog-window.tsx'
import type { KeySlot } from './key-slot.ts'
import type { KeySlots } from './key-slots.ts'
import { OwnerPasswordField } from './owner-password-field.tsx'
import { kindInWords } from './slot-words.ts'

export interface RevokeWindowProps {
  readonly slots: KeySlots
  readonly slot: KeySlot
  readonly onRevoked: () => void
  readonly onClose: () => void
}

export function RevokeWindow({ slots, slot, onRevoked, onClose }: RevokeWindowProps) {
  const [owner, setOwner] = useState('')
  const [isBusy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  const revoke = async (): Promise<void> => {
    setBusy(true)
    setProblem(null)
    try {
      await slots.revoke(owner, slot.id)
      onRevoked()
    } catch (error) {
      setProblem(plainWords(error))
      setBusy(false)
    }
  }
  return (
    <DialogWindow
      title={`Revoke “${slot.label ?? kindInWords(slot.kind)}”?`}
      className="dialog-small"
      onClose={onClose}
    >
      <form
        className="dialog-form"
        onSubmit={(event) => {
          event.preventDefault()
          void revoke()
        }}
      >
        <p>What uses it is logged out at once, and it never opens your mail again. Nothing else changes.</p>
        <OwnerPasswordField value={owner} onChange={setOwner} />
        {problem !== null && (
          <p className="password-problem" role="alert">
            {problem}
          </p>
        )}
        <div className="dialog-actions">
          <button type="button" className="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="button button-danger" disabled={isBusy}>
            Revoke
          </button>
        </div>
      </form>
    </DialogWindow>
  )
}
