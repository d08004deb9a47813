// High or low security, in plain words, and what the operator asked for and did.

import type { Recovery } from './recovery-client.ts'
import { dayOf, durationInWords, momentOf } from './words.ts'

export interface SecurityCardProps {
  readonly recovery: Recovery
  readonly onChoose: (security: 'high' | 'low') => void
  readonly onRefuse: () => void
}

export function SecurityCard({ recovery, onChoose, onRefuse }: SecurityCardProps) {
  const { security, offer, escrow, request, uses } = recovery
  const isLow = security === 'low'
  return (
    <div className="settings-card">
      {request?.state === 'waiting' && (
        <div className="recovery-warning" role="status">
          <p>
            <strong>The operator asked to open your account</strong> on {momentOf(request.requested)}.{' '}
            {request.left > 0
              ? `It can be done when the server has run for ${durationInWords(request.left)} more.`
              : 'It can be done now.'}
          </p>
          <button type="button" className="button button-danger" onClick={onRefuse}>
            Refuse
          </button>
        </div>
      )}
      <p>
        <strong>{isLow ? 'Low security.' : 'High security.'}</strong>{' '}
        {isLow
          ? 'The operator of this server can open your account with a key that is kept away from the server, and set a new password: not at once, not without your being told, and each time it is noted in your log. Whoever has that key and the disk, or a copy of it, can read your mail without any of that.'
          : 'Nobody but you can open your account. If you forget your password and lose the recovery code and the shares, your mail is lost: nobody can help.'}
      </p>
      {isLow && escrow !== null && (
        <p className="settings-words">
          Chosen {dayOf(escrow.created)}. Sealed to{' '}
          <code className="recipient">{escrow.recipient ?? 'an unknown key'}</code>
          {offer !== null && offer.recipient !== escrow.recipient && ', which is no longer the operator’s key'}.
        </p>
      )}
      {offer === null && !isLow ? (
        <p className="settings-words">The operator of this server offers nothing else.</p>
      ) : (
        <button
          type="button"
          className={isLow ? 'button button-primary' : 'button'}
          onClick={() => onChoose(isLow ? 'high' : 'low')}
        >
          {isLow ? 'Choose high security…' : 'Choose low security…'}
        </button>
      )}
      {uses.length > 0 && (
        <div>
          <p className="sheet-strong">The operator opened your account</p>
          <ul className="recovery-uses">
            {uses.toReversed().map(({ at, requested }) => (
              <li key={at}>
                {momentOf(at)}, asked for {momentOf(requested)}
              </li>
            ))}
          </ul>
        </div>
      )}
    </div>
  )
}
