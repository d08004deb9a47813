// The list of conversations. Only the rows in sight are in the document, so that its length costs nothing.

import {
  type MouseEvent,
  type RefObject,
  useCallback,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from 'react'
import { plainWords } from '#web/jmap/failure.ts'
import type { Email, Id } from '#web/jmap/types.ts'
import type { EmailList } from '#web/mail/email-list.ts'
import { useObserved } from '#web/mail/observable.ts'
import { type Route, formatRoute } from '#web/shell/route.ts'
import { useWorkspace } from '#web/shell/workspace.ts'
import { dateGroup } from './dates.ts'
import { type Heading, type Layout, headingOf, headingTop, rowAt, rowTop, totalHeight } from './headings.ts'
import { EmptyList } from './empty-list.tsx'
import { MessageRow } from './message-row.tsx'
import { useMinute } from './use-minute.ts'

const ROW_HEIGHT = 76
const HEADING_HEIGHT = 32
/** Rows above and below those in sight. */
const MARGIN = 6
/** Rows that are asked for beyond those, and how often at most. */
const AHEAD = 20
const ASK_MS = 120

function useLayout(list: EmailList, version: number, now: Date): Layout {
  return useMemo(() => {
    const headings: Heading[] = []
    let last = { row: -1, label: '' }
    list.forEachKnown((email, row) => {
      const label = dateGroup(email.receivedAt, now)
      // Where the row before is not known, it is not known whether a group begins.
      if (row === 0 || (last.row === row - 1 && last.label !== label)) headings.push({ row, label })
      last = { row, label }
    })
    void version
    return { rowHeight: ROW_HEIGHT, headingHeight: HEADING_HEIGHT, headings, rows: list.length }
  }, [list, version, now])
}

export function MessageList({ list, route }: { readonly list: EmailList; readonly route: Route }) {
  const workspace = useWorkspace()
  const { mail, view, commands, address } = workspace
  const version = useObserved(list) + useObserved(mail)
  useObserved(view)
  const now = useMinute()
  const layout = useLayout(list, version, now)
  const scroller = useRef<HTMLDivElement>(null)
  const [sight, setSight] = useState({ top: 0, height: 800 })

  const first = Math.max(0, rowAt(layout, sight.top) - MARGIN)
  const end = Math.min(list.length, rowAt(layout, sight.top + sight.height) + MARGIN + 1)
  useRows(list, first, end, version)

  useLayoutEffect(() => {
    const element = scroller.current
    if (element === null) return
    const observer = new ResizeObserver(() => setSight({ top: element.scrollTop, height: element.clientHeight }))
    observer.observe(element)
    return () => observer.disconnect()
  }, [])
  useLayoutEffect(() => {
    scroller.current?.scrollTo(0, 0)
  }, [list])

  const thread = 'thread' in route ? route.thread : null
  const openRow = thread === null ? -1 : list.indexOfThread(thread)
  const cursorRow = view.cursor === null ? -1 : list.indexOf(view.cursor)

  useAnchor(scroller, list, layout, sight.top)

  useEffect(() => {
    const element = scroller.current
    const row = openRow >= 0 ? openRow : cursorRow
    if (element === null || row < 0) return
    const top = rowTop(layout, row)
    if (top - HEADING_HEIGHT < element.scrollTop) element.scrollTop = top - HEADING_HEIGHT
    else if (top + ROW_HEIGHT > element.scrollTop + element.clientHeight)
      element.scrollTop = top + ROW_HEIGHT - element.clientHeight
    // Only when the cursor or the open conversation moves.
  }, [openRow, view.reveal])
  useEffect(() => {
    if (view.reveal === 0 || view.cursor === null) return
    const link = scroller.current?.querySelector<HTMLElement>(`[data-row="${CSS.escape(view.cursor)}"]`)
    link?.focus({ preventScroll: true })
  }, [view.reveal, view.cursor, first, end])

  const onOpen = useCallback(
    (row: Email, event: MouseEvent) => {
      if (event.ctrlKey || event.metaKey) return
      event.preventDefault()
      if (event.shiftKey) view.selectTo(row.id, list.knownIds())
      else commands.open(row)
    },
    [view, commands, list],
  )
  const onSelect = useCallback(
    (row: Email, isRange: boolean) => {
      if (isRange) view.selectTo(row.id, list.knownIds())
      else view.toggle(row.id)
    },
    [view, list],
  )
  const onFlag = useCallback((row: Email) => commands.toggleFlag(row), [commands])

  if (list.status === 'failed') {
    return (
      <div className="list-state" role="alert">
        <p>{plainWords(list.failure)}</p>
        <button type="button" className="button" onClick={() => list.retry()}>
          Try again
        </button>
      </div>
    )
  }
  if (list.status === 'ready' && list.length === 0) return <EmptyList route={route} />

  const mailbox = list.query.mailbox === null ? undefined : mail.mailboxes.get(list.query.mailbox)
  const isOutgoing = mailbox?.role === 'sent' || mailbox?.role === 'drafts'
  const rows = new Set<number>()
  for (let at = first; at < end; at++) rows.add(at)
  for (const at of [openRow, cursorRow]) if (at >= 0) rows.add(at)
  const isLoading = list.status === 'loading'
  const current = isLoading ? undefined : headingOf(layout, rowAt(layout, sight.top))
  return (
    <div
      className="list-scroller"
      ref={scroller}
      tabIndex={-1}
      onScroll={(event) => setSight({ top: event.currentTarget.scrollTop, height: event.currentTarget.clientHeight })}
    >
      {current !== undefined && (
        <div
          className="list-heading list-heading-current"
          aria-hidden="true"
          style={{ transform: `translateY(${pushedBy(layout, current, sight.top)}px)` }}
        >
          {current.label}
        </div>
      )}
      <div
        role="list"
        aria-label="Conversations"
        aria-busy={isLoading}
        className="list-rows"
        style={{ height: `${isLoading ? 0 : totalHeight(layout)}px` }}
      >
        {layout.headings
          .filter(({ row }) => row >= first && row < end)
          .map((heading) => (
            <div
              key={heading.label}
              className="list-heading"
              aria-hidden="true"
              style={{ transform: `translateY(${headingTop(layout, heading)}px)` }}
            >
              {heading.label}
            </div>
          ))}
        {[...rows]
          .sort((a, b) => a - b)
          .map((at) => {
            const row = list.emailAt(at)
            const top = rowTop(layout, at)
            if (row === undefined) return <SkeletonRow key={`at ${at}`} top={top} />
            return (
              <MessageRow
                key={row.threadId}
                row={row}
                thread={mail.emailsOfThread(row.threadId)}
                href={hrefOf(route, workspace.mailboxOf(route), row.threadId)}
                own={address.toLowerCase()}
                isOutgoing={isOutgoing}
                position={at}
                total={list.length}
                top={top}
                isSelected={view.selection.has(row.id)}
                isOpen={at === openRow}
                isCursor={at === cursorRow || (cursorRow < 0 && openRow < 0 && at === 0)}
                now={now}
                onOpen={onOpen}
                onSelect={onSelect}
                onFlag={onFlag}
              />
            )
          })}
      </div>
      {isLoading && (
        <div aria-hidden="true" className="list-rows">
          {Array.from({ length: 9 }, (_, at) => (
            <SkeletonRow key={at} top={at * ROW_HEIGHT + HEADING_HEIGHT} />
          ))}
        </div>
      )}
    </div>
  )
}

/** Asks for the rows in sight and some beyond; while the list is dragged past, not for every one that goes by. */
function useRows(list: EmailList, first: number, end: number, version: number): void {
  const askedAt = useRef(0)
  useEffect(() => {
    const ask = (): void => {
      askedAt.current = performance.now()
      list.ensure(first - AHEAD, end + AHEAD)
    }
    const wait = askedAt.current + ASK_MS - performance.now()
    if (wait <= 0 || list.status === 'loading') {
      ask()
      return
    }
    const timer = setTimeout(ask, wait)
    return () => clearTimeout(timer)
  }, [list, first, end, version])
}

/** What comes to stand above the rows in sight does not move them, unless it is the start of the list that is looked at. */
function useAnchor(scroller: RefObject<HTMLElement | null>, list: EmailList, layout: Layout, top: number): void {
  const anchor = useRef<{ readonly list: EmailList; readonly id: Id; readonly top: number } | null>(null)
  useLayoutEffect(() => {
    const element = scroller.current
    const before = anchor.current
    if (element !== null && before !== null && before.list === list && element.scrollTop > ROW_HEIGHT / 2) {
      const row = list.indexOf(before.id)
      const moved = row < 0 ? 0 : rowTop(layout, row) - before.top
      if (moved !== 0) element.scrollTop += moved
    }
    const row = element === null ? 0 : rowAt(layout, element.scrollTop)
    const id = list.idAt(row)
    anchor.current = id === undefined ? null : { list, id, top: rowTop(layout, row) }
  }, [scroller, list, layout, top])
}

function hrefOf(route: Route, mailbox: Id | null, thread: Id): string {
  return formatRoute(route.kind === 'search' ? { ...route, thread } : { kind: 'mailbox', mailbox, thread })
}

/** How far the heading that stays in sight is pushed out by the next one. */
function pushedBy(layout: Layout, current: Heading, top: number): number {
  const next = layout.headings[layout.headings.indexOf(current) + 1]
  if (next === undefined) return 0
  return Math.min(0, headingTop(layout, next) - top - HEADING_HEIGHT)
}

function SkeletonRow({ top }: { readonly top: number }) {
  return (
    <div className="row row-skeleton" aria-hidden="true" style={{ transform: `translateY(${top}px)` }}>
      <span className="bone bone-round" />
      <span className="bone-lines">
        <span className="bone bone-short" />
        <span className="bone" />
        <span className="bone bone-long" />
      </span>
    </div>
  )
}
