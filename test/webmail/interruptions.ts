// The server goes away, or no longer knows the session: nothing that was written is lost, and it is said what is the matter.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { logIn, openPage, rows } from '../browser.ts'
import { OFFICE, PASSWORD, READER, browser, mailboxLink, mailkeep } from './scene.ts'

async function write(page: Page, text: string): Promise<void> {
  await page.keyboard.press('c')
  await page.getByLabel('Message', { exact: true }).fill(text)
}

test('a lost connection is told; mail is there again when it is back, and a draft is saved then', async () => {
  await using opened = await openPage(browser, mailkeep, { reducedMotion: 'reduce' })
  const { page } = opened
  await logIn(page, READER, PASSWORD)
  await rows(page).first().waitFor()
  // The parts of the page that are loaded when they are needed.
  await write(page, 'Begun.')
  await page.getByText('Saved in Drafts').waitFor()
  await page.context().setOffline(true)
  await rows(page).nth(2).locator('.row-flag').click({ force: true })
  await page.getByText(/Not done, and put back\. The server cannot be reached\./).waitFor()
  await page.getByText(/^Not connected\./).waitFor()
  await page.getByLabel('Message', { exact: true }).fill('Written without a connection.')
  await page.getByText('Not saved', { exact: true }).waitFor()
  await page.getByRole('button', { name: 'Log out' }).click()
  await page.getByRole('alertdialog').getByText('Log out without the draft?').waitFor()
  await page.getByRole('button', { name: 'Cancel' }).click()
  await page.context().setOffline(false)
  await page.getByText(/^Not connected\./).waitFor({ state: 'detached' })
  await page.getByText('Saved in Drafts').waitFor()
  assert.equal(await page.getByLabel('Message', { exact: true }).inputValue(), 'Written without a connection.')
  await page.getByRole('button', { name: 'Discard' }).click()
  await mailboxLink(page, 'Drafts').click()
  await page.getByText('No drafts').waitFor()
})

test('a session that ended asks for the password alone, and what was being written is there again', async () => {
  await using opened = await openPage(browser, mailkeep, { reducedMotion: 'reduce' })
  const { page } = opened
  await logIn(page, OFFICE, PASSWORD)
  await rows(page).first().waitFor()
  await write(page, 'Not saved by then.')
  await page.evaluate(async () => {
    const { token } = JSON.parse(sessionStorage.getItem('mailkeep.token') ?? '{}') as { token: string }
    await fetch('/auth/logout', { method: 'POST', headers: { Authorization: `Bearer ${token}` } })
  })
  await page.getByText('You have been logged out. Log in to go on.').waitFor()
  assert.equal(await page.getByLabel('Address').inputValue(), OFFICE)
  await page.keyboard.type(PASSWORD)
  await page.keyboard.press('Enter')
  await rows(page).first().waitFor()
  assert.equal(await page.getByLabel('Message', { exact: true }).inputValue(), 'Not saved by then.')
  await page.getByText('Saved in Drafts').waitFor()
  await page.getByRole('button', { name: 'Discard' }).click()
})
