// The page "Passwords and keys": an app password is made, used, seen to have been used, and revoked; one's own password is changed.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import { test } from 'node:test'
import { ImapConnection } from '../imap-connection.ts'
import { JmapClient, logIn, openPage, rows } from '../browser.ts'
import { OFFICE, PASSWORD, asOwner, browser, mailkeep, notice } from './scene.ts'

test('an app password is made, shown once, used, and revoked', async () => {
  await asOwner(OFFICE, async (page) => {
    await page.getByRole('button', { name: 'Settings' }).click()
    await page.getByRole('button', { name: 'Passwords and keys' }).click()
    await page.getByText('Recovery code', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'New app password' }).click()
    await page.getByLabel('Name of the program or device').fill('Old phone')
    await page.getByLabel('Only read').check()
    await page.getByLabel('Your own password').fill('not that')
    await page.getByRole('button', { name: 'Make it' }).click()
    await page.getByText('That is not your password.').waitFor()
    await page.getByLabel('Your own password').fill(PASSWORD)
    await page.getByRole('button', { name: 'Make it' }).click()
    const password = (await page.locator('.password-shown code').textContent()) ?? ''
    assert.match(password, /^(?:[a-z]{4}-){4}[a-z]{4}$/)
    await page.getByRole('button', { name: 'Done' }).click()
    const downloaded = page.waitForEvent('download')
    await page.getByRole('link', { name: 'configuration profile' }).click()
    const profile = await downloaded
    assert.equal(profile.suggestedFilename(), 'mail.mobileconfig')
    const settings = fs.readFileSync(await profile.path(), 'utf8')
    assert.ok(settings.includes(`<string>${OFFICE}</string>`) && settings.includes(`<integer>${mailkeep.ports.imaps}<`))
    const row = page.locator('.slot-row', { hasText: 'Old phone' })
    await row.getByText('IMAP, POP3: may only read').waitFor()
    await row.getByText('Not used yet').waitFor()
    assert.equal(await page.getByText(password).count(), 0)

    using phone = await ImapConnection.login(mailkeep.ports.imap, OFFICE, password)
    assert.match((await phone.command('SELECT INBOX')).status, /^OK \[READ-ONLY\]/)
    await page.getByRole('button', { name: 'Back to settings' }).click()
    await page.getByRole('button', { name: 'Passwords and keys' }).click()
    await row.getByText('Last used').waitFor()

    await page.getByRole('button', { name: 'Revoke Old phone' }).click()
    await page.getByLabel('Your own password').fill(PASSWORD)
    await page.getByRole('button', { name: 'Revoke', exact: true }).click()
    await notice(page, 'Revoked.').waitFor()
    await row.waitFor({ state: 'detached' })
    assert.equal(await phone.response(), '* BYE This password was revoked')
  })
})

test('one’s own password is changed: this page stays logged in, and others with the old one end at once', async () => {
  await asOwner(OFFICE, async (page) => {
    await page.evaluate(`location.hash = '#/passwords'`)
    const change = async (from: string, to: string): Promise<void> => {
      await page.getByLabel('Password until now').fill(from)
      await page.getByLabel('New password', { exact: true }).fill(to)
      await page.getByLabel('New password, once more').fill(to)
      await page.getByRole('button', { name: 'Change the password' }).click()
    }
    await change('not that', 'another')
    await page.getByText('That is not your password.').waitFor()
    using other = await ImapConnection.login(mailkeep.ports.imap, OFFICE, PASSWORD)
    await change(PASSWORD, 'another')
    await notice(page, 'Your password is changed.').waitFor()
    assert.equal(await other.response(), '* BYE The password was changed: log in with the new one')
    await page.getByText('Recovery code', { exact: true }).waitFor()
    await assert.rejects(JmapClient.logIn(mailkeep, OFFICE, PASSWORD))
    await JmapClient.logIn(mailkeep, OFFICE, 'another')
    await change('another', PASSWORD)
    await page.getByRole('button', { name: 'Change the password' }).waitFor()
    await JmapClient.logIn(mailkeep, OFFICE, PASSWORD)
  })
})

test('with a password that may only read, mail is read and nothing is marked', async () => {
  const input = `${PASSWORD}\n`
  const args = ['account', 'app-password', 'add', OFFICE, '--label', 'Reading', '--access', 'read-only', '--json']
  const made = JSON.parse(await mailkeep.mustCli([...args, '--password-stdin'], { input })) as { password: string }
  await using opened = await openPage(browser, mailkeep, { locale: 'en-GB', reducedMotion: 'reduce' })
  const { page, problems } = opened
  await logIn(page, OFFICE, made.password)
  await rows(page).first().locator('.row-link').click()
  await page.locator('.message-body').last().waitFor()
  await page.evaluate(`location.hash = '#/passwords'`)
  await page.getByText('You came in with an app password').waitFor()
  assert.equal(await page.locator('.notice').count(), 0)
  assert.deepEqual(problems, [])
})
