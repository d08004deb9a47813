// The menu behind three dots.

import { Menu } from '@base-ui/react/menu'
import { Icon, type IconName } from './icon.tsx'

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

export function MoreMenu({ label, icon = 'more', entries }: MoreMenuProps) {
  return (
    <Menu.Root modal={false}>
      <Menu.Trigger className="icon-button" aria-label={label} title={label}>
        <Icon name={icon} />
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner className="menu-positioner" sideOffset={4} align="end">
          <Menu.Popup className="menu">
            {entries.map((entry) => (
              <Menu.Item key={entry.label} className="menu-item" onClick={entry.onSelect}>
                <Icon name={entry.icon} />
                {entry.label}
              </Menu.Item>
            ))}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  )
}
