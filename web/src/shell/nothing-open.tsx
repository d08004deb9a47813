// The place for a conversation while none is open.

import { useObserved } from '#web/mail/observable.ts'
import { Mark } from '#web/ui/mark.tsx'
import { useWorkspace } from './workspace.ts'

export function NothingOpen() {
  const { view } = useWorkspace()
  useObserved(view)
  const count = view.selection.size
  return (
    <div className="nothing-open">
      <Mark size={72} />
      <p>
        {count === 0
          ? 'Choose a conversation to read it here.'
          : count === 1
            ? 'One conversation selected.'
            : `${count.toLocaleString()} conversations selected.`}
      </p>
      <p className="nothing-keys">
        <kbd>j</kbd> <kbd>k</kbd> to move, <kbd>Enter</kbd> to open, <kbd>?</kbd> for all keys
      </p>
    </div>
  )
}
