// Every page and state of the webmail, light and dark, on a phone and a desk: axe finds nothing, and nothing is wider than the window.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from 'playwright-core'
import { logIn, openPage, rowOf, rows } from '../browser.ts'
import { PASSWORD, READER, browser, mailkeep } from './scene.ts'

/** What is wrong with the page as it is. What a message itself does wrong is its sender's. */
async function wrongWith(page: Page, state: string, rules: readonly string[] | null): Promise<string[]> {
  const axe = new AxeBuilder({ page }).exclude('.html-frame')
  const { violations } = await (rules === null ? axe : axe.withRules([...rules])).analyze()
  const wrong = violations.map(
    ({ id, nodes }) => `${state}: ${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`,
  )
  const overflow = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')
  return overflow === 0 ? wrong : [...wrong, `${state}: wider than the window by ${String(overflow)} px`]
}

for (const colorScheme of ['light', 'dark'] as const) {
  for (const width of [360, 1280]) {
    test(`${colorScheme}, ${width} px`, async () => {
      await using opened = await openPage(browser, mailkeep, {
        viewport: { width, height: 760 },
        colorScheme,
        hasTouch: width < 700,
        isMobile: width < 700,
        reducedMotion: 'reduce',
      })
      const { page } = opened
      const isNarrow = width < 700
      const wrong: string[] = []
      // What is dark differs by its colours only.
      const rules = colorScheme === 'dark' ? ['color-contrast'] : null
      const check = async (state: string): Promise<void> => void wrong.push(...(await wrongWith(page, state, rules)))
      await page.getByRole('button', { name: 'Log in' }).waitFor()
      await check('log-in')
      if (colorScheme === 'light') {
        await logIn(page, READER, 'wrong')
        await page.getByRole('alert').waitFor()
        await check('refused')
      }
      await logIn(page, READER, PASSWORD)
      await rows(page).first().waitFor()
      await page.locator('.mailbox .icon-button:enabled').first().waitFor({ state: 'attached' })
      await check('list')
      if (isNarrow) {
        await page.getByRole('button', { name: 'Mailboxes' }).click()
        await check('mailboxes')
        await page.keyboard.press('Escape')
      }
      await rows(page).first().locator('.row-select input').click({ force: true })
      await check('selection')
      await page.keyboard.press('v')
      await page.getByRole('combobox', { name: 'Mailbox' }).waitFor()
      await check('move')
      await page.keyboard.press('Escape')
      await page.getByRole('dialog').waitFor({ state: 'detached' })
      await page.keyboard.press('Escape')
      await page.keyboard.press('?')
      await page.getByRole('dialog').waitFor()
      await check('keys')
      await page.keyboard.press('Escape')
      await page.getByRole('dialog').waitFor({ state: 'detached' })
      await rowOf(page, 'Re: Plan for the orchard path').locator('.row-link').click()
      await page.locator('.message-body').last().waitFor()
      await page.locator('.message-to').last().click()
      await check('conversation')
      await page.getByRole('button', { name: 'More', exact: true }).last().click()
      await page.getByRole('menu').waitFor()
      await check('menu')
      await page.keyboard.press('Escape')
      await page.getByRole('menu').waitFor({ state: 'detached' })
      await page.keyboard.press('r')
      await page.locator('.composer-text').waitFor()
      await check('reply')
      await page.getByRole('button', { name: 'Discard' }).click()
      if (isNarrow) await page.getByRole('button', { name: 'Back to the list' }).click()
      await rowOf(page, 'Your tickets for “The Lighthouse Keepers”').locator('.row-link').click()
      await page.getByRole('button', { name: 'Show formatted' }).click()
      await page.locator('.privacy-note').waitFor()
      await check('formatted')
      await page.evaluate(`location.hash = '#/search/nothingatall'`)
      await page.getByText('Nothing found').waitFor()
      await check('nothing found')
      await page.evaluate(`location.hash = '#/settings'`)
      await page.getByRole('heading', { name: 'Settings' }).waitFor()
      await check('settings')
      assert.deepEqual(wrong, [])
    })
  }
}

test('a lost connection is told, and mail is there again when it is back', async () => {
  await using opened = await openPage(browser, mailkeep, { reducedMotion: 'reduce' })
  const { page } = opened
  await logIn(page, READER, PASSWORD)
  await rows(page).first().waitFor()
  await page.context().setOffline(true)
  await rows(page).nth(2).locator('.row-flag').click({ force: true })
  await page.getByText(/Not done, and put back\. The server cannot be reached\./).waitFor()
  await page.getByText(/^Not connected\./).waitFor()
  await page.context().setOffline(false)
  await page.getByText(/^Not connected\./).waitFor({ state: 'detached' })
})
