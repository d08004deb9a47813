// The menu behind three dots (WAI-ARIA menu button): arrows move, Escape closes, what is chosen is done. It stands where its button stands in the
// document, so that it belongs to the same part of the page.

import { type KeyboardEvent, useEffect, useRef, useState } from 'react'
import { Icon, type IconName } from './icon.tsx'

export interface MenuEntry {
  readonly label: string
  readonly icon: IconName
  readonly onSelect: () => void
}

export interface MoreMenuProps {
  readonly label: string
  readonly entries: readonly MenuEntry[]
}

const ENTRY_HEIGHT = 44

interface Place {
  readonly top: number
  readonly right: number
}

/** Below the button, or above it where there is no room below. */
function placeAt(button: HTMLElement, entries: number): Place {
  const { top, bottom, right } = button.getBoundingClientRect()
  const height = entries * ENTRY_HEIGHT + 14
  const isAbove = bottom + height > innerHeight && top > height
  return {
    top: isAbove ? top - height : bottom + 4,
    right: Math.max(8, Math.min(innerWidth - right, innerWidth - 220)),
  }
}

export function MoreMenu({ label, entries }: MoreMenuProps) {
  const [place, setPlace] = useState<Place | null>(null)
  const button = useRef<HTMLButtonElement>(null)
  const menu = useRef<HTMLDivElement>(null)

  useEffect(() => {
    if (place === null) return
    menu.current?.querySelector<HTMLElement>('[role=menuitem]')?.focus({ preventScroll: true })
    const abort = new AbortController()
    const close = (event: Event): void => {
      if (event.target instanceof Node && menu.current?.contains(event.target) === true) return
      setPlace(null)
    }
    for (const type of ['pointerdown', 'scroll', 'resize', 'blur']) {
      addEventListener(type, close, { signal: abort.signal, capture: type !== 'blur' })
    }
    return () => abort.abort()
  }, [place])

  const close = (): void => {
    setPlace(null)
    button.current?.focus({ preventScroll: true })
  }
  const press = (event: KeyboardEvent): void => {
    const items = [...(menu.current?.querySelectorAll<HTMLElement>('[role=menuitem]') ?? [])]
    const at = items.findIndex((item) => item === document.activeElement)
    const goTo = (index: number): void => items.at(index % items.length)?.focus()
    if (event.key === 'ArrowDown') goTo(at + 1)
    else if (event.key === 'ArrowUp') goTo(at - 1)
    else if (event.key === 'Home') goTo(0)
    else if (event.key === 'End') goTo(-1)
    else if (event.key === 'Escape') close()
    else if (event.key === 'Tab') setPlace(null)
    else return
    if (event.key === 'Tab') return
    event.preventDefault()
    event.stopPropagation()
  }
  return (
    <span className="menu-root">
      <button
        ref={button}
        type="button"
        className="icon-button"
        aria-label={label}
        title={label}
        aria-haspopup="menu"
        aria-expanded={place !== null}
        onPointerDown={(event) => place !== null && event.stopPropagation()}
        onClick={(event) => setPlace(place === null ? placeAt(event.currentTarget, entries.length) : null)}
      >
        <Icon name="more" />
      </button>
      {place !== null && (
        <div
          ref={menu}
          className="menu"
          role="menu"
          aria-label={label}
          style={{ top: `${place.top}px`, right: `${place.right}px` }}
          onKeyDown={press}
        >
          {entries.map((entry) => (
            <button
              key={entry.label}
              type="button"
              className="menu-item"
              role="menuitem"
              tabIndex={-1}
              onPointerEnter={(event) => event.currentTarget.focus({ preventScroll: true })}
              onClick={() => {
                close()
                entry.onSelect()
              }}
            >
              <Icon name={entry.icon} />
              {entry.label}
            </button>
          ))}
        </div>
      )}
    </span>
  )
}
