// What the webmail's owner does in a day.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { JmapClient, logIn, openPage, rowOf, rows } from '../browser.ts'
import { swaks } from '../imap-client.ts'
import { makeMail } from '../invented-mail.ts'
import { ME, OFFICE, PASSWORD, asOwner, browser, mailboxLink, mailkeep, notice, openRow } from './scene.ts'

test('a wrong password is refused in plain words, the right one opens, and logging out ends the session', async () => {
  await using opened = await openPage(browser, mailkeep)
  const { page } = opened
  await logIn(page, ME, 'wrong')
  await page.getByRole('alert').getByText('That name and password do not belong together.').waitFor()
  await logIn(page, ME, PASSWORD)
  await rows(page).first().waitFor()
  const token = await page.evaluate(
    () => (JSON.parse(sessionStorage.getItem('mailkeep.token') ?? '{}') as { token: string }).token,
  )
  await page.reload()
  await rows(page).first().waitFor()
  await page.getByRole('button', { name: 'Log out' }).click()
  await page.getByRole('button', { name: 'Log in' }).waitFor()
  assert.equal(await page.evaluate(() => sessionStorage.length + localStorage.length), 0)
  const session = await page.request.get(`${page.url().split('#')[0]}jmap/session`, {
    headers: { Authorization: `Bearer ${token}` },
  })
  assert.equal(session.status(), 401)
})

test('a conversation is read: older messages folded, quotes folded, attachments there, unread no longer', async () => {
  await asOwner(ME, async (page) => {
    await openRow(page, 'Re: Plan for the orchard path')
    assert.equal(await page.locator('.message-closed').count(), 2)
    await page.getByText('Then Saturday at ten it is.').first().waitFor()
    assert.equal(await page.getByText('> The shed is open on Saturday').count(), 0)
    await page.getByRole('button', { name: /^Quoted text/ }).click()
    await page.getByText('> The shed is open on Saturday').waitFor()
    await page
      .getByRole('button', { name: /Tool shed/ })
      .first()
      .click()
    const download = page.waitForEvent('download')
    await page.getByRole('button', { name: /drains-2024\.pdf/ }).click()
    const file = await download
    assert.equal(file.suggestedFilename(), 'drains-2024.pdf')
    await rows(page).and(page.locator('.row-unread')).filter({ hasText: 'orchard path' }).waitFor({ state: 'detached' })
  })
})

test('a reply arrives at its recipient, in the same conversation, and the answer comes by itself', async () => {
  const office = await JmapClient.logIn(mailkeep, OFFICE, PASSWORD)
  await office.import([
    makeMail({
      from: ME,
      to: OFFICE,
      subject: 'Soup on Saturday',
      text: 'Shall I bring bread?\n',
      ago: 60_000,
      id: 'soup@example.org',
    }),
  ])
  await asOwner(OFFICE, async (page) => {
    await openRow(page, 'Soup on Saturday')
    await page.keyboard.press('r')
    await page.locator('.composer-text').waitFor()
    await page.keyboard.type('Yes, the dark one.')
    await page.keyboard.press('Control+Enter')
    await notice(page, 'Sent.').waitFor()
    await mailboxLink(page, 'Sent').click()
    await rowOf(page, 'Re: Soup on Saturday').waitFor()
  })
  await asOwner(ME, async (page) => {
    await openRow(page, 'Re: Soup on Saturday')
    await page.getByText('Yes, the dark one.').last().waitFor()
    const client = await JmapClient.logIn(mailkeep, ME, PASSWORD)
    const found = (await client.call('Email/query', { filter: { subject: 'Soup' } })) as { ids: string[] }
    const { list } = (await client.call('Email/get', { ids: found.ids })) as { list: Record<string, unknown>[] }
    assert.deepEqual(list[0]?.['inReplyTo'], ['soup@example.org'])
    assert.deepEqual(list[0]?.['references'], ['soup@example.org'])
  })
})

test('archive, delete and move can be undone; what is deleted in Trash is gone after a question', async () => {
  await asOwner(ME, async (page) => {
    const row = rowOf(page, 'Invoice 2026-118')
    for (const [key, done] of [
      ['e', 'archived'],
      ['#', 'moved to Trash'],
      ['!', 'marked as junk'],
    ] as const) {
      await row.locator('.row-link').focus()
      await row.locator('.row-select input').click({ force: true })
      await page.keyboard.press(key)
      await notice(page, `Conversation ${done}.`).waitFor()
      await row.waitFor({ state: 'detached' })
      await page.getByRole('button', { name: 'Undo' }).click()
      await row.waitFor()
    }
    await row.locator('.row-select input').click({ force: true })
    await page.keyboard.press('#')
    await row.waitFor({ state: 'detached' })
    await mailboxLink(page, 'Trash').click()
    await row.locator('.row-select input').click({ force: true })
    await page.keyboard.press('#')
    await page.getByRole('alertdialog').getByRole('button', { name: 'Delete for ever' }).click()
    await page.getByText('Trash is empty').waitFor()
  })
})

test('search finds by words, sender and state', async () => {
  await asOwner(ME, async (page) => {
    const search = page.getByRole('searchbox')
    for (const [text, subject, count] of [
      ['ferry', 'Pictures from Sunday', 1],
      ['from:northline', 'Your journey on 4 December: platform change', 1],
      ['is:flagged lighthouse', 'Your tickets for “The Lighthouse Keepers”', 1],
      ['has:attachment subject:slides', 'Slides for Tuesday', 1],
    ] as const) {
      await page.keyboard.press('/')
      await search.fill(text)
      await search.press('Enter')
      await page.getByText(`${count} found`).waitFor()
      await rowOf(page, subject).waitFor()
    }
    await search.fill('nowhereatall')
    await search.press('Enter')
    await page.getByText('Nothing found').waitFor()
  })
})

test('a draft survives a reload, and is found in Drafts after it was closed', async () => {
  await asOwner(ME, async (page) => {
    await page.keyboard.press('c')
    await page.getByLabel('To', { exact: true }).fill('orchard@lists.example.net,')
    await page.getByLabel('Subject').fill('About the bench')
    await page.getByLabel('Message', { exact: true }).fill('It should stand by the wall.')
    await page.getByText('Saved in Drafts').waitFor()
    await page.reload()
    assert.equal(await page.getByLabel('Message', { exact: true }).inputValue(), 'It should stand by the wall.')
    await page.getByRole('button', { name: 'Close, and keep in Drafts' }).click()
    await mailboxLink(page, 'Drafts').click()
    await rowOf(page, 'About the bench').locator('.row-link').click()
    assert.equal(await page.getByLabel('Subject').inputValue(), 'About the bench')
    await page.getByRole('button', { name: 'Discard' }).click()
    await page.getByText('No drafts').waitFor()
  })
})

test('attachments go out and come back byte for byte', async () => {
  const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, at) => (at * 7919) & 255))
  await asOwner(ME, async (page) => {
    await page.keyboard.press('c')
    await page.getByLabel('To', { exact: true }).fill(`${ME},`)
    await page.getByLabel('Subject').fill('To myself')
    await page
      .locator('input[type=file]')
      .setInputFiles({ name: 'Größe.bin', mimeType: 'application/x-thing', buffer: bytes })
    await page.locator('.file').getByText('300 KB').waitFor()
    await page.locator('.file progress').waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'Send' }).click()
    await notice(page, 'Sent.').waitFor()
    await openRow(page, 'To myself')
    const download = page.waitForEvent('download')
    await page
      .getByRole('button', { name: /Größe\.bin/ })
      .first()
      .click()
    const stream = await (await download).createReadStream()
    const chunks: Buffer[] = []
    for await (const chunk of stream) chunks.push(chunk as Buffer)
    assert.ok(Buffer.concat(chunks).equals(bytes))
  })
})

test('mail that arrives appears by itself, and only what is new is asked for', async () => {
  await asOwner(ME, async (page) => {
    const bodies: string[] = []
    page.on('request', (request) => bodies.push(request.postData() ?? ''))
    await swaks({
      port: mailkeep.ports.smtp,
      from: 'ferries@example.net',
      to: ME,
      subject: 'The ferry is late',
      body: 'By an hour.',
    })
    await rowOf(page, 'The ferry is late').waitFor()
    await notice(page, /New mail from/).waitFor()
    page.removeAllListeners('request')
    assert.ok(bodies.some((body) => body.includes('Email/queryChanges')))
    assert.ok(!bodies.some((body) => body.includes('"Email/query"')))
  })
})

test('mailboxes are made, renamed and deleted', async () => {
  await asOwner(ME, async (page) => {
    await page.getByRole('button', { name: 'New mailbox' }).click()
    await page.getByLabel('Name').fill('Garden')
    await page.getByRole('button', { name: 'Create' }).click()
    await mailboxLink(page, 'Garden').waitFor()
    const row = rowOf(page, 'Key for the workshop')
    await row.locator('.row-select input').click({ force: true })
    await page.keyboard.press('v')
    await page.getByRole('combobox', { name: 'Mailbox' }).fill('gard')
    await page.keyboard.press('Enter')
    await row.waitFor({ state: 'detached' })
    await mailboxLink(page, 'Garden').click()
    await row.waitFor()
    await page.getByRole('button', { name: 'More for Garden' }).click()
    await page.getByRole('menuitem', { name: 'Rename or move' }).click()
    await page.getByLabel('Name').fill('Orchard')
    await page.getByRole('button', { name: 'Save' }).click()
    await mailboxLink(page, 'Orchard').waitFor()
    await page.getByRole('button', { name: 'More for Orchard' }).click()
    await page.getByRole('menuitem', { name: 'Rename or move' }).click()
    await page.getByRole('button', { name: 'Delete', exact: true }).click()
    await page.getByRole('alertdialog').getByRole('button', { name: 'Delete mailbox' }).click()
    await mailboxLink(page, 'Orchard').waitFor({ state: 'detached' })
    await mailboxLink(page, 'Trash').click()
    await row.waitFor()
  })
})

test('name and signature are kept with the account', async () => {
  await asOwner(ME, async (page) => {
    await page.getByRole('button', { name: 'Settings' }).click()
    await page.getByLabel('Your name, as others see it').fill('The garden')
    await page.getByLabel('Signature').fill('The garden\nOrchard Lane 4')
    await page.getByRole('button', { name: 'Save' }).click()
    await notice(page, 'Saved.').waitFor()
    await page.getByText('Dark', { exact: true }).click()
    assert.equal(await page.locator('html').getAttribute('data-theme'), 'dark')
    await page.reload()
    await page.getByRole('button', { name: 'Back to mail' }).click()
    await rows(page).first().waitFor()
    await page.keyboard.press('c')
    assert.match(await page.getByLabel('Message', { exact: true }).inputValue(), /\n-- \nThe garden\nOrchard Lane 4\n/)
    await page.keyboard.press('Escape')
    await page.locator('.composer').waitFor({ state: 'detached' })
  })
})

test('keys move, select and open', async () => {
  await asOwner(ME, async (page) => {
    await page.reload()
    await rows(page).first().waitFor()
    await page.keyboard.press('j')
    await rows(page).nth(0).locator('.row-link:focus').waitFor()
    await page.keyboard.press('j')
    await rows(page).nth(1).locator('.row-link:focus').waitFor()
    await page.keyboard.press('x')
    await page.keyboard.press('J')
    await page.getByText('2 selected').first().waitFor()
    await page.keyboard.press('Escape')
    await page.keyboard.press('Enter')
    await page.locator('.conversation-subject').waitFor()
    await page.keyboard.press('u')
    await page.locator('.conversation-subject').waitFor({ state: 'detached' })
    await page.keyboard.press('?')
    await page.getByRole('dialog').getByText('Next conversation').waitFor()
    await page.keyboard.press('Escape')
  })
})
