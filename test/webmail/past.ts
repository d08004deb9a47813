// The page "Go back in time": mail that was deleted for good is found as it was then, looked at, and brought back, after a look at what would change.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { JmapClient, rowOf } from '../browser.ts'
import { OFFICE, PASSWORD, asOwner, mailkeep, notice } from './scene.ts'

const SUBJECT = 'The lost contract'
const TEXT = `From: Bo <bo@example.net>\r\nSubject: ${SUBJECT}\r\n\r\nIt is signed.\r\n`

async function idsOf(client: JmapClient): Promise<string[]> {
  const { ids } = await client.call('Email/query', { filter: { subject: SUBJECT } })
  return ids as string[]
}

test('a message that was deleted for good is found in the past, and comes back', async () => {
  const client = await JmapClient.logIn(mailkeep, OFFICE, PASSWORD)
  await client.import([{ bytes: Buffer.from(TEXT), receivedAt: new Date(), keywords: [] }])
  await asOwner(OFFICE, async (page) => {
    await rowOf(page, SUBJECT).waitFor()
    await client.call('Email/set', { destroy: await idsOf(client) })
    await rowOf(page, SUBJECT).waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'Go back in time' }).click()
    await page.getByRole('heading', { name: 'Go back in time' }).waitFor()

    // The change before the one that deleted it.
    await page.locator('.calendar-day').last().click()
    const changes = page.getByLabel('After which change')
    await changes.locator('option').nth(1).waitFor({ state: 'attached' })
    const options = await changes.locator('option').allTextContents()
    assert.match(options[0] ?? '', /1 deleted/)
    await changes.selectOption({ index: 1 })
    await page.locator('.past-mailbox', { hasText: 'Inbox' }).click()
    await page.locator('.past-row', { hasText: SUBJECT }).click()
    await page.getByText('It is signed.').last().waitFor()
    await page.getByRole('button', { name: 'Restore this message' }).click()
    await page.getByText('message comes back').waitFor()
    // The dry run has changed nothing.
    assert.deepEqual(await idsOf(client), [])
    await page.getByRole('button', { name: 'Restore', exact: true }).click()
    await page.getByText('Restored.').waitFor()
    assert.equal((await idsOf(client)).length, 1)
    await page.getByRole('button', { name: 'Undo' }).click()
    await notice(page, 'It is as it was before.').waitFor()
    assert.deepEqual(await idsOf(client), [])
    await page.getByRole('button', { name: 'Restore this mailbox…' }).click()
    await page.getByText('message comes back').waitFor()
    await page.getByRole('button', { name: 'Cancel' }).click()
  })
})
