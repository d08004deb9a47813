// More mail than a page ever loads: what is said to be done to all of it is done to all of it.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { JmapClient, rows } from '../browser.ts'
import { ARCHIVE, PASSWORD, asOwner, mailboxLink, mailkeep, notice } from './scene.ts'

const MANY = 1200
const client = await JmapClient.logIn(mailkeep, ARCHIVE, PASSWORD)
await clearInbox()
await make('inbox', MANY)

/** Messages in a mailbox, as the server counts them. */
async function countIn(role: string): Promise<number> {
  const { list } = (await client.call('Mailbox/get', { ids: [await client.mailbox(role)] })) as {
    list: { totalEmails: number }[]
  }
  return list[0]?.totalEmails ?? -1
}

/** Of the welcome that new accounts have. */
async function clearInbox(): Promise<void> {
  const { ids } = await client.call('Email/query', { filter: { inMailbox: await client.mailbox('inbox') } })
  await client.call('Email/set', { destroy: ids })
}

/** Each is a conversation of its own. */
async function make(role: string, count: number): Promise<void> {
  const mailbox = await client.mailbox(role)
  for (let at = 0; at < count; at += 600) {
    const create = Object.fromEntries(
      Array.from({ length: Math.min(600, count - at) }, (_, index) => [
        `m${index}`,
        {
          mailboxIds: { [mailbox]: true },
          from: [{ name: 'A list', email: 'list@example.net' }],
          subject: `Digest ${at + index + 1}`,
          receivedAt: new Date(Date.UTC(2026, 0, 1) + (at + index) * 60_000).toISOString().replace('.000', ''),
          textBody: [{ partId: 'text', type: 'text/plain' }],
          bodyValues: { text: { value: `Number ${at + index + 1}.` } },
        },
      ]),
    )
    const { notCreated } = await client.call('Email/set', { create })
    assert.equal(notCreated ?? null, null)
  }
}

async function selectAll(page: Page): Promise<void> {
  await rows(page).first().locator('.row-select input').click({ force: true })
  await page.getByRole('button', { name: 'Select all 1,200 conversations' }).click()
  await page.getByText('1,200 selected', { exact: true }).waitFor()
}

test('all conversations are selected, also those that were never loaded, and what is done to them can be undone', async () => {
  await asOwner(ARCHIVE, async (page) => {
    await selectAll(page)
    await page.getByRole('button', { name: 'Read, or unread' }).click()
    await notice(page, '1,200 conversations marked as read.').waitFor()
    const { total } = await client.call('Email/query', { filter: { notKeyword: '$seen' }, calculateTotal: true })
    assert.equal(total, 0)
    await selectAll(page)
    // But not this one.
    await rows(page).nth(1).locator('.row-select input').click({ force: true })
    await page.getByText('1,199 selected', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Archive', exact: true }).click()
    await notice(page, '1,199 conversations archived.').waitFor()
    assert.deepEqual([await countIn('inbox'), await countIn('archive')], [1, MANY - 1])
    await page.getByText('Digest 1199', { exact: true }).waitFor()
    await page.locator('.row').nth(1).waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'Undo' }).click()
    await notice(page, '1,199 messages put back.').waitFor()
    assert.deepEqual([await countIn('inbox'), await countIn('archive')], [MANY, 0])
  })
})

test('Trash is emptied whole; when the server is lost it is told what is left, and can be gone on with', async () => {
  await asOwner(
    ARCHIVE,
    async (page) => {
      await selectAll(page)
      await page.keyboard.press('#')
      await notice(page, '1,200 conversations moved to Trash.').waitFor()
      await page.getByText('All done').waitFor()
      await mailboxLink(page, 'Trash').click()
      await rows(page).first().waitFor()
      const inArchive = await oneOfTrashInArchiveToo()
      // The second portion does not get through.
      let portions = 0
      await page.route('**/jmap/api', async (route) => {
        if (route.request().postData()?.includes('"destroy"') === true && ++portions === 2) await route.abort()
        else await route.fallback()
      })
      await page.getByRole('button', { name: 'Empty Trash' }).click()
      await page.getByRole('alertdialog').getByText('All 1,200 messages in it will be deleted for ever.').waitFor()
      await page.getByRole('button', { name: 'Delete all' }).click()
      await notice(page, /^Not finished: 200 of 1,200 messages deleted for ever, 1,000 left\./).waitFor()
      assert.equal(await countIn('trash'), 1000)
      await page.unroute('**/jmap/api')
      await page.getByRole('button', { name: 'Go on' }).click()
      await notice(page, '1,000 messages deleted for ever.').waitFor()
      await page.getByText('Trash is empty').waitFor()
      assert.equal(await countIn('trash'), 0)
      // What is elsewhere too stays there.
      const { list } = (await client.call('Email/get', { ids: [inArchive], properties: ['mailboxIds'] })) as {
        list: { mailboxIds: object }[]
      }
      assert.deepEqual(list[0]?.mailboxIds, { [await client.mailbox('archive')]: true })
    },
    ['Failed to load resource: net::ERR_FAILED'],
  )
})

async function oneOfTrashInArchiveToo(): Promise<string> {
  const filter = { inMailbox: await client.mailbox('trash') }
  const { ids } = (await client.call('Email/query', { filter, position: 700, limit: 1 })) as { ids: string[] }
  const id = ids[0] ?? ''
  await client.call('Email/set', { update: { [id]: { [`mailboxIds/${await client.mailbox('archive')}`]: true } } })
  return id
}
