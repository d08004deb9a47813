// The pictures of the README: a Mailkeep with invented mail, from no people, looked at by Chromium. `sh tools/run tools/screenshots.ts`; with a folder as argument,
// every page at every width, to be looked at while one works on the pages.

import fs from 'node:fs'
import path from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { JmapClient, launchBrowser, logIn, openPage, rowOf, rows } from '../test/browser.ts'
import { type Mailkeep, startMailkeep } from '../test/harness.ts'
import { inventedJunk, inventedMailbox } from '../test/invented-mail.ts'

const ADDRESS = 'me@example.org'
const PASSWORD = 'a long pass phrase'

interface Look {
  readonly width: number
  readonly height: number
  readonly scheme: 'light' | 'dark'
}

async function enter(browser: Browser, mailkeep: Mailkeep, { width, height, scheme }: Look): Promise<Page> {
  const isPhone = width < 500
  const { page, problems } = await openPage(browser, mailkeep, {
    viewport: { width, height },
    colorScheme: scheme,
    hasTouch: isPhone,
    isMobile: isPhone,
    locale: 'en-GB',
    reducedMotion: 'reduce',
  })
  page.on('close', () => problems.length > 0 && console.log(problems))
  await logIn(page, ADDRESS, PASSWORD)
  await rows(page).first().waitFor()
  return page
}

async function openConversation(page: Page, subject: string): Promise<void> {
  await rowOf(page, subject).locator('.row-link').click()
  await page.locator('.message-body').last().waitFor()
  await page.waitForTimeout(900)
}

async function readme(browser: Browser, mailkeep: Mailkeep, folder: string): Promise<void> {
  fs.mkdirSync(folder, { recursive: true })
  const wide = await enter(browser, mailkeep, { width: 1280, height: 800, scheme: 'light' })
  await openConversation(wide, 'Re: Plan for the orchard path')
  await wide.mouse.move(900, 700)
  await wide.screenshot({ path: path.join(folder, 'webmail.png') })
  await wide.close()
  const phone = await enter(browser, mailkeep, { width: 390, height: 780, scheme: 'dark' })
  await phone.screenshot({ path: path.join(folder, 'webmail-phone.png') })
  await phone.close()
}

async function everything(browser: Browser, mailkeep: Mailkeep, folder: string): Promise<void> {
  fs.mkdirSync(folder, { recursive: true })
  for (const scheme of ['light', 'dark'] as const) {
    for (const [width, height] of [
      [360, 740],
      [768, 1024],
      [1280, 800],
      [1920, 1080],
    ] as const) {
      const shoot = (page: Page, name: string): Promise<Buffer> =>
        page.screenshot({ path: path.join(folder, `${name}-${width}-${scheme}.png`) })
      const page = await enter(browser, mailkeep, { width, height, scheme })
      await shoot(page, 'list')
      await openConversation(page, 'Re: Plan for the orchard path')
      await shoot(page, 'conversation')
      if (width < 700) await page.getByRole('button', { name: 'Back to the list' }).click()
      await openConversation(page, 'Your tickets for “The Lighthouse Keepers”')
      await page.getByRole('button', { name: 'Show formatted' }).click()
      await page.waitForTimeout(700)
      await shoot(page, 'formatted')
      await page.getByRole('button', { name: 'Reply', exact: true }).last().click()
      await page.locator('.composer-text').waitFor()
      await page.waitForTimeout(300)
      await shoot(page, 'composer')
      await page.getByRole('button', { name: 'Discard' }).click()
      await page.goto(`${page.url().split('#')[0]}#/settings`)
      await page.getByRole('heading', { name: 'Settings' }).waitFor()
      await shoot(page, 'settings')
      await page.getByRole('button', { name: 'Passwords and keys' }).click()
      await page.locator('.slot-row').first().waitFor()
      await shoot(page, 'passwords')
      await page.close()
    }
  }
}

const mailkeep = await startMailkeep({ accounts: { [ADDRESS]: PASSWORD } })
const browser = await launchBrowser()
try {
  const client = await JmapClient.logIn(mailkeep, ADDRESS, PASSWORD)
  await client.import(inventedMailbox())
  await client.import(inventedJunk(), 'junk')
  const [folder] = process.argv.slice(2)
  if (folder === undefined) await readme(browser, mailkeep, path.join(import.meta.dirname, '../docs/screenshots'))
  else await everything(browser, mailkeep, folder)
} finally {
  await browser.close()
  await mailkeep[Symbol.asyncDispose]()
}
