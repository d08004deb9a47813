// The keys, in one table: what they do, and how the help names them.

import type { Workspace } from './workspace.ts'

export interface Shortcut {
  /** As `KeyboardEvent.key` has them; two of them one after the other with a space between. */
  readonly keys: readonly string[]
  readonly label: string
  readonly group: 'Moving about' | 'Conversations' | 'Writing'
  readonly run: (workspace: Workspace) => void
}

const goTo =
  (role: 'inbox' | 'drafts' | 'sent' | 'archive' | 'trash') =>
  (workspace: Workspace): void => {
    const mailbox = workspace.mail.mailboxOf(role)
    if (mailbox !== undefined) workspace.commands.goTo(mailbox)
  }

export const shortcuts: readonly Shortcut[] = [
  {
    keys: ['j', 'ArrowDown'],
    label: 'Next conversation',
    group: 'Moving about',
    run: ({ commands }) => commands.step(1),
  },
  {
    keys: ['k', 'ArrowUp'],
    label: 'Previous conversation',
    group: 'Moving about',
    run: ({ commands }) => commands.step(-1),
  },
  { keys: ['Enter', 'o'], label: 'Open', group: 'Moving about', run: ({ commands }) => commands.openCursor() },
  { keys: ['u', 'Escape'], label: 'Back to the list', group: 'Moving about', run: ({ commands }) => commands.escape() },
  {
    keys: ['/'],
    label: 'Search',
    group: 'Moving about',
    run: () => document.querySelector<HTMLInputElement>('#search')?.focus(),
  },
  { keys: ['g i'], label: 'Go to Inbox', group: 'Moving about', run: goTo('inbox') },
  { keys: ['g d'], label: 'Go to Drafts', group: 'Moving about', run: goTo('drafts') },
  { keys: ['g s'], label: 'Go to Sent', group: 'Moving about', run: goTo('sent') },
  { keys: ['g a'], label: 'Go to Archive', group: 'Moving about', run: goTo('archive') },
  { keys: ['g t'], label: 'Go to Trash', group: 'Moving about', run: goTo('trash') },
  { keys: ['?'], label: 'These keys', group: 'Moving about', run: ({ view }) => view.show({ kind: 'help' }) },
  { keys: ['x'], label: 'Select', group: 'Conversations', run: ({ commands }) => commands.toggleSelected() },
  {
    keys: ['J'],
    label: 'Select, and go on',
    group: 'Conversations',
    run: ({ commands }) => commands.extendSelection(1),
  },
  {
    keys: ['K'],
    label: 'Select, and go back',
    group: 'Conversations',
    run: ({ commands }) => commands.extendSelection(-1),
  },
  { keys: ['* a'], label: 'Select all', group: 'Conversations', run: ({ commands }) => void commands.selectAll() },
  { keys: ['e', 'y'], label: 'Archive', group: 'Conversations', run: ({ commands }) => commands.archive() },
  { keys: ['#', 'Delete'], label: 'Delete', group: 'Conversations', run: ({ commands }) => commands.delete() },
  { keys: ['!'], label: 'Junk, or not junk', group: 'Conversations', run: ({ commands }) => commands.junk() },
  {
    keys: ['v'],
    label: 'Move to a mailbox',
    group: 'Conversations',
    run: ({ commands, view }) => commands.targets().length > 0 && view.show({ kind: 'move' }),
  },
  { keys: ['s'], label: 'Flag', group: 'Conversations', run: ({ commands }) => commands.toggleFlag() },
  { keys: ['U', 'm'], label: 'Read, or unread', group: 'Conversations', run: ({ commands }) => commands.toggleRead() },
  { keys: ['z'], label: 'Undo', group: 'Conversations', run: ({ notices }) => notices.undo() },
  { keys: ['c'], label: 'New message', group: 'Writing', run: ({ composing }) => void composing.write() },
  { keys: ['r'], label: 'Reply', group: 'Writing', run: ({ commands }) => commands.reply(false) },
  { keys: ['a'], label: 'Reply to all', group: 'Writing', run: ({ commands }) => commands.reply(true) },
  { keys: ['f'], label: 'Forward', group: 'Writing', run: ({ commands }) => commands.forward() },
]

const SEQUENCE_MS = 1200

/** Finds what a key does, alone or after the one before. */
export class KeyReader {
  #pending: { readonly key: string; readonly at: number } | null = null

  read(key: string, at: number): Shortcut | null {
    const pending = this.#pending !== null && at - this.#pending.at < SEQUENCE_MS ? this.#pending.key : null
    this.#pending = null
    if (pending !== null) {
      const found = shortcuts.find(({ keys }) => keys.includes(`${pending} ${key}`))
      if (found !== undefined) return found
    }
    if (shortcuts.some(({ keys }) => keys.some((keyed) => keyed.startsWith(`${key} `)))) {
      this.#pending = { key, at }
      return null
    }
    return shortcuts.find(({ keys }) => keys.includes(key)) ?? null
  }
}
