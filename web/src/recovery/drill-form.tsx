// The drill: what stands on the paper is typed, and it is proven that it opens the account.

import { useState } from 'react'
import { Problem } from '#web/ui/problem.tsx'
import { useAttempt } from '#web/ui/use-attempt.ts'
import type { Drilled, RecoveryClient } from './recovery-client.ts'
import { asPrinted, readTyped } from './typed.ts'
import { momentOf } from './words.ts'

export interface DrillFormProps {
  readonly client: RecoveryClient
  readonly onProven: () => void
  /** With the code, which was proven. */
  readonly onSheet: (code: string) => void
}

export function DrillForm({ client, onProven, onSheet }: DrillFormProps) {
  const [text, setText] = useState('')
  const [drilled, setDrilled] = useState<Drilled | null>(null)
  const { isBusy, problem, run } = useAttempt()
  const typed = readTyped(text)
  const prove = (): void => {
    if (typed === null) return
    setDrilled(null)
    run(async () => {
      setDrilled(await client.drill(typed))
      onProven()
    })
  }
  return (
    <form
      className="settings-card"
      onSubmit={(event) => {
        event.preventDefault()
        prove()
      }}
    >
      <p className="settings-words">
        Type what is on the paper, and the server proves that it opens your account as it is now. Nothing is changed,
        and what you type is not kept.
      </p>
      <label className="field">
        <span>Recovery code, or shares, one a line</span>
        <textarea
          className="code-field"
          rows={3}
          value={text}
          autoComplete="off"
          autoCapitalize="characters"
          spellCheck={false}
          onChange={(event) => setText(event.target.value)}
        />
      </label>
      <Problem text={problem} />
      {drilled !== null && (
        <div role="status" className="recovery-proven">
          <p className="sheet-strong">
            {drilled.by === 'shares' ? 'These shares open your account.' : 'This recovery code opens your account.'}
          </p>
          <p>
            Proven by the log as it is on the disk: they lead to a key slot that is in force, made{' '}
            {momentOf(drilled.created)} and written by you, and what it holds is the key that opens your mail.
          </p>
          {drilled.note !== null && <p>{drilled.note}</p>}
        </div>
      )}
      <div className="recovery-actions">
        <button type="submit" className="button button-primary" disabled={isBusy || typed === null}>
          {isBusy ? 'One moment…' : 'Try it'}
        </button>
        {drilled?.by === 'recoveryCode' && typed !== null && 'recoveryCode' in typed && (
          <button
            type="button"
            className="button"
            onClick={() => {
              onSheet(asPrinted(typed.recoveryCode))
              setText('')
              setDrilled(null)
            }}
          >
            Make a sheet of it
          </button>
        )}
      </div>
    </form>
  )
}
