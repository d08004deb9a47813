// The notice at the foot of the page.

import { useObserved } from '#web/mail/observable.ts'
import { IconButton } from '#web/ui/icon-button.tsx'
import { JobList } from './job-list.tsx'
import { useWorkspace } from './workspace.ts'

export function NoticeBar() {
  const { notices } = useWorkspace()
  useObserved(notices)
  const notice = notices.current
  return (
    <div className="notice-place">
      <JobList />
      <div role="status" aria-live="polite">
        {notice !== null && (
          <div
            key={notice.id}
            className={notice.isProblem ? 'notice notice-problem' : 'notice'}
            onPointerEnter={() => notices.hold(true)}
            onFocus={() => notices.hold(true)}
            onBlur={() => notices.hold(false)}
          >
            <span className="notice-text">{notice.text}</span>
            {notice.action !== null && (
              <button type="button" className="notice-action" onClick={() => notices.act()}>
                {notice.action.label}
              </button>
            )}
            <IconButton icon="close" label="Dismiss" onClick={() => notices.close()} />
          </div>
        )}
      </div>
    </div>
  )
}
