// Says that the server cannot be reached, for as long as it is so.

import { useObserved } from '#web/mail/observable.ts'
import { useWorkspace } from './workspace.ts'

export function ConnectionBanner() {
  const { synchroniser } = useWorkspace()
  useObserved(synchroniser)
  return (
    <div role="status">
      {!synchroniser.isConnected && (
        <div className="banner">
          <span>
            {synchroniser.trouble ?? 'Not connected. What you see may be out of date; it is tried again by itself.'}
          </span>
          <button type="button" className="button button-small" onClick={synchroniser.retryNow}>
            Try now
          </button>
        </div>
      )}
    </div>
  )
}
