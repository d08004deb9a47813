import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bodyParts, fileName } from './body-parts.ts'
import { parseMessage } from './parse.ts'
import { hasAttachment } from './summary.ts'

/** A tree such as `mixed(plain, html)`, whose leaves are `type/subtype[;disposition]*name`, called A, B, … in order. */
function build(tree: string): Buffer {
  let level = 0
  let leaf = 0
  const write = (node: string): string => {
    const open = node.indexOf('(')
    if (open < 0) {
      const [media = '', name] = node.trim().split('*')
      const [type = '', disposition] = media.split(';')
      const fields = [`Content-Type: ${type}`, `Content-ID: <${String.fromCharCode(0x41 + leaf++)}>`]
      if (disposition !== undefined) fields.push(`Content-Disposition: ${disposition}`)
      if (name !== undefined) fields[0] += `; name=${name}`
      return `${fields.join('\n')}\n\nx`
    }
    const boundary = `b${level++}`
    const children = split(node.slice(open + 1, node.lastIndexOf(')')))
    return `Content-Type: multipart/${node.slice(0, open).trim()}; boundary=${boundary}.\n\n${children
      .map((child) => `--${boundary}.\n${write(child)}\n`)
      .join('')}--${boundary}.--`
  }
  return Buffer.from(write(tree))
}

function split(list: string): string[] {
  const items: string[] = []
  let depth = 0
  let start = 0
  for (let i = 0; i <= list.length; i++) {
    if (list[i] === '(') depth++
    else if (list[i] === ')') depth--
    else if ((list[i] === ',' && depth === 0) || i === list.length) {
      items.push(list.slice(start, i))
      start = i + 1
    }
  }
  return items
}

/** Which leaves are `text | html | attachments`. */
function chosen(tree: string): string {
  const { textBody, htmlBody, attachments } = bodyParts(parseMessage(build(tree)))
  return [textBody, htmlBody, attachments].map((parts) => parts.map((part) => part.id?.slice(1, -1)).join('')).join('|')
}

test('the example of RFC 8621 §4.1.4', () => {
  const tree =
    'mixed(text/plain;inline, mixed(alternative(mixed(text/plain;inline, image/jpeg;inline, text/plain;inline), ' +
    'related(text/html, image/jpeg)), image/jpeg;attachment, application/x-excel, message/rfc822), text/plain;inline)'
  // The last is K there, which leaves out I.
  assert.equal(chosen(tree), 'ABCDJ|AEJ|CFGHI')
})

test('single parts', () => {
  assert.equal(chosen('text/plain'), 'A|A|')
  assert.equal(chosen('text/html'), 'A|A|')
  assert.equal(chosen('text/calendar'), '||A')
  assert.equal(chosen('image/png'), 'A|A|')
  assert.equal(chosen('application/pdf'), '||A')
  assert.equal(chosen('text/plain;attachment'), '||A')
})

test('alternatives', () => {
  assert.equal(chosen('alternative(text/plain, text/html)'), 'A|B|')
  assert.equal(chosen('alternative(text/plain, related(text/html, image/png))'), 'A|B|C')
  assert.equal(chosen('alternative(text/html)'), 'A|A|')
  assert.equal(chosen('alternative(text/plain)'), 'A|A|')
  assert.equal(chosen('alternative(text/plain, text/html, text/calendar)'), 'A|B|C')
  assert.equal(chosen('mixed(alternative(text/plain, text/html), application/pdf)'), 'A|B|C')
  assert.equal(chosen('mixed(text/plain, text/html)'), 'AB|AB|')
})

test('related parts, named texts and media', () => {
  assert.equal(chosen('related(text/html, image/png)'), 'A|A|B')
  assert.equal(chosen('mixed(text/plain, text/plain*a.txt)'), 'A|A|B')
  assert.equal(chosen('mixed(text/plain*a.txt, text/plain)'), 'AB|AB|')
  assert.equal(chosen('mixed(text/plain, image/png)'), 'AB|AB|')
  assert.equal(chosen('signed(text/plain, application/pgp-signature)'), 'A|A|B')
})

function has(tree: string): boolean {
  return hasAttachment(bodyParts(parseMessage(build(tree))))
}

test('what is an attachment to the user', () => {
  assert.equal(has('mixed(text/plain, application/pdf)'), true)
  assert.equal(has('mixed(text/plain, application/pdf;inline)'), false)
  assert.equal(has('alternative(text/plain, related(text/html, image/png))'), false)
  assert.equal(has('alternative(text/plain, related(text/html, image/png), application/pdf)'), true)
  assert.equal(has('signed(text/plain, application/pgp-signature)'), false)
  assert.equal(has('mixed(text/plain, image/png)'), false)
  assert.equal(has('mixed(text/plain, image/png;attachment)'), true)
})

function name(fields: string): string | null {
  return fileName(parseMessage(Buffer.from(`${fields}\n\n`)))
}

test('names of files', () => {
  assert.equal(name('Content-Type: a/b; name=x\nContent-Disposition: attachment; filename=y'), 'y')
  assert.equal(name('Content-Type: a/b; name=x\nContent-Disposition: attachment'), 'x')
  assert.equal(name("Content-Type: a/b\nContent-Disposition: inline; filename*=utf-8''%E2%82%AC"), '€')
  assert.equal(name('Content-Type: a/b'), null)
})
