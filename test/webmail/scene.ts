// What the webmail's tests share: one Mailkeep, one browser, and a window of each owner's.

import assert from 'node:assert/strict'
import { after } from 'node:test'
import { x25519IdentityFromScalar } from '#crypto/age/identity.ts'
import { formatRecipient } from '#crypto/age/recipient.ts'
import type { Browser, Locator, Page } from 'playwright-core'
import { JmapClient, type Opened, launchBrowser, logIn, openPage, rowOf, rows } from '../browser.ts'
import { type Mailkeep, startMailkeep } from '../harness.ts'
import { inventedJunk, inventedMailbox } from '../invented-mail.ts'

export const PASSWORD = 'a long pass phrase'
/** Has the invented mailbox; tests write to it. */
export const ME = 'me@example.org'
export const OFFICE = 'office@example.org'
/** Has the invented mailbox, and nobody changes it. */
export const READER = 'reader@example.org'
/** Has more mail than a page loads. */
export const ARCHIVE = 'archive@example.org'

/** The operator's; nobody here has its identity. */
const ESCROW_RECIPIENT = formatRecipient(x25519IdentityFromScalar(Buffer.alloc(32, 3)).recipient)

const accounts = Object.fromEntries([ME, OFFICE, READER, ARCHIVE].map((address) => [address, PASSWORD]))
export const [browser, mailkeep]: readonly [Browser, Mailkeep] = await Promise.all([
  launchBrowser(),
  startMailkeep({ accounts, config: `escrow: {recipient: ${ESCROW_RECIPIENT}}\n` }),
])
await Promise.all(
  [ME, READER].map(async (address) => {
    const client = await JmapClient.logIn(mailkeep, address, PASSWORD)
    await client.import(inventedMailbox())
    await client.import(inventedJunk(), 'junk')
  }),
)
after(async () => {
  await browser.close()
  await mailkeep[Symbol.asyncDispose]()
})

/** A window of each owner's, who logs in once. */
const windows = new Map<string, Opened>()

/** The owner's page, at their inbox. Its console has to stay clean but for what is `expected`, and its requests here. */
export async function asOwner(
  address: string,
  use: (page: Page) => Promise<void>,
  expected: readonly string[] = [],
): Promise<void> {
  let opened = windows.get(address)
  if (opened === undefined) {
    opened = await openPage(browser, mailkeep, { locale: 'en-GB', reducedMotion: 'reduce' })
    windows.set(address, opened)
    await logIn(opened.page, address, PASSWORD)
  }
  const { page, strays, problems } = opened
  await page.evaluate(`location.hash = '#/'`)
  await page.getByRole('heading', { name: 'Inbox' }).waitFor()
  await rows(page).first().waitFor()
  await use(page)
  assert.deepEqual(strays, [])
  assert.deepEqual(problems.splice(0), expected)
}

export function notice(page: Page, text: string | RegExp): Locator {
  return page.locator('.notice').getByText(text)
}

export async function openRow(page: Page, subject: string): Promise<void> {
  await rowOf(page, subject).locator('.row-link').click()
  await page.locator('.message-body').last().waitFor()
}

export function mailboxLink(page: Page, name: string): Locator {
  return page.getByRole('navigation', { name: 'Mailboxes' }).getByRole('link', { name })
}
