// Runs in the frame that shows HTML mail: a sandbox without an origin and without any network. It sanitises what it is given once more, shows
// it, and tells the page how high it is, where the pointer is and what was pressed. Nothing in it can be reached from the message.

import { sanitise } from '#web/read/sanitise.ts'
import { filterStyleSheet } from '#web/read/style-filter.ts'
import type { FrameMessage, ShowMessage } from './protocol.ts'

function tell(message: FrameMessage): void {
  parent.postMessage(message, '*')
}

function isShow(data: unknown): data is ShowMessage {
  return typeof data === 'object' && data !== null && 'type' in data && data.type === 'show' && 'html' in data
}

function linkAt(event: Event): HTMLElement | null {
  return event.target instanceof Element ? event.target.closest<HTMLElement>('[data-href]') : null
}

const root = document.getElementById('message') as HTMLElement

function show({ html, sheets, images }: ShowMessage): void {
  const { fragment } = sanitise(html)
  for (const element of fragment.querySelectorAll('[data-style]')) {
    element.setAttribute('style', element.getAttribute('data-style') ?? '')
  }
  for (const link of fragment.querySelectorAll('[data-href]')) {
    link.setAttribute('role', 'link')
    link.setAttribute('tabindex', '0')
  }
  for (const image of fragment.querySelectorAll('img[data-cid]')) {
    const found = images.find(({ cid }) => cid === image.getAttribute('data-cid'))
    if (found !== undefined) image.setAttribute('src', URL.createObjectURL(found.blob))
  }
  for (const image of fragment.querySelectorAll('img[data-remote]')) image.replaceWith(placeholder(image))
  for (const image of fragment.querySelectorAll('img:not([alt])')) image.setAttribute('alt', '')
  const styles = sheets.map((text) => {
    const style = document.createElement('style')
    style.textContent = filterStyleSheet(text)
    return style
  })
  root.replaceChildren(...styles, fragment)
}

/** Stands where a picture from elsewhere would. */
function placeholder(image: Element): HTMLElement {
  const place = document.createElement('span')
  const words = image.getAttribute('alt')?.trim() ?? ''
  place.className = 'remote'
  place.textContent = words
  if (words !== '') {
    place.setAttribute('role', 'img')
    place.setAttribute('aria-label', words)
  }
  for (const side of ['width', 'height'] as const) {
    const length = Number.parseInt(image.getAttribute(side) ?? '', 10)
    if (length > 0 && length <= 2000) place.style[side] = `${length}px`
  }
  return place
}

function open(event: Event): void {
  const link = linkAt(event)
  if (link === null) return
  event.preventDefault()
  tell({ type: 'link', href: link.dataset['href'] ?? '', text: link.textContent.trim() })
}

addEventListener('message', (event) => {
  if (event.source === parent && isShow(event.data)) show(event.data)
})
addEventListener('click', open)
addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && linkAt(event) !== null) open(event)
  else if (!event.ctrlKey && !event.metaKey && !event.altKey && event.key !== 'Tab') {
    tell({ type: 'key', key: event.key, shiftKey: event.shiftKey })
  }
})
for (const type of ['pointerover', 'focusin'] as const) {
  addEventListener(type, (event) => tell({ type: 'hover', href: linkAt(event)?.dataset['href'] ?? null }))
}
addEventListener('pointerleave', () => tell({ type: 'hover', href: null }))

new ResizeObserver(() => {
  // With room for the bar that scrolls what is too wide.
  const bar = root.scrollWidth > document.documentElement.clientWidth ? 16 : 0
  tell({ type: 'height', px: Math.ceil(root.getBoundingClientRect().height) + bar })
}).observe(root)
tell({ type: 'ready' })
