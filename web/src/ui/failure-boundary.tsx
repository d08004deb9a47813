// What is shown in place of a part of the page that failed: another one of this server's may be there by now, which a reload brings.

import { Component, type ReactNode } from 'react'

interface State {
  readonly hasFailed: boolean
}

export class FailureBoundary extends Component<{ readonly children: ReactNode }, State> {
  override state: State = { hasFailed: false }

  static getDerivedStateFromError(): State {
    return { hasFailed: true }
  }

  override render(): ReactNode {
    if (!this.state.hasFailed) return this.props.children
    return (
      <div className="failed" role="alert">
        <p>This part of the page could not be shown.</p>
        <button type="button" className="button" onClick={() => location.reload()}>
          Load the page again
        </button>
      </div>
    )
  }
}
