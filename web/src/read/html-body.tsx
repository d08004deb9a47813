// A message as its sender designed it, in a frame without origin and without network. What would have been fetched from elsewhere is counted.

import { useEffect, useRef, useState } from 'react'
import type { EmailBody } from '#web/jmap/types.ts'
import { type InlineImage, type ShowMessage, parseFrameMessage } from '#web/message-frame/protocol.ts'
import { useWorkspace } from '#web/shell/workspace.ts'
import { Icon } from '#web/ui/icon.tsx'
import { PICTURE_TYPES } from './picture-types.ts'
import { htmlOf } from './readable-text.ts'
import { sanitise, serialise } from './sanitise.ts'

const IMAGES_MAX = 50

export default function HtmlBody({ body }: { readonly body: EmailBody }) {
  const { connection, view } = useWorkspace()
  const frame = useRef<HTMLIFrameElement>(null)
  const [height, setHeight] = useState(80)
  const [hovered, setHovered] = useState<string | null>(null)
  const [counts, setCounts] = useState({ remote: 0, trackers: 0 })

  useEffect(() => {
    const element = frame.current
    if (element === null) return
    const abort = new AbortController()
    const { fragment, sheets, remote, trackers } = sanitise(htmlOf(body))
    const cids = new Set(
      [...fragment.querySelectorAll('[data-cid]')].map((image) => image.getAttribute('data-cid') ?? ''),
    )
    const html = serialise(fragment)
    setCounts({ remote, trackers })
    const post = (images: readonly InlineImage[]): void => {
      const message: ShowMessage = { type: 'show', html, sheets, images }
      element.contentWindow?.postMessage(message, '*')
    }
    const show = async (): Promise<void> => {
      post([])
      const parts = body.attachments.filter(({ cid, type }) => cid !== null && cids.has(cid) && PICTURE_TYPES.has(type))
      if (parts.length === 0) return
      const images = await Promise.all(
        parts.slice(0, IMAGES_MAX).map(async ({ cid, blobId, type }) => ({
          cid: cid ?? '',
          blob: await connection.download(blobId ?? '', 'image', type, abort.signal),
        })),
      )
      post(images)
    }
    addEventListener(
      'message',
      (event) => {
        if (event.source !== element.contentWindow) return
        const message = parseFrameMessage(event.data)
        switch (message?.type) {
          case 'ready':
            show().catch(() => {})
            break
          case 'height':
            setHeight(message.px)
            break
          case 'hover':
            setHovered(message.href)
            break
          case 'link':
            view.show({ kind: 'link', href: message.href, text: message.text })
            break
          case 'key':
            dispatchEvent(new KeyboardEvent('keydown', { key: message.key, shiftKey: message.shiftKey }))
            break
          case undefined:
            break
        }
      },
      { signal: abort.signal },
    )
    // The frame says that it is ready when the listener is there.
    element.src = '/message-frame.html'
    return () => abort.abort()
  }, [body, connection, view])

  return (
    <div className="html-body">
      {counts.remote > 0 && (
        <p className="privacy-note">
          <Icon name="shield" />
          <span>{wordsFor(counts)}</span>
        </p>
      )}
      <iframe
        ref={frame}
        title="Message"
        className="html-frame"
        sandbox="allow-scripts"
        referrerPolicy="no-referrer"
        style={{ height: `${height}px` }}
      />
      {hovered !== null && <div className="link-target">{hovered}</div>}
    </div>
  )
}

function wordsFor({ remote, trackers }: { readonly remote: number; readonly trackers: number }): string {
  const pictures = remote === 1 ? 'One picture from elsewhere was' : `${remote} pictures from elsewhere were`
  const seen = trackers === 0 ? '' : trackers === 1 ? ', one of them invisible' : `, ${trackers} of them invisible`
  return `${pictures} not loaded${seen}: the sender does not learn that you read this.`
}
