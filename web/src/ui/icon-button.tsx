// A button that is an icon, with its name for those who do not see it and, after a moment, for those who do.

import { Icon, type IconName } from './icon.tsx'

export interface IconButtonProps {
  readonly icon: IconName
  readonly label: string
  readonly onClick: () => void
  readonly shortcut?: string
  readonly isPressed?: boolean
  readonly isFilled?: boolean
  readonly isDisabled?: boolean
  readonly className?: string
}

export function IconButton(props: IconButtonProps) {
  const { icon, label, onClick, shortcut, isPressed, isFilled = false, isDisabled = false, className = '' } = props
  return (
    <button
      type="button"
      className={`icon-button ${className}`}
      aria-label={label}
      aria-pressed={isPressed}
      aria-keyshortcuts={shortcut}
      title={shortcut === undefined ? label : `${label} (${shortcut})`}
      disabled={isDisabled}
      onClick={onClick}
    >
      <Icon name={icon} isFilled={isFilled} />
    </button>
  )
}
