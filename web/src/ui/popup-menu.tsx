// A button that opens a menu.

import { Menu } from '@base-ui/react/menu'
import { Icon } from './icon.tsx'
import type { MoreMenuProps } from './more-menu.tsx'

export default function PopupMenu({ label, icon = 'more', entries }: MoreMenuProps) {
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
