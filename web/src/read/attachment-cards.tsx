// The attachments of a message that is read: what they are, how large, and to be saved. Pictures that a browser shows safely have a preview.

import { useEffect, useState } from 'react'
import { plainWords } from '#web/jmap/failure.ts'
import type { BodyPart, EmailBody } from '#web/jmap/types.ts'
import { useWorkspace } from '#web/shell/workspace.ts'
import { Icon } from '#web/ui/icon.tsx'
import { PICTURE_TYPES } from './picture-types.ts'
import { saveBlob } from './save-blob.ts'
import { formatSize } from './size.ts'

const PREVIEW_BYTES_MAX = 5_000_000

function Preview({ part }: { readonly part: BodyPart }) {
  const { connection } = useWorkspace()
  const [url, setUrl] = useState<string | null>(null)
  const { blobId, type } = part
  useEffect(() => {
    const abort = new AbortController()
    let made: string | null = null
    connection
      .download(blobId ?? '', 'picture', type, abort.signal)
      .then((blob) => {
        if (abort.signal.aborted) return
        made = URL.createObjectURL(blob)
        setUrl(made)
      })
      .catch(() => {})
    return () => {
      abort.abort()
      if (made !== null) URL.revokeObjectURL(made)
    }
  }, [connection, blobId, type])
  return url === null ? <Icon name="image" /> : <img src={url} alt="" onError={() => setUrl(null)} />
}

function Card({ part }: { readonly part: BodyPart }) {
  const { connection, notices } = useWorkspace()
  const [isSaving, setSaving] = useState(false)
  const name = part.name ?? 'attachment'
  const isPicture = PICTURE_TYPES.has(part.type) && part.size <= PREVIEW_BYTES_MAX && part.blobId !== null
  const save = async (): Promise<void> => {
    setSaving(true)
    try {
      saveBlob(await connection.download(part.blobId ?? '', name, 'application/octet-stream'), name)
    } catch (error) {
      notices.problem(`${name} could not be saved. ${plainWords(error)}`)
    }
    setSaving(false)
  }
  return (
    <li>
      <button type="button" className="card" disabled={isSaving || part.blobId === null} onClick={() => void save()}>
        <span className="card-face">{isPicture ? <Preview part={part} /> : <Icon name="file" />}</span>
        <span className="card-words">
          <span className="card-name">{name}</span>
          <span className="card-kind">
            {kindOf(part)}, {formatSize(part.size)}
          </span>
        </span>
        <span className="card-save">
          <Icon name="download" />
          <span className="visually-hidden">Save</span>
        </span>
      </button>
    </li>
  )
}

/** What a person calls it: by the name's ending if it has one, for types are often wrong. */
function kindOf({ name, type }: BodyPart): string {
  const ending = /\.([a-z0-9]{1,5})$/i.exec(name ?? '')?.[1]
  return ending === undefined ? (type.split('/')[1] ?? type) : ending.toUpperCase()
}

export function AttachmentCards({ body }: { readonly body: EmailBody }) {
  const html = Object.values(body.bodyValues).map(({ value }) => value)
  // A picture that the text shows in its place is not shown again.
  const parts = body.attachments.filter(
    ({ cid, disposition, type }) =>
      !(
        cid !== null &&
        disposition !== 'attachment' &&
        type.startsWith('image/') &&
        html.some((text) => text.includes(`cid:${cid}`))
      ),
  )
  if (parts.length === 0) return null
  return (
    <ul className="cards" aria-label="Attachments">
      {parts.map((part, at) => (
        <Card key={part.blobId ?? at} part={part} />
      ))}
    </ul>
  )
}
