// Keys that are pressed anywhere on the page, except where they write text or work a control.

import { useEffect } from 'react'
import { isOwnPage } from './route.ts'
import { KeyReader } from './shortcuts.ts'
import type { Workspace } from './workspace.ts'

function isWriting(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    target.closest('input:not([type=checkbox]), textarea, select, [contenteditable], .composer') !== null
  )
}

/** Whether the element does something of its own by the key. */
function isUsed(key: string, target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  if (key === 'Enter' || key === ' ') return target.closest('a, button, summary, input, label') !== null
  return key.startsWith('Arrow') && target.closest('[role=menu], .conversation-scroller') !== null
}

export function useKeys(workspace: Workspace): void {
  useEffect(() => {
    const reader = new KeyReader()
    const press = (event: KeyboardEvent): void => {
      const { key, ctrlKey, metaKey, altKey, target } = event
      if (ctrlKey || metaKey || altKey || event.defaultPrevented || event.isComposing) return
      if (workspace.view.window !== null || isOwnPage(workspace.router.route)) return
      if (isWriting(target) || isUsed(key, target)) return
      if (target instanceof HTMLElement && target.closest('[role=menu], [role=dialog], [role=alertdialog]') !== null)
        return
      const shortcut = reader.read(key, event.timeStamp)
      if (shortcut === null) return
      event.preventDefault()
      shortcut.run(workspace)
    }
    addEventListener('keydown', press)
    return () => removeEventListener('keydown', press)
  }, [workspace])
}
