// A field for recipients: each address is a chip; what is typed is completed from the people one knows.

import { useId, useState } from 'react'
import type { Address } from '#web/jmap/types.ts'
import type { People } from '#web/mail/people.ts'
import { Icon } from '#web/ui/icon.tsx'
import { displayName, parseAddresses } from './addresses.ts'

export interface AddressFieldProps {
  readonly label: string
  readonly addresses: readonly Address[]
  readonly people: People
  readonly hasFocus: boolean
  readonly onChange: (addresses: readonly Address[]) => void
  /** What is typed and not an address yet. */
  readonly onPending: (text: string) => void
}

export function AddressField({ label, addresses, people, hasFocus, onChange, onPending }: AddressFieldProps) {
  const id = useId()
  const [text, setText] = useState('')
  const [chosen, setChosen] = useState(0)
  const [isOpen, setOpen] = useState(false)
  const suggestions = isOpen ? people.suggest(text, addresses) : []
  const isListed = suggestions.length > 0

  const type = (value: string): void => {
    setText(value)
    onPending(value)
    setChosen(0)
    setOpen(true)
  }
  const add = (more: readonly Address[], rest = ''): void => {
    if (more.length > 0) onChange([...addresses, ...more])
    setText(rest)
    onPending(rest)
    setOpen(false)
  }
  const take = (value: string): void => {
    const { addresses: found, rest } = parseAddresses(value)
    add(found, rest)
  }
  return (
    <div className="address-field">
      <label htmlFor={id}>{label}</label>
      <div className="address-chips">
        {addresses.map((address, at) => (
          <span key={`${address.email} ${at}`} className="chip" title={address.email}>
            <span className="chip-name">{displayName(address)}</span>
            <button
              type="button"
              aria-label={`Remove ${displayName(address)}`}
              onClick={() => onChange(addresses.filter((_, other) => other !== at))}
            >
              <Icon name="close" />
            </button>
          </span>
        ))}
        <input
          id={id}
          value={text}
          autoFocus={hasFocus}
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          inputMode="email"
          role="combobox"
          aria-expanded={isListed}
          aria-controls={isListed ? `${id}-list` : undefined}
          aria-autocomplete="list"
          aria-activedescendant={isListed ? `${id}-${chosen}` : undefined}
          onChange={(event) => {
            const { value } = event.target
            if (/[,;\n]/.test(value)) take(value)
            else type(value)
          }}
          onBlur={() => {
            take(text)
          }}
          onPaste={(event) => {
            const pasted = event.clipboardData.getData('text')
            if (!/[@,;]/.test(pasted)) return
            event.preventDefault()
            take(`${text}${pasted}`)
          }}
          onKeyDown={(event) => {
            const picked = suggestions[chosen]
            if (isListed && event.key === 'ArrowDown') setChosen((chosen + 1) % suggestions.length)
            else if (isListed && event.key === 'ArrowUp')
              setChosen((chosen + suggestions.length - 1) % suggestions.length)
            else if (isListed && event.key === 'Escape') {
              event.stopPropagation()
              setOpen(false)
            } else if ((event.key === 'Enter' || (event.key === 'Tab' && !event.shiftKey)) && picked !== undefined)
              add([picked])
            else if (event.key === 'Enter') take(text)
            else if (event.key === 'Backspace' && text === '') onChange(addresses.slice(0, -1))
            else return
            if (event.key !== 'Backspace') event.preventDefault()
          }}
        />
        {isListed && (
          <ul className="suggestions" role="listbox" id={`${id}-list`} aria-label="People">
            {suggestions.map((person, at) => (
              <li
                key={person.email}
                id={`${id}-${at}`}
                role="option"
                aria-selected={at === chosen}
                onMouseDown={(event) => {
                  event.preventDefault()
                  add([person])
                }}
              >
                <strong>{displayName(person)}</strong> {person.name === null ? null : <small>{person.email}</small>}
              </li>
            ))}
          </ul>
        )}
      </div>
    </div>
  )
}
