// For new shares: who gets them, and how many of them open the account.

import { useState } from 'react'

export interface SharesFormProps {
  readonly onMake: (threshold: number, contacts: readonly string[]) => void
  readonly onCancel: () => void
}

const CONTACTS_MAX = 16
const NAME_LENGTH_MAX = 40

export function SharesForm({ onMake, onCancel }: SharesFormProps) {
  const [names, setNames] = useState<readonly string[]>(['', '', ''])
  const [threshold, setThreshold] = useState(2)
  const contacts = names.map((name) => name.trim())
  const isWhole = contacts.every((name) => name !== '') && new Set(contacts).size === contacts.length
  const needed = Math.min(threshold, names.length)
  const change = (at: number, name: string): void =>
    setNames(names.map((other, place) => (place === at ? name : other)))
  return (
    <form
      className="settings-card"
      onSubmit={(event) => {
        event.preventDefault()
        onMake(needed, contacts)
      }}
    >
      <p className="settings-words">
        Choose people who would recognise you in person, and who do not all live in one house. None of them alone can do
        anything.
      </p>
      <fieldset className="contacts">
        <legend>Who gets a share</legend>
        {names.map((name, at) => (
          <div key={at} className="contact">
            <input
              aria-label={`Contact ${at + 1}`}
              value={name}
              maxLength={NAME_LENGTH_MAX}
              autoComplete="off"
              onChange={(event) => change(at, event.target.value)}
            />
            {names.length > 2 && (
              <button
                type="button"
                className="button button-quiet button-small"
                aria-label={`Leave out contact ${at + 1}`}
                onClick={() => setNames(names.filter((_, place) => place !== at))}
              >
                Leave out
              </button>
            )}
          </div>
        ))}
        {names.length < CONTACTS_MAX && (
          <button type="button" className="button button-small" onClick={() => setNames([...names, ''])}>
            One more
          </button>
        )}
      </fieldset>
      <label className="field">
        <span>How many of them open the account</span>
        <select value={needed} onChange={(event) => setThreshold(Number(event.target.value))}>
          {Array.from({ length: names.length - 1 }, (_, at) => at + 2).map((count) => (
            <option key={count} value={count}>
              {count === names.length ? `all ${count}: if one is lost, none is of use` : `any ${count}`}
            </option>
          ))}
        </select>
      </label>
      <div className="recovery-actions">
        <button type="submit" className="button button-primary" disabled={!isWhole}>
          Make the shares…
        </button>
        <button type="button" className="button" onClick={onCancel}>
          Cancel
        </button>
      </div>
    </form>
  )
}
