// Where a link of a message leads, before one goes there. The words of a link may say anything; its target is what is shown.

import { DialogWindow } from '#web/ui/dialog-window.tsx'
import { useWorkspace } from '#web/shell/workspace.ts'
import { describeLink } from './describe-link.ts'

export interface LinkWindowProps {
  readonly href: string
  readonly text: string
  readonly onClose: () => void
}

export default function LinkWindow({ href, text, onClose }: LinkWindowProps) {
  const { composing } = useWorkspace()
  const link = describeLink(href, text)
  if (link === null) {
    return (
      <DialogWindow title="This link leads nowhere" className="dialog-small" onClose={onClose}>
        <p className="dialog-text link-whole">{href}</p>
      </DialogWindow>
    )
  }
  if (link.kind === 'mail') {
    return (
      <DialogWindow title="Write to this address?" className="dialog-small" onClose={onClose}>
        <p className="dialog-text link-whole">{link.address}</p>
        <div className="dialog-actions">
          <button
            type="button"
            className="button button-primary"
            autoFocus
            onClick={() => {
              onClose()
              void composing.write([{ name: null, email: link.address }])
            }}
          >
            Write
          </button>
        </div>
      </DialogWindow>
    )
  }
  return (
    <DialogWindow title="Open this link?" className="dialog-small" onClose={onClose}>
      <p className="dialog-text">
        It leads to <strong className="link-host">{link.host}</strong>
        {link.claims === null ? '.' : `, although its words say ${link.claims}.`}
      </p>
      {!link.isEncrypted && <p className="dialog-text">The connection to it is not encrypted.</p>}
      <p className="link-whole" dir="ltr">
        {link.href}
      </p>
      {link.tracking.length > 0 && <p className="dialog-text">It tells who follows it: {link.tracking.join(', ')}.</p>}
      <div className="dialog-actions">
        <button
          type="button"
          className="button"
          onClick={() => void navigator.clipboard.writeText(link.href).then(onClose)}
        >
          Copy
        </button>
        <a
          className="button button-primary"
          href={link.href}
          target="_blank"
          rel="noopener noreferrer"
          autoFocus
          onClick={onClose}
        >
          Open
        </a>
      </div>
    </DialogWindow>
  )
}
