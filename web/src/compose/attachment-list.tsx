// The files of the message that is being written, each with how far it has come.

import { useObserved } from '#web/mail/observable.ts'
import { formatSize } from '#web/read/size.ts'
import { Icon } from '#web/ui/icon.tsx'
import type { Attachments } from './attachments.ts'

export function AttachmentList({ attachments }: { readonly attachments: Attachments }) {
  useObserved(attachments)
  if (attachments.list.length === 0) return null
  return (
    <ul className="attachment-list" aria-label="Attachments">
      {attachments.list.map(({ key, name, size, blobId, progress, problem }) => (
        <li key={key} className={problem === null ? 'file' : 'file file-problem'}>
          <Icon name="file" />
          <span className="file-name">{name}</span>
          <span className="file-size">{problem ?? formatSize(size)}</span>
          {blobId === null && problem === null && (
            <progress value={progress} max={1} aria-label={`Uploading ${name}`} />
          )}
          <button
            type="button"
            className="file-remove"
            aria-label={`Remove ${name}`}
            onClick={() => attachments.remove(key)}
          >
            <Icon name="close" />
          </button>
        </li>
      ))}
    </ul>
  )
}
