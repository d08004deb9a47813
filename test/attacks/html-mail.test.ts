// Hostile HTML mail, shown as text and formatted, answered and forwarded: nothing runs, nothing is fetched, nothing leaves the frame.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser, Frame, Page } from 'playwright-core'
import { JmapClient, type Opened, launchBrowser, logIn, openPage, rows } from '../browser.ts'
import { type Mailkeep, startMailkeep } from '../harness.ts'
import { makeMail } from '../invented-mail.ts'
import { leaks, overlays, scripts } from './html-mail-samples.ts'

const PASSWORD = 'a long pass phrase'
const ME = 'me@example.org'
/** Messages with one sample each make a test of minutes; these are as many as still tell which sample it was. */
const TOGETHER = 12

let mailkeep: Mailkeep
let browser: Browser
let opened: Opened

function portions(samples: readonly string[]): readonly string[][] {
  return Array.from({ length: Math.ceil(samples.length / TOGETHER) }, (_, at) =>
    samples.slice(at * TOGETHER, (at + 1) * TOGETHER),
  )
}

/** What swallows all that comes after it has a message of its own. */
const GREEDY =
  /<(?:math|body|title|base|textarea|noscript|listing|template|select|frameset|form|svg><\/p|svg><style|!--)|<style>\/\*|<div>{2}|<img """/
const samples = [...scripts, ...leaks]
const together = portions(samples.filter((sample) => !GREEDY.test(sample)))
const messages = [
  ...[...together, overlays].map((portion, at) => ({
    subject: `attack ${at}`,
    html: portion.map((sample) => `<div>${sample}</div>`).join('\n<p>between</p>\n'),
    isGreedy: false,
  })),
  ...samples
    .filter((sample) => GREEDY.test(sample))
    .map((html, at) => ({ subject: `alone ${at}`, html, isGreedy: true })),
]

before(async () => {
  ;[browser, mailkeep] = await Promise.all([launchBrowser(), startMailkeep({ accounts: { [ME]: PASSWORD } })])
  const client = await JmapClient.logIn(mailkeep, ME, PASSWORD)
  await client.import(
    messages.map(({ subject, html }, at) =>
      makeMail({
        from: 'An attacker <attacker@example.net>',
        subject,
        html: `<p>the start of ${subject}</p>${html}<p>the end of ${subject}</p>`,
        ago: (messages.length - at) * 60_000,
        keywords: ['$seen'],
      }),
    ),
  )
  await readRoutes(client)
  opened = await openPage(browser, mailkeep, { reducedMotion: 'reduce' })
  await logIn(opened.page, ME, PASSWORD)
  await rows(opened.page).first().waitFor()
})
after(async () => {
  await opened?.[Symbol.asyncDispose]()
  await browser?.close()
  await mailkeep?.[Symbol.asyncDispose]()
})

async function open(page: Page, subject: string): Promise<void> {
  await page.evaluate(`location.hash = ${JSON.stringify(routes.get(subject))}`)
  await page.getByRole('heading', { name: subject, exact: true }).waitFor()
}

/** Where each message is. */
const routes = new Map<string, string>()

async function readRoutes(client: JmapClient): Promise<void> {
  const inbox = await client.mailbox('inbox')
  const { ids } = await client.call('Email/query', { filter: { inMailbox: inbox } })
  const { list } = (await client.call('Email/get', { ids, properties: ['subject', 'threadId'] })) as {
    list: readonly { readonly subject: string; readonly threadId: string }[]
  }
  for (const { subject, threadId } of list) routes.set(subject, `#/in/${inbox}/${threadId}`)
}

function frameOf(page: Page): Frame {
  const frame = page.frames().find((candidate) => candidate.url().endsWith('/message-frame.html'))
  assert.ok(frame)
  return frame
}

async function assertQuiet(page: Page): Promise<void> {
  assert.deepEqual(opened.strays, [], 'requests to elsewhere')
  for (const frame of page.frames()) assert.equal(await frame.evaluate('window.ran'), undefined)
  assert.equal(page.context().pages().length, 1)
  assert.equal(page.frames().length <= 2, true, 'frames within the frame')
}

for (const { subject, isGreedy } of messages) {
  test(`${subject}: as text, formatted, hovered, and its links pressed`, async () => {
    const { page } = opened
    await open(page, subject)
    await page.locator('.message-body').getByText(`the start of ${subject}`).waitFor()
    await assertQuiet(page)
    await page.getByRole('button', { name: 'Show formatted' }).click()
    const shown = page.frameLocator('.html-frame')
    await shown.getByText(`the start of ${subject}`).waitFor({ state: 'attached' })
    if (!isGreedy) await shown.getByText(`the end of ${subject}`).waitFor({ state: 'attached' })
    const frame = frameOf(page)
    // Whatever there is to run by pointing at it or pressing it.
    await frame.evaluate(`for (const element of document.querySelectorAll('#message *')) {
      for (const type of ['pointerover', 'mouseover', 'focus', 'toggle', 'animationstart']) element.dispatchEvent(new Event(type))
    }`)
    const left = (await frame.evaluate(`[...document.querySelectorAll('#message *')].flatMap((element) => [
      element.localName,
      ...[...element.attributes].map(({ name, value }) => name + '=' + value),
    ])`)) as string[]
    const bad =
      /^(?:script|iframe|object|embed|form|input|link|meta|base|svg|math|template|dialog|on\w+=.*|href=.*|target=.*|(?:src|srcset|background|poster|ping)=(?!blob:|data:image\/).*|style=.*(?:url\(|fixed|sticky).*)$/is
    assert.deepEqual(
      left.filter((item) => bad.test(item)),
      [],
    )
    const sheets = (await frame.evaluate(
      `[...document.querySelectorAll('#message style')].map((style) => style.textContent).join('')`,
    )) as string
    assert.doesNotMatch(sheets, /url\s*\(|image-set|@import|@font-face|fixed|leak\.example/i)
    await assertQuiet(page)
  })
}

test('a link shows where it leads before it leads there', async () => {
  const { page } = opened
  await open(page, `attack ${together.length}`)
  await page.getByRole('button', { name: 'Show formatted' }).click()
  await page.frameLocator('.html-frame').getByRole('link', { name: 'blank' }).click()
  await page.getByRole('dialog').getByText('https://leak.example/blank').waitFor()
  const link = page.getByRole('dialog').getByRole('link', { name: 'Open' })
  assert.equal(await link.getAttribute('rel'), 'noopener noreferrer')
  assert.equal(await link.getAttribute('target'), '_blank')
  await page.keyboard.press('Escape')
  await assertQuiet(page)
})

test('a reply and a forwarded message quote text, and nothing else', async () => {
  const { page } = opened
  await open(page, 'attack 0')
  for (const name of ['Reply', 'Forward']) {
    await page.locator('.answer-bar').getByRole('button', { name }).click()
    await page.locator('.composer-text').waitFor()
    assert.match(await page.locator('.composer-text').inputValue(), /the end of attack 0/)
    await page.getByRole('button', { name: 'Discard' }).click()
    await page.locator('.composer-text').waitFor({ state: 'detached' })
  }
  await assertQuiet(page)
})

test('the frame has no origin, no network and no way to the page', async () => {
  const { page } = opened
  await open(page, 'attack 0')
  await page.getByRole('button', { name: 'Show formatted' }).click()
  await page.frameLocator('.html-frame').getByText('the end of attack 0').waitFor()
  const frame = frameOf(page)
  assert.equal(await frame.evaluate('window.origin'), 'null')
  const tries = [
    `fetch('/jmap/session').then(() => 'reached', () => 'stopped')`,
    `new Promise((resolve) => { const image = new Image(); image.onload = () => resolve('reached'); image.onerror = () => resolve('stopped'); image.src = '/mark.svg' })`,
    `(() => { try { return parent.document ? 'reached' : 'stopped' } catch { return 'stopped' } })()`,
    `(() => { try { localStorage.length; return 'reached' } catch { return 'stopped' } })()`,
    `(() => { try { document.body.innerHTML = '<b>x</b>'; return 'reached' } catch { return 'stopped' } })()`,
  ]
  for (const code of tries) assert.equal(await frame.evaluate(code), 'stopped', code)
})
