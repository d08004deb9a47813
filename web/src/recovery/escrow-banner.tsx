// Says, so that it cannot be missed, that the operator asked to open the account, or opened it; and quietly, that it is time to try the recovery code.

import { reasonOf } from '#web/jmap/failure.ts'
import { useObserved } from '#web/mail/observable.ts'
import { useWorkspace } from '#web/shell/workspace.ts'
import { durationInWords, momentOf } from './words.ts'

export function EscrowBanner() {
  const { escrow, router, notices } = useWorkspace()
  useObserved(escrow)
  const { request, unseenUse, isDrillDue } = escrow
  const details = (
    <button type="button" className="button button-small" onClick={() => router.go({ kind: 'recovery' })}>
      Details
    </button>
  )
  return (
    <div role="alert">
      {request !== null && (
        <div className="banner banner-alarm">
          <strong>The operator asked to open your account.</strong>
          <span>
            On {momentOf(request.requested)}.{' '}
            {request.left > 0
              ? `It can be done when the server has run for ${durationInWords(request.left)} more.`
              : 'It can be done now.'}{' '}
            If you did not ask for it, refuse it.
          </span>
          <button
            type="button"
            className="button button-small"
            onClick={() =>
              void escrow.refuse().then(
                () => notices.say('Refused: your account stays closed to the operator.'),
                (error: unknown) => notices.problem(reasonOf(error)),
              )
            }
          >
            Refuse
          </button>
          {details}
        </div>
      )}
      {unseenUse !== null && (
        <div className="banner banner-alarm">
          <strong>The operator opened your account on {momentOf(unseenUse)}, and set a new password.</strong>
          <span>
            It is noted in your log. If you did not ask for it, ask the operator why, and change your password.
          </span>
          <button type="button" className="button button-small" onClick={() => escrow.seen()}>
            I know
          </button>
          {details}
        </div>
      )}
      {request === null && unseenUse === null && isDrillDue && (
        <div className="banner">
          <span>It has been a year since your way back into this account was tried. Is the paper still there?</span>
          <button type="button" className="button button-small" onClick={() => router.go({ kind: 'recovery' })}>
            Try it out
          </button>
          <button type="button" className="button button-small button-quiet" onClick={() => escrow.remindLater()}>
            Later
          </button>
        </div>
      )}
    </div>
  )
}
