// Says, so that it cannot be missed, that the mail store is not the one that it was. It stays until somebody has acknowledged it.

import { useObserved } from '#web/mail/observable.ts'
import { useWorkspace } from '#web/shell/workspace.ts'
import { formatMoment } from './moment.ts'

export function IntegrityBanner() {
  const { guard, view } = useWorkspace()
  useObserved(guard)
  const { alarms } = guard
  const last = alarms.at(-1)
  return (
    <div role="alert">
      {last !== undefined && (
        <div className="banner banner-alarm">
          <strong>Your mail store may have been tampered with.</strong>
          <span>
            {last.text} Found {formatMoment(last.found)}
            {alarms.length > 1 && ` (and ${alarms.length - 1} more)`}. Do not trust what you see until you know why: ask
            the operator, who finds what to do in docs/operations.md, “When the log is not the one it was”.
          </span>
          <button type="button" className="button button-small" onClick={() => view.show({ kind: 'integrity' })}>
            Details
          </button>
        </div>
      )}
    </div>
  )
}
