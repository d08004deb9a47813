// HTML of a message, made harmless: DOMPurify, then our own rules. What is left has no script, no form, no address that a browser would fetch
// by itself, and no link that it would follow or look up: a link's target stands in `data-href`, an image of the message's own in `data-cid`,
// and styles in `data-style` and beside the fragment, for the page's policy allows none, not even in a document that is never shown.
// It is run twice, here and in the frame that shows the result: what the first makes of text, the second reads again.

import DOMPurify from 'dompurify'
import { filterStyleAttribute, filterStyleSheet } from './style-filter.ts'

export interface Sanitised {
  readonly fragment: DocumentFragment
  /** Its style sheets, filtered. */
  readonly sheets: readonly string[]
  /** Images and the like that would have been fetched from elsewhere. */
  readonly remote: number
  /** Those among them that are too small to be seen. */
  readonly trackers: number
}

const FORBIDDEN_TAGS = [
  'form',
  'input',
  'button',
  'textarea',
  'select',
  'option',
  'optgroup',
  'fieldset',
  'legend',
  'label',
  'output',
  'datalist',
  'audio',
  'video',
  'source',
  'track',
  'picture',
  'map',
  'area',
  'dialog',
  'template',
  'slot',
  'marquee',
  'noscript',
  'progress',
  'meter',
]
const FORBIDDEN_ATTRIBUTES = [
  'srcset',
  'sizes',
  'background',
  'poster',
  'ping',
  'action',
  'formaction',
  'target',
  'download',
  'autofocus',
  'accesskey',
  'contenteditable',
  'draggable',
  'tabindex',
  'popover',
  'popovertarget',
  'popovertargetaction',
  'inert',
  'is',
  'slot',
  'part',
  'usemap',
  'longdesc',
  'cite',
  'name',
  'loading',
  'fetchpriority',
  'crossorigin',
  'decoding',
  'xmlns',
]
const LINK = /^(?:https?|mailto|tel):/i
const DATA_IMAGE = /^data:image\/(?:png|gif|jpeg|webp);base64,[a-z0-9+/=\s]*$/i

/** Stands for `style` while the message is read: an element whose content is text to the parser, and which does nothing. */
const SHEET_TAG = 'xmp'

/** Only tags are touched, never text. What this misses is blocked by the page's policy, and is no danger but a line in the console. */
function withoutLiveStyles(html: string): string {
  return html
    .replaceAll(/<[a-z][^<>]*>/gi, (tag) => tag.replaceAll(/([\s"'/])style\s*=/gi, '$1data-style='))
    .replaceAll(/<(\/?)style(?=[\s/>])/gi, `<$1${SHEET_TAG}`)
}

const CONFIG = {
  USE_PROFILES: { html: true },
  ADD_TAGS: [SHEET_TAG, 'center', 'font'],
  FORBID_TAGS: FORBIDDEN_TAGS,
  FORBID_ATTR: FORBIDDEN_ATTRIBUTES,
  ALLOW_DATA_ATTR: false,
  ALLOW_ARIA_ATTR: false,
  ADD_ATTR: ['data-href', 'data-cid', 'data-remote', 'data-style'],
  // These hold no address that anything follows, and are judged below.
  ADD_URI_SAFE_ATTR: ['data-href', 'data-cid', 'data-style'],
  SANITIZE_NAMED_PROPS: true,
  FORCE_BODY: true,
  WHOLE_DOCUMENT: false,
  RETURN_DOM_FRAGMENT: true as const,
}

export function sanitise(html: string): Sanitised {
  const fragment = DOMPurify.sanitize(withoutLiveStyles(html), CONFIG)
  const inert = document.implementation.createHTMLDocument('')
  const count = { remote: 0, trackers: 0 }
  const sheets: string[] = []
  for (const sheet of fragment.querySelectorAll(`${SHEET_TAG}, style`)) {
    const text = sheet.textContent
    if (/url\s*\(|@import/i.test(text)) count.remote++
    sheets.push(filterStyleSheet(text))
    sheet.remove()
  }
  for (const element of fragment.querySelectorAll('*')) {
    sanitiseStyle(inert, element)
    if (element.localName === 'img') sanitiseImage(element, count)
    else element.removeAttribute('src')
    sanitiseLink(element)
  }
  return { fragment, sheets, ...count }
}

function sanitiseStyle(inert: Document, element: Element): void {
  const given = element.getAttribute('data-style') ?? element.getAttribute('style')
  element.removeAttribute('style')
  element.removeAttribute('data-style')
  const kept = given === null ? '' : filterStyleAttribute(inert, given)
  if (kept !== '') element.setAttribute('data-style', kept)
}

function sanitiseLink(element: Element): void {
  const href = element.getAttribute('href') ?? element.getAttribute('data-href')
  element.removeAttribute('href')
  element.removeAttribute('data-href')
  if (href === null || element.localName !== 'a' || !LINK.test(href.trim())) return
  element.setAttribute('data-href', href.trim())
}

function sanitiseImage(image: Element, count: { remote: number; trackers: number }): void {
  const src = (image.getAttribute('src') ?? '').trim()
  const cid = image.getAttribute('data-cid')
  image.removeAttribute('src')
  if (DATA_IMAGE.test(src)) image.setAttribute('src', src)
  else if (/^cid:/i.test(src)) image.setAttribute('data-cid', decodeCid(src.slice(4)))
  else if (cid === null && src !== '') {
    count.remote++
    if (isTiny(image)) {
      count.trackers++
      image.remove()
    } else image.setAttribute('data-remote', '')
  }
}

function decodeCid(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function isTiny(image: Element): boolean {
  const [width, height] = ['width', 'height'].map((name) => Number.parseInt(image.getAttribute(name) ?? '', 10))
  return (width !== undefined && width <= 3) || (height !== undefined && height <= 3)
}

/** As text, for the frame, which reads and sanitises it again. */
export function serialise(fragment: DocumentFragment): string {
  const holder = document.implementation.createHTMLDocument('').createElement('div')
  holder.append(fragment)
  return holder.innerHTML
}
