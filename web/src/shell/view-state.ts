// What is shown apart from mail: which row the keys act on, what is selected, which window is open.

import type { Id } from '#web/jmap/types.ts'
import { Observable } from '#web/mail/observable.ts'
import type { Question } from '#web/ui/confirm-dialog.tsx'

export type Window =
  | { readonly kind: 'help' }
  | { readonly kind: 'integrity' }
  | { readonly kind: 'move' }
  | { readonly kind: 'question'; readonly question: Question }
  | { readonly kind: 'mailbox'; readonly mailbox: Id | null; readonly parent: Id | null }
  | { readonly kind: 'link'; readonly href: string; readonly text: string }

export class ViewState extends Observable {
  /** The row's e-mail. */
  cursor: Id | null = null
  readonly selection = new Set<Id>()
  window: Window | null = null
  isSidebarOpen = false
  /** Counts the times that the list has to bring the cursor into view and give it the focus. */
  reveal = 0
  #anchor: Id | null = null

  setCursor(id: Id | null, reveal: boolean): void {
    this.cursor = id
    if (reveal) this.reveal++
    this.changed()
  }

  show(window: Window | null): void {
    this.window = window
    this.changed()
  }

  showSidebar(isOpen: boolean): void {
    if (this.isSidebarOpen === isOpen) return
    this.isSidebarOpen = isOpen
    this.changed()
  }

  toggle(id: Id): void {
    if (!this.selection.delete(id)) this.selection.add(id)
    this.#anchor = id
    this.changed()
  }

  /** From the row that was selected last to this one, of the ids in their order. */
  selectTo(id: Id, ids: readonly Id[]): void {
    const from = ids.indexOf(this.#anchor ?? this.cursor ?? id)
    const to = ids.indexOf(id)
    const start = from < 0 ? to : Math.min(from, to)
    for (const other of ids.slice(start, Math.max(from, to) + 1)) this.selection.add(other)
    this.changed()
  }

  select(ids: Iterable<Id>): void {
    for (const id of ids) this.selection.add(id)
    this.changed()
  }

  clearSelection(): void {
    if (this.selection.size === 0) return
    this.selection.clear()
    this.#anchor = null
    this.changed()
  }
}
