// The menu behind three dots. What works it is loaded after the page is there.

import { Suspense, lazy } from 'react'
import { Icon, type IconName } from './icon.tsx'

const PopupMenu = lazy(() => import('./popup-menu.tsx'))

export interface MenuEntry {
  readonly label: string
  readonly icon: IconName
  readonly onSelect: () => void
}

export interface MoreMenuProps {
  readonly label: string
  readonly icon?: IconName
  readonly entries: readonly MenuEntry[]
}

export function MoreMenu(props: MoreMenuProps) {
  const { label, icon = 'more' } = props
  const waiting = (
    <button type="button" className="icon-button" aria-label={label} disabled>
      <Icon name={icon} />
    </button>
  )
  return (
    <Suspense fallback={waiting}>
      <PopupMenu {...props} />
    </Suspense>
  )
}
