// Every page and state of the webmail, light and dark, on a phone and a desk: axe finds nothing, and nothing is wider than the window. WEBMAIL_WIDTHS=360 is the phone
// alone.

import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { logIn, openPage, rowOf, rows } from '../browser.ts'
import { PASSWORD, READER, browser, mailkeep } from './scene.ts'

/** As its package for Playwright brings it, whose own way of running it (a new page for every look) takes five times as long. */
const { source } = createRequire(import.meta.resolve('@axe-core/playwright'))('axe-core') as { readonly source: string }

interface Violation {
  readonly id: string
  readonly nodes: readonly { readonly html: string }[]
}

/** What is wrong with the page as it is. What a message itself does wrong is its sender's. */
async function wrongWith(page: Page, state: string, rules: readonly string[] | null): Promise<string[]> {
  if ((await page.evaluate('typeof axe')) === 'undefined') await page.evaluate(source)
  const options = { resultTypes: ['violations'], ...(rules === null ? {} : { runOnly: rules }) }
  const violations = (await page.evaluate(
    `axe.run({ exclude: [['.html-frame']] }, ${JSON.stringify(options)}).then((found) => found.violations)`,
  )) as readonly Violation[]
  const wrong = violations.map(
    ({ id, nodes }) => `${state}: ${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`,
  )
  const overflow = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')
  return overflow === 0 ? wrong : [...wrong, `${state}: wider than the window by ${String(overflow)} px`]
}

test('what is wrong is noticed', async () => {
  await using opened = await openPage(browser, mailkeep, { reducedMotion: 'reduce' })
  const { page } = opened
  await page.getByRole('button', { name: 'Log in' }).waitFor()
  await page.evaluate(`document.querySelector('.login-words').style.color = '#ddd'`)
  await page.evaluate(`document.querySelector('label.field span').remove()`)
  const wrong = await wrongWith(page, 'broken', null)
  assert.deepEqual(
    wrong.map((text) => text.split(':')[1]?.trim()),
    ['color-contrast', 'label'],
  )
})

const WIDTHS = (process.env['WEBMAIL_WIDTHS'] ?? '360,1280').split(',').map(Number)

for (const width of WIDTHS) {
  test(`every state at ${width} px, light and dark`, async () => {
    const isNarrow = width < 700
    const options = {
      viewport: { width, height: 760 },
      colorScheme: 'light',
      hasTouch: isNarrow,
      isMobile: isNarrow,
      reducedMotion: 'reduce',
    } as const
    // At a name there are passkeys; at an address it is said where.
    await using opened = await openPage(browser, mailkeep, options, isNarrow ? 'localhost' : undefined)
    const { page } = opened
    const wrong: string[] = []
    const dress = async (colorScheme: 'light' | 'dark'): Promise<void> => {
      await page.emulateMedia({ colorScheme })
      // The colours are those of the next frame.
      await page.evaluate('new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))')
    }
    const check = async (state: string): Promise<void> => {
      wrong.push(...(await wrongWith(page, `${state}, light`, null)))
      // What is dark differs by its colours only.
      await dress('dark')
      wrong.push(...(await wrongWith(page, `${state}, dark`, ['color-contrast'])))
      await dress('light')
    }
    await page.getByRole('button', { name: 'Log in', exact: true }).waitFor()
    await check('log-in')
    await logIn(page, READER, 'wrong')
    await page.getByRole('alert').waitFor()
    await check('refused')
    await logIn(page, READER, PASSWORD)
    await rows(page).first().waitFor()
    await page.locator('.mailbox .icon-button:enabled').first().waitFor({ state: 'attached' })
    await check('list')
    if (isNarrow) {
      await page.getByRole('button', { name: 'Mailboxes' }).click()
      await check('mailboxes')
      await page.keyboard.press('Escape')
      await page.locator('.sidebar-veil').waitFor({ state: 'detached' })
    }
    await rows(page).first().locator('.row-select input').click({ force: true })
    await page.locator('.selection-bar').waitFor()
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
    await page.getByRole('button', { name: 'Passwords and keys' }).click()
    await page.locator('.slot-row').first().waitFor()
    await check('passwords')
    if (isNarrow) {
      await page.getByRole('button', { name: 'New passkey' }).click()
      await page.getByRole('dialog').waitFor()
      await check('new passkey')
      await page.keyboard.press('Escape')
      await page.getByRole('dialog').waitFor({ state: 'detached' })
    }
    await page.getByRole('button', { name: 'New app password' }).click()
    await page.getByRole('dialog').waitFor()
    await check('new app password')
    await page.getByLabel('Name of the program or device').fill(`Phone ${width}`)
    await page.getByLabel('Your own password').fill(PASSWORD)
    await page.getByRole('button', { name: 'Make it' }).click()
    await page.locator('.password-shown').waitFor()
    await check('app password')
    await page.getByRole('button', { name: 'Done' }).click()
    await page.getByRole('button', { name: `Revoke Phone ${width}` }).click()
    await page.getByRole('dialog').waitFor()
    await check('revoke')
    await page.keyboard.press('Escape')
    await page.evaluate(`location.hash = '#/past'`)
    await page.locator('.calendar-day').last().click()
    await page.locator('.past-mailbox').first().click()
    await page.locator('.past-row').first().click()
    await page.locator('.past-text').waitFor()
    await check('past')
    await page.getByRole('button', { name: 'Restore everything…' }).click()
    await page.locator('.restore-counts').waitFor({ state: 'attached' })
    await check('restore')
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await page.evaluate(`location.hash = '#/recovery'`)
    await page.getByRole('button', { name: 'Make shares…' }).click()
    await page.getByLabel('Recovery code, or shares, one a line').fill('nothing')
    await page.getByRole('button', { name: 'Try it', exact: true }).click()
    await page.locator('.form-problem').waitFor()
    await check('recovery')
    await page.getByRole('button', { name: 'Make a new recovery code…' }).click()
    await page.getByLabel('Your password').fill(PASSWORD)
    await check('password')
    await page.getByRole('button', { name: 'Make it', exact: true }).click()
    await page.locator('.preview .qr').waitFor()
    await check('sheet')
    assert.deepEqual(wrong, [])
  })
}
