// A new app password: what it is for, and then the password itself, this once.

import { useState } from 'react'
import { RadioChoice } from '#web/settings/radio-choice.tsx'
import { DialogWindow } from '#web/ui/dialog-window.tsx'
import { Problem } from '#web/ui/problem.tsx'
import { useAttempt } from '#web/ui/use-attempt.ts'
import type { Access, Protocol } from './key-slot.ts'
import type { KeySlots, MadeAppPassword } from './key-slots.ts'
import { OwnerPasswordField } from './owner-password-field.tsx'
import { PROTOCOLS_OF, PROTOCOL_WORDS } from './slot-words.ts'

const DAY_MS = 86_400_000
const EXPIRES: readonly (readonly [days: number, label: string])[] = [
  [0, 'When I revoke it'],
  [1, 'After a day'],
  [30, 'After 30 days'],
  [90, 'After 90 days'],
  [365, 'After a year'],
]

export interface NewAppPasswordWindowProps {
  readonly slots: KeySlots
  /** It is made; the window stays open to show it. */
  readonly onMade: () => void
  readonly onClose: () => void
}

export function NewAppPasswordWindow({ slots, onMade, onClose }: NewAppPasswordWindowProps) {
  const [label, setLabel] = useState('')
  const [access, setAccess] = useState<Access>('full')
  const [without, setWithout] = useState<ReadonlySet<Protocol>>(new Set(['jmap']))
  const [days, setDays] = useState(0)
  const [owner, setOwner] = useState('')
  const { isBusy, problem, run } = useAttempt()
  const [made, setMade] = useState<MadeAppPassword | null>(null)
  const offered = PROTOCOL_WORDS.filter(([protocol]) => PROTOCOLS_OF[access].includes(protocol))
  const protocols =
    access === 'sendOnly' ? PROTOCOLS_OF.sendOnly : offered.map(([name]) => name).filter((name) => !without.has(name))

  const make = (): void =>
    run(async () => {
      const expires = days === 0 ? null : new Date(Math.floor((Date.now() + days * DAY_MS) / 1000) * 1000)
      const wanted = {
        label: label.trim(),
        access,
        protocols,
        expires: expires?.toISOString().replace('.000', '') ?? null,
      }
      setMade(await slots.make(owner, wanted))
      setOwner('')
      onMade()
    })
  if (made !== null) return <ShownOnce made={made} label={label.trim()} onClose={onClose} />
  return (
    <DialogWindow title="New app password" onClose={onClose}>
      <form
        className="dialog-form"
        onSubmit={(event) => {
          event.preventDefault()
          make()
        }}
      >
        <label className="field">
          <span>Name of the program or device</span>
          <input
            autoFocus
            required
            maxLength={100}
            autoComplete="off"
            placeholder="Phone"
            value={label}
            onChange={(event) => setLabel(event.target.value)}
          />
        </label>
        <RadioChoice
          legend="It may"
          value={access}
          options={[
            ['full', 'Read, change and send'],
            ['readOnly', 'Only read'],
            ['sendOnly', 'Only send'],
          ]}
          onChange={setAccess}
        />
        {access !== 'sendOnly' && (
          <fieldset className="radio-choice">
            <legend>By</legend>
            <div className="radio-options">
              {offered.map(([protocol, name]) => (
                <label key={protocol} className={without.has(protocol) ? 'radio' : 'radio radio-on'}>
                  <input
                    type="checkbox"
                    checked={!without.has(protocol)}
                    onChange={() => setWithout(toggled(without, protocol))}
                  />
                  {name}
                </label>
              ))}
            </div>
          </fieldset>
        )}
        <label className="field">
          <span>It ends</span>
          <select value={days} onChange={(event) => setDays(Number(event.target.value))}>
            {EXPIRES.map(([count, name]) => (
              <option key={count} value={count}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <OwnerPasswordField value={owner} onChange={setOwner} />
        <Problem text={problem} />
        <div className="dialog-actions">
          <button type="button" className="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="button button-primary" disabled={isBusy || protocols.length === 0}>
            {isBusy ? 'Making it …' : 'Make it'}
          </button>
        </div>
      </form>
    </DialogWindow>
  )
}

function toggled(set: ReadonlySet<Protocol>, protocol: Protocol): ReadonlySet<Protocol> {
  const changed = new Set(set)
  if (!changed.delete(protocol)) changed.add(protocol)
  return changed
}

interface ShownOnceProps {
  readonly made: MadeAppPassword
  readonly label: string
  readonly onClose: () => void
}

function ShownOnce({ made, label, onClose }: ShownOnceProps) {
  const [copied, setCopied] = useState<boolean | null>(null)
  const copy = (): void => {
    navigator.clipboard.writeText(made.password).then(
      () => setCopied(true),
      () => setCopied(false),
    )
  }
  return (
    <DialogWindow title={`Password for “${label}”`} onClose={onClose}>
      <div className="dialog-form">
        <p>It is shown this once: nobody can look it up later. If it is lost, revoke it and make another.</p>
        <p className="password-shown">
          <code translate="no">{made.password}</code>
          <button type="button" className="button button-small" onClick={copy}>
            Copy
          </button>
        </p>
        <p role="status" className="settings-words">
          {copied === true && 'Copied.'}
          {copied === false && 'The browser does not allow that: select it and copy it.'}
        </p>
        <dl className="password-how">
          <dt>On a phone</dt>
          <dd>Type the letters where it asks for the password. Capitals, hyphens and spaces do not matter.</dd>
          <dt>In Thunderbird</dt>
          <dd>
            Account settings, Server settings: user name <b>{made.login}</b>, “Normal password”. It asks for the
            password when it connects, for reading and for sending.
          </dd>
          <dt>Server</dt>
          <dd>{location.hostname}</dd>
        </dl>
        <div className="dialog-actions">
          <button type="button" className="button button-primary" onClick={onClose}>
            Done
          </button>
        </div>
      </div>
    </DialogWindow>
  )
}
