// What this browser knows of the mail store's integrity: how much there is, when it was checked, and every alarm.

import { useState } from 'react'
import { useObserved } from '#web/mail/observable.ts'
import { useWorkspace } from '#web/shell/workspace.ts'
import { DialogWindow } from '#web/ui/dialog-window.tsx'
import { formatMoment } from './moment.ts'
import { fromBase64, toHex } from './note.ts'
import { findingSentence, rehearsalSentences } from './rehearsal-sentences.ts'
import { scrubSentences } from './scrub-sentences.ts'

const ROOT_DIGITS = 16
const number = new Intl.NumberFormat()

const POWERS = {
  all: 'This browser verifies signatures and proofs by itself.',
  proofs:
    'This browser verifies proofs by itself, but cannot verify Ed25519 signatures: it has to believe the server that they are right.',
  nothing:
    'This browser can verify nothing here, because the page did not come over HTTPS: it shows what the server says.',
} as const

export default function IntegrityWindow({ onClose }: { readonly onClose: () => void }) {
  const { guard } = useWorkspace()
  useObserved(guard)
  const [isBusy, setBusy] = useState(false)
  const { log, checked } = guard.remembered
  const root = log === null ? null : fromBase64(log.root)
  const run = (work: Promise<void>): void => {
    setBusy(true)
    void work.finally(() => setBusy(false))
  }
  const history = [
    ...guard.remembered.alarms.map(({ text, found, accepted }) => ({
      text,
      found,
      ended: accepted,
      by: 'this browser',
    })),
    ...guard.serverAlarms.map(({ text, found, acknowledged }) => ({
      text,
      found,
      ended: acknowledged,
      by: 'the server',
    })),
  ].sort((a, b) => b.found.localeCompare(a.found))
  return (
    <DialogWindow title="Integrity" className="dialog-wide" onClose={onClose}>
      <div className="integrity">
        <p>
          Your mail is kept in a log that only grows, and every state of it is signed. This browser remembers the last
          state that it saw, and checks that what is there goes on from it.
        </p>
        <dl className="integrity-facts">
          <dt>Records</dt>
          <dd>{log === null ? 'none yet' : number.format(log.size)}</dd>
          <dt>Root</dt>
          <dd>
            <code>{root === null ? '–' : toHex(root).slice(0, ROOT_DIGITS)}</code>
          </dd>
          <dt>Signed by you</dt>
          <dd>{log === null || log.mark < 0 ? 'not yet' : `${number.format(log.mark + 1)} times`}</dd>
          <dt>Last found right</dt>
          <dd>{checked === null ? 'never' : formatMoment(checked)}</dd>
        </dl>
        {guard.power !== null && <p className="settings-words">{POWERS[guard.power]}</p>}
        {guard.scrub !== null && (
          <>
            <h3>On the disk</h3>
            {scrubSentences(guard.scrub, Date.now()).map((sentence) => (
              <p key={sentence}>{sentence}</p>
            ))}
          </>
        )}
        {guard.rehearsal !== null && (
          <>
            <h3>Restoring</h3>
            {rehearsalSentences(guard.rehearsal).map((sentence) => (
              <p key={sentence}>{sentence}</p>
            ))}
            {guard.rehearsal.last?.isWhole === false && (
              <ul className="integrity-alarms">
                {guard.rehearsal.last.findings.map((finding) => (
                  <li key={`${finding.text} ${finding.name}`} className="integrity-open">
                    {findingSentence(finding)}
                  </li>
                ))}
              </ul>
            )}
          </>
        )}
        <h3>Alarms</h3>
        {history.length === 0 ? (
          <p>There was none.</p>
        ) : (
          <ul className="integrity-alarms">
            {history.map(({ text, found, ended, by }) => (
              <li key={`${found} ${text}`} className={ended === null ? 'integrity-open' : ''}>
                {text} Found by {by} {formatMoment(found)}
                {ended === null ? '.' : `; acknowledged ${formatMoment(ended)}.`}
              </li>
            ))}
          </ul>
        )}
        <div className="dialog-actions">
          {guard.hasOwnAlarm && (
            <button
              type="button"
              className="button button-danger-quiet"
              disabled={isBusy}
              onClick={() => run(guard.accept())}
            >
              I know why: go on from what is there now
            </button>
          )}
          <span className="spacer" />
          <button type="button" className="button button-primary" disabled={isBusy} onClick={() => run(guard.check())}>
            Check now
          </button>
        </div>
      </div>
    </DialogWindow>
  )
}
