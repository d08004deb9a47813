// In place of the log-in while the server makes the account's index again: how far it is. It goes on by itself; the mail opens when it is done.

import type { RebuildingFailure } from '#web/jmap/failure.ts'
import { Mark } from '#web/ui/mark.tsx'

export interface RebuildingCardProps {
  readonly progress: RebuildingFailure
  readonly onGiveUp: () => void
}

export function RebuildingCard({ progress, onGiveUp }: RebuildingCardProps) {
  const { percent, message } = progress
  return (
    <main className="login">
      <section className="login-card" aria-busy="true">
        <Mark size={48} />
        <h1>One moment</h1>
        <progress className="rebuilding-bar" max={100} value={percent} aria-label="Making the index again" />
        <p role="status">{message}</p>
        <p className="rebuilding-words">New mail arrives meanwhile. Your mail opens by itself when this is done.</p>
        <button type="button" className="button button-wide" onClick={onGiveUp}>
          Back
        </button>
      </section>
    </main>
  )
}
