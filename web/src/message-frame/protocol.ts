// What the page and the frame that shows HTML mail say to each other. The frame has no origin: each checks the window that a message came from.

export interface InlineImage {
  readonly cid: string
  readonly blob: Blob
}

export interface ShowMessage {
  readonly type: 'show'
  readonly html: string
  readonly sheets: readonly string[]
  readonly images: readonly InlineImage[]
}

export type FrameMessage =
  | { readonly type: 'ready' }
  | { readonly type: 'height'; readonly px: number }
  | { readonly type: 'link'; readonly href: string; readonly text: string }
  | { readonly type: 'hover'; readonly href: string | null }
  | { readonly type: 'key'; readonly key: string; readonly shiftKey: boolean }

const HREF_LENGTH_MAX = 10_000
const HEIGHT_MAX = 60_000

/** What a frame said; null if it is nothing that it may say. */
export function parseFrameMessage(data: unknown): FrameMessage | null {
  if (typeof data !== 'object' || data === null || !('type' in data)) return null
  const message = data as Readonly<Record<string, unknown>>
  switch (message['type']) {
    case 'ready':
      return { type: 'ready' }
    case 'height': {
      const { px } = message
      return typeof px === 'number' && px >= 0 ? { type: 'height', px: Math.min(px, HEIGHT_MAX) } : null
    }
    case 'link': {
      const { href, text } = message
      return isHref(href) && typeof text === 'string' ? { type: 'link', href, text: text.slice(0, 500) } : null
    }
    case 'hover': {
      const { href } = message
      return href === null || isHref(href) ? { type: 'hover', href } : null
    }
    case 'key': {
      const { key, shiftKey } = message
      return typeof key === 'string' && key.length < 20 ? { type: 'key', key, shiftKey: shiftKey === true } : null
    }
    default:
      return null
  }
}

function isHref(value: unknown): value is string {
  return typeof value === 'string' && value.length <= HREF_LENGTH_MAX && /^(?:https?|mailto|tel):/i.test(value)
}
