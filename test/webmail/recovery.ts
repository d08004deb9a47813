// The page "Recovery": a new code and its sheet, tried out and printed; shares, tried out; and the operator's request, which is refused.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { mustRun, temporaryDirectory } from '../harness.ts'
import { OFFICE, PASSWORD, asOwner, mailkeep, notice } from './scene.ts'

async function confirm(page: Page, action: string): Promise<void> {
  await page.getByLabel('Your password').fill(PASSWORD)
  await page.getByRole('button', { name: action, exact: true }).click()
}

async function tryOut(page: Page, typed: string): Promise<void> {
  await page.getByLabel('Recovery code, or shares, one a line').fill(typed)
  await page.getByRole('button', { name: 'Try it', exact: true }).click()
}

/** What a scanner reads of what is printed, page by page. */
async function scanned(page: Page, format: 'A4' | 'Letter'): Promise<string[]> {
  using folder = temporaryDirectory()
  fs.writeFileSync(`${folder.path}/printed.pdf`, await page.pdf({ format }))
  await mustRun('pdftoppm', ['-r', '100', '-png', `${folder.path}/printed.pdf`, `${folder.path}/page`])
  const pages = fs.readdirSync(folder.path).filter((name) => name.endsWith('.png'))
  const read = pages.sort().map((name) => mustRun('zbarimg', ['--quiet', '--raw', `${folder.path}/${name}`]))
  return (await Promise.all(read)).map((text) => text.trim())
}

test('a new recovery code is printed, tried out, and its sheet made again from it', async () => {
  await asOwner(OFFICE, async (page) => {
    await page.evaluate(`location.hash = '#/recovery'`)
    await page.getByRole('button', { name: 'Make a new recovery code…' }).click()
    await page.getByLabel('Your password').fill('wrong')
    await page.getByRole('button', { name: 'Make it', exact: true }).click()
    await page.getByRole('alert').getByText('The password is wrong.').waitFor()
    await confirm(page, 'Make it')
    await page.getByRole('heading', { name: 'Your new recovery code' }).waitFor()
    const code = (await page.locator('.preview .code-text').innerText()).replaceAll('\n', '')
    assert.match(code, /^[0-9A-Z]{5}(?:-[0-9A-Z]{5}){6}$/)
    for (const format of ['A4', 'Letter'] as const) assert.deepEqual(await scanned(page, format), [code])
    await page.getByRole('button', { name: 'I have it on paper' }).click()
    await page.getByText('Nobody has tried it out yet.').waitFor()
    await tryOut(page, code.replace(/^.{5}/, '00000'))
    await page.getByText('look for a mistyped character').waitFor()
    await tryOut(page, code.toLowerCase())
    await page.getByText('This recovery code opens your account.').waitFor()
    await page.getByText('Proven to open your account').waitFor()
    await page.getByRole('button', { name: 'Make a sheet of it' }).click()
    await page.getByRole('heading', { name: 'Your recovery sheet' }).waitFor()
    assert.equal((await page.locator('.preview .code-text').innerText()).replaceAll('\n', ''), code)
    await page.getByRole('button', { name: 'I have it on paper' }).click()
  })
})

test('shares are made, printed on a page each, tried out, and ended', async () => {
  await asOwner(OFFICE, async (page) => {
    await page.evaluate(`location.hash = '#/recovery'`)
    await page.getByRole('button', { name: 'Make shares…' }).click()
    for (const [at, name] of ['Ann', 'Bo', 'Cy'].entries()) {
      await page.getByLabel(`Contact ${at + 1}`, { exact: true }).fill(name)
    }
    await page.getByRole('button', { name: 'Make the shares…' }).click()
    await confirm(page, 'Make them')
    await page.getByRole('heading', { name: 'Your new shares' }).waitFor()
    const shares = await page.locator('.preview .code-text').allInnerTexts()
    assert.deepEqual(await scanned(page, 'A4'), shares)
    await page.getByRole('button', { name: 'I have them on paper' }).click()
    await page.getByText('Ann, Bo, Cy: any 2 of 3 open your account together.').waitFor()
    await tryOut(page, shares[0] ?? '')
    await page.getByText('2 shares are needed, and 1 is here: 1 more.').waitFor()
    await tryOut(page, shares.slice(1).join('\n'))
    await page.getByText('These shares open your account.').waitFor()
    await page.getByRole('button', { name: 'End them…' }).click()
    await confirm(page, 'End them')
    await notice(page, 'The shares open nothing any more.').waitFor()
  })
})

test('what the operator asks is said on every page, and refused', async () => {
  await asOwner(OFFICE, async (page) => {
    await page.evaluate(`location.hash = '#/recovery'`)
    await page.getByRole('button', { name: 'Choose low security…' }).click()
    await confirm(page, 'Choose low security')
    await page.getByText('Low security.', { exact: true }).first().waitFor()
    await mailkeep.mustCli(['account', 'escrow', 'request', OFFICE])
    await page.evaluate(`location.hash = '#/'`)
    await page.reload()
    const banner = page.getByRole('alert').filter({ hasText: 'The operator asked to open your account.' })
    await banner.waitFor()
    await banner.getByRole('button', { name: 'Refuse' }).click()
    await notice(page, 'Refused').waitFor()
    await banner.waitFor({ state: 'hidden' })
    assert.match(await mailkeep.mustCli(['account', 'escrow', 'status', OFFICE]), /refused by the owner/)
  })
})
