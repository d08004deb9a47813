// Above the list: search, where one is, and what can be done with what is selected.

import { useEffect, useState } from 'react'
import type { Mailbox } from '#web/jmap/types.ts'
import type { EmailList } from '#web/mail/email-list.ts'
import { useObserved } from '#web/mail/observable.ts'
import { Icon } from '#web/ui/icon.tsx'
import { IconButton } from '#web/ui/icon-button.tsx'
import type { Route } from './route.ts'
import { useWorkspace } from './workspace.ts'

const number = new Intl.NumberFormat()

export function ListHead({ route, list }: { readonly route: Route; readonly list: EmailList | null }) {
  const { view, composing } = useWorkspace()
  useObserved(view)
  return (
    <header className="list-head">
      <div className="search-line">
        <IconButton icon="menu" label="Mailboxes" className="sidebar-opener" onClick={() => view.showSidebar(true)} />
        <SearchBox route={route} />
        <IconButton icon="edit" label="New message" className="compose-opener" onClick={() => void composing.write()} />
      </div>
      {view.selection.size > 0 ? <SelectionBar list={list} /> : <Where route={route} list={list} />}
    </header>
  )
}

function SearchBox({ route }: { readonly route: Route }) {
  const { commands } = useWorkspace()
  const shown = route.kind === 'search' ? route.text : ''
  const [text, setText] = useState(shown)
  useEffect(() => setText(shown), [shown])
  return (
    <form
      role="search"
      className="search"
      onSubmit={(event) => {
        event.preventDefault()
        commands.search(text)
        document.querySelector<HTMLElement>('.list-scroller')?.focus()
      }}
    >
      <Icon name="search" />
      <input
        id="search"
        type="search"
        aria-label="Search mail"
        aria-describedby="search-hint"
        placeholder="Search mail"
        enterKeyHint="search"
        autoComplete="off"
        spellCheck={false}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Escape') return
          event.preventDefault()
          event.currentTarget.blur()
          if (text !== '' || route.kind === 'search') commands.search('')
          setText('')
        }}
      />
      <p id="search-hint" className="search-hint">
        <code>from:</code> <code>to:</code> <code>subject:</code> <code>in:</code> <code>is:unread</code>{' '}
        <code>is:flagged</code> <code>has:attachment</code> <code>after:2026-01-31</code> <code>larger:5M</code>{' '}
        <code>-word</code>
      </p>
    </form>
  )
}

function Where({ route, list }: { readonly route: Route; readonly list: EmailList | null }) {
  const workspace = useWorkspace()
  const { mail } = workspace
  const id = workspace.mailboxOf(route)
  const mailbox = id === null ? undefined : mail.mailboxes.get(id)
  if (list !== null) return <Counted list={list} mailbox={mailbox} />
  return (
    <div className="where">
      <h1>{mailbox?.name ?? '\u00a0'}</h1>
    </div>
  )
}

function Counted({ list, mailbox }: { readonly list: EmailList; readonly mailbox: Mailbox | undefined }) {
  const { commands } = useWorkspace()
  const unread = mailbox?.unreadThreads ?? 0
  const canBeEmptied = (mailbox?.role === 'trash' || mailbox?.role === 'junk') && mailbox.totalEmails > 0
  useObserved(list)
  const isSearch = list.query.mailbox === null
  const total =
    list.status === 'loading'
      ? ''
      : isSearch
        ? `${number.format(list.length)} found`
        : unread > 0
          ? `${number.format(unread)} unread`
          : ''
  return (
    <div className="where">
      <h1>{mailbox?.name ?? 'Search'}</h1>
      <span className="where-count" role="status">
        {total}
      </span>
      {canBeEmptied && (
        <>
          <span className="spacer" />
          <button type="button" className="link-button" onClick={() => commands.emptyMailbox(mailbox)}>
            Empty {mailbox.name}
          </button>
        </>
      )}
    </div>
  )
}

function SelectionBar({ list }: { readonly list: EmailList | null }) {
  const { view, commands, mail } = useWorkspace()
  const role = list?.query.mailbox === null || list === null ? null : mail.mailboxes.get(list.query.mailbox)?.role
  return (
    <div className="toolbar selection-bar" role="toolbar" aria-label="Selected conversations">
      <h1 className="visually-hidden">Selected conversations</h1>
      <IconButton icon="close" label="Clear the selection" onClick={() => view.clearSelection()} />
      <span className="selection-count" role="status">
        {number.format(view.selection.size)} <span className="selection-word">selected</span>
      </span>
      <span className="spacer" />
      {list !== null && list.length > view.selection.size && (
        <button
          type="button"
          className="link-button"
          aria-label={`Select all ${number.format(list.length)} conversations`}
          onClick={() => void commands.selectAll()}
        >
          All {number.format(list.length)}
        </button>
      )}
      {role !== 'archive' && (
        <IconButton icon="archive" label="Archive" shortcut="e" onClick={() => commands.archive()} />
      )}
      <IconButton icon="trash" label="Delete" shortcut="#" onClick={() => commands.delete()} />
      <IconButton
        icon="junk"
        label={role === 'junk' ? 'Not junk' : 'Junk'}
        shortcut="!"
        onClick={() => commands.junk()}
      />
      <IconButton icon="move" label="Move to a mailbox" shortcut="v" onClick={() => view.show({ kind: 'move' })} />
      <IconButton icon="read" label="Read, or unread" shortcut="m" onClick={() => commands.toggleRead()} />
      <IconButton icon="flag" label="Flag" shortcut="s" onClick={() => commands.toggleFlag()} />
    </div>
  )
}
