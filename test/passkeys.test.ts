// Passkeys in Debian's Chromium with an authenticator of its own: one is made, opens the mail without the password, and opens nothing any more when it is revoked.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import { after, before, test } from 'node:test'
import type { Browser, CDPSession, Page } from 'playwright-core'
import { JmapClient, launchBrowser, logIn, openPage, rowOf } from './browser.ts'
import { type Mailkeep, startMailkeep } from './harness.ts'

const ADA = 'ada@example.org'
const OWNER = 'the owner alone knows'
const SUBJECT = 'to be read without the password'
const LABEL = 'Security key'

let mailkeep: Mailkeep
let browser: Browser

before(async () => {
  const started = await Promise.all([launchBrowser(), startMailkeep({ accounts: { [ADA]: OWNER } })])
  ;[browser, mailkeep] = started
  const client = await JmapClient.logIn(mailkeep, ADA, OWNER)
  const message = `From: eve@example.net\r\nTo: ${ADA}\r\nSubject: ${SUBJECT}\r\n\r\nAs it is.\r\n`
  await client.import([{ bytes: Buffer.from(message), receivedAt: new Date('2026-11-01'), keywords: [] }])
})
after(async () => {
  await browser.close()
  await mailkeep[Symbol.asyncDispose]()
})

/** An authenticator that says of everybody that they are who they are. */
async function plugIn(devtools: CDPSession, hasPrf: boolean): Promise<AsyncDisposable> {
  const options = {
    protocol: 'ctap2',
    ctap2Version: 'ctap2_1',
    transport: 'internal',
    hasResidentKey: true,
    hasUserVerification: true,
    isUserVerified: true,
    hasPrf,
  } as const
  const { authenticatorId } = await devtools.send('WebAuthn.addVirtualAuthenticator', { options })
  return {
    async [Symbol.asyncDispose]() {
      await devtools.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId })
    },
  }
}

async function makeOne(page: Page, password = OWNER): Promise<void> {
  await page.getByRole('button', { name: 'New passkey' }).click()
  await page.getByLabel('What you call it').fill(LABEL)
  await page.getByLabel('Your own password').fill(password)
  await page.getByRole('button', { name: 'Make it' }).click()
}

async function passkeys(): Promise<readonly { label: string; host: string; lastUsed: object }[]> {
  const listed = await mailkeep.mustCli(['account', 'passkey', 'list', ADA, '--json'])
  return JSON.parse(listed) as { label: string; host: string; lastUsed: object }[]
}

test('a passkey is made, opens the mail, and is revoked', async () => {
  await using opened = await openPage(browser, mailkeep, { locale: 'en-GB', reducedMotion: 'reduce' }, 'localhost')
  const { page, strays, problems } = opened
  const devtools = await page.context().newCDPSession(page)
  await devtools.send('WebAuthn.enable')
  await logIn(page, ADA, OWNER)
  await rowOf(page, SUBJECT).waitFor()
  await page.evaluate(`location.hash = '#/passwords'`)
  await page.getByText('There is none yet.').first().waitFor()

  {
    await using _ = await plugIn(devtools, false)
    await makeOne(page, 'not that')
    await page.getByText('That is not your password.').waitFor()
    await page.getByLabel('Your own password').fill(OWNER)
    await page.getByRole('button', { name: 'Make it' }).click()
    await page.getByRole('alert').getByText('This passkey cannot open your mail').waitFor()
    await page.getByRole('button', { name: 'Cancel' }).click()
    assert.deepEqual(await passkeys(), [])
  }

  await using _ = await plugIn(devtools, true)
  await makeOne(page)
  await page.getByRole('button', { name: 'Use it once' }).click()
  await page.locator('.notice').getByText('The passkey is stored').waitFor()
  const row = page.locator('.slot-row', { hasText: LABEL })
  await row.getByText('For localhost, on one device').waitFor()
  await row.getByText('Not used yet').waitFor()
  // The same device keeps no second one.
  await makeOne(page)
  await page.getByText('There is a passkey for this account on that device already.').waitFor()
  await page.getByRole('button', { name: 'Cancel' }).click()

  await page.getByRole('button', { name: 'Log out' }).click()
  await page.getByRole('button', { name: 'Log in with a passkey' }).click()
  await rowOf(page, SUBJECT).locator('.row-link').click()
  await page.locator('.message-body').getByText('As it is.').waitFor()
  const [listed] = await passkeys()
  assert.deepEqual([listed?.label, listed?.host, Object.keys(listed?.lastUsed ?? {})], [LABEL, 'localhost', ['jmap']])
  assert.match(await mailkeep.mustCli(['account', 'slots', ADA]), /passkey +no +Security key +the webmail at localhost/)

  await mailkeep.mustCli(['account', 'passkey', 'revoke', ADA, LABEL, '--password-stdin'], { input: `${OWNER}\n` })
  await page.getByText('You have been logged out.').waitFor()
  await page.getByRole('button', { name: 'Log in with a passkey' }).click()
  await page.getByText('That passkey opens no mail here. It may have been revoked.').waitFor()
  await logIn(page, ADA, OWNER)
  await rowOf(page, SUBJECT).waitFor()
  assert.deepEqual(strays, [])
  // The console calls an error what was refused, and the stream of events that was cut when the passkey was revoked.
  const expected = /status of 401|ERR_INCOMPLETE_CHUNKED_ENCODING/
  const others = problems.filter((text) => !expected.test(text))
  assert.deepEqual(others, [])
})

test('at an IP address the page says where passkeys work', async () => {
  await using opened = await openPage(browser, mailkeep)
  const { page } = opened
  await page.getByRole('link', { name: `localhost:${mailkeep.ports.http}` }).waitFor()
  assert.equal(await page.getByRole('button', { name: 'Log in with a passkey' }).count(), 0)
})

test('a challenge and a handle tell nothing of whether there is such an account', async () => {
  const base = `http://127.0.0.1:${mailkeep.ports.http}/auth/passkey`
  const post = (path: string, body: unknown): Promise<Response> =>
    fetch(base + path, { method: 'POST', body: JSON.stringify(body) })
  const outcomes: unknown[] = []
  const accounts = JSON.parse(await mailkeep.mustCli(['account', 'list', '--json'])) as { id: string }[]
  for (const account of [accounts[0]?.id ?? '', 'ab'.repeat(16), '00'.repeat(16)]) {
    const { challenge } = (await (await post('/challenge', {})).json()) as { challenge: string }
    const response = await post('', {
      challenge,
      credentialId: 'AAAA',
      userHandle: Buffer.from(account, 'hex').toString('base64url'),
      clientDataJSON: 'e30',
      authenticatorData: 'AAAA',
      signature: 'AAAA',
      prf: Buffer.alloc(32).toString('base64url'),
    })
    outcomes.push([response.status, await response.text()])
  }
  assert.deepEqual(
    outcomes,
    Array.from({ length: 3 }, () => [401, '{"error":"refused"}']),
  )
})

test('neither what opens the mail nor the label is in the log', () => {
  const log = fs.readFileSync(`${mailkeep.directory}/mailkeep.log`, 'utf8')
  assert.match(log, /session\.begin.*by=passkey/)
  for (const word of [OWNER, LABEL, ADA]) assert.ok(!log.includes(word), word)
})
