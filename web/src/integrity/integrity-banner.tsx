// Says, so that it cannot be missed, that the mail store is not the one that it was, or could not be restored as it is. It stays until somebody has acknowledged it, or it is
// right again.

import { useObserved } from '#web/mail/observable.ts'
import { useWorkspace } from '#web/shell/workspace.ts'
import { formatMoment } from './moment.ts'
import { countFound } from './rehearsal-sentences.ts'

export function IntegrityBanner() {
  const { guard, view } = useWorkspace()
  useObserved(guard)
  const { alarms } = guard
  const last = alarms.at(-1)
  const rehearsal = guard.rehearsal?.isAlarming === true ? guard.rehearsal.last : null
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
      {rehearsal !== null && (
        <div className="banner banner-alarm">
          <strong>Your mail could not be restored as it is.</strong>
          <span>
            A rehearsal of restoring it {formatMoment(rehearsal.ended)} found {countFound(rehearsal.found)} missing or
            different. Ask the operator, who finds what to do in docs/operations.md, “When a rehearsal fails”.
          </span>
          <button type="button" className="button button-small" onClick={() => view.show({ kind: 'integrity' })}>
            Details
          </button>
        </div>
      )}
    </div>
  )
}
