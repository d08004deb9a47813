// Debian's Chromium on the webmail of a Mailkeep under test, and a JMAP client to prepare an account and to look behind the page. It is the one
// without windows that nobody sees: half of the processor time.

import { type Browser, type BrowserContextOptions, type Page, chromium } from 'playwright-core'
import { buildWeb } from '../web/build.ts'
import type { Mailkeep } from './harness.ts'
import type { MadeMail } from './invented-mail.ts'

export async function launchBrowser(): Promise<Browser> {
  await buildWeb({ ifChanged: true })
  return chromium.launch({
    executablePath: '/usr/bin/chromium-headless-shell',
    // As root Chromium has no sandbox of its own; the rest keeps it from asking the world for anything.
    args: [
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
    ],
  })
}

function addressOf({ ports }: Mailkeep, host = '127.0.0.1'): string {
  return `http://${host}:${ports.http}`
}

export interface Opened extends AsyncDisposable {
  readonly page: Page
  /** Requests to anywhere but the server, of whatever sort, and those that a policy stopped. */
  readonly strays: readonly string[]
  /** What the console called an error: broken scripts, and what the content security policy refused. */
  readonly problems: string[]
}

/** A window of its own on the webmail. At `localhost` there are passkeys. */
export async function openPage(
  browser: Browser,
  mailkeep: Mailkeep,
  options: BrowserContextOptions = {},
  host?: 'localhost',
): Promise<Opened> {
  const base = addressOf(mailkeep, host)
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options })
  const strays: string[] = []
  const problems: string[] = []
  await context.route('**/*', async (route) => {
    const url = route.request().url()
    if (url.startsWith(`${base}/`) || url.startsWith('blob:') || url.startsWith('data:')) await route.continue()
    else {
      strays.push(url)
      await route.abort()
    }
  })
  context.on('request', (request) => {
    const url = request.url()
    if (!url.startsWith(base) && !url.startsWith('blob:') && !url.startsWith('data:')) strays.push(url)
  })
  const page = await context.newPage()
  page.setDefaultTimeout(10_000)
  page.on('pageerror', (error) => problems.push(String(error)))
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text())
  })
  await page.goto(`${base}/`)
  return { page, strays, problems, [Symbol.asyncDispose]: () => context.close() }
}

export async function logIn(page: Page, address: string, password: string): Promise<void> {
  await page.getByLabel('Address').fill(address)
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Log in', exact: true }).click()
}

/** Rows of the list, from above. */
export function rows(page: Page): ReturnType<Page['locator']> {
  return page.locator('.row:not(.row-skeleton)')
}

export function rowOf(page: Page, subject: string): ReturnType<Page['locator']> {
  return rows(page).filter({ has: page.locator('.row-subject').getByText(subject, { exact: true }) })
}

type Call = readonly [method: string, args: Record<string, unknown>, id: string]

export class JmapClient {
  readonly #base: string
  readonly #token: string
  readonly accountId: string

  private constructor(base: string, token: string, accountId: string) {
    this.#base = base
    this.#token = token
    this.accountId = accountId
  }

  static async logIn(mailkeep: Mailkeep, name: string, password: string): Promise<JmapClient> {
    const base = addressOf(mailkeep)
    const login = await fetch(`${base}/auth/login`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ name, password }),
    })
    if (!login.ok) throw new Error(`login: ${login.status}`)
    const { token } = (await login.json()) as { token: string }
    const session = await fetch(`${base}/jmap/session`, { headers: { Authorization: `Bearer ${token}` } })
    const { primaryAccounts } = (await session.json()) as { primaryAccounts: Record<string, string> }
    return new JmapClient(base, token, primaryAccounts['urn:ietf:params:jmap:mail'] as string)
  }

  async #post(path: string, body: string | Uint8Array<ArrayBuffer>, type: string): Promise<unknown> {
    const headers = { Authorization: `Bearer ${this.#token}`, 'Content-Type': type }
    const response = await fetch(this.#base + path, { method: 'POST', headers, body })
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
    return response.json()
  }

  async call(method: string, args: Record<string, unknown>): Promise<Record<string, unknown>> {
    const using = ['urn:ietf:params:jmap:core', 'urn:ietf:params:jmap:mail', 'urn:ietf:params:jmap:submission']
    const methodCalls: readonly Call[] = [[method, { accountId: this.accountId, ...args }, '0']]
    const body = JSON.stringify({ using, methodCalls })
    const answer = (await this.#post('/jmap/api', body, 'application/json')) as {
      methodResponses: readonly [string, Record<string, unknown>][]
    }
    const [name, result] = answer.methodResponses[0] as [string, Record<string, unknown>]
    if (name === 'error') throw new Error(`${method}: ${JSON.stringify(result)}`)
    return result
  }

  /** The id of the mailbox with the role. */
  async mailbox(role: string): Promise<string> {
    const { list } = (await this.call('Mailbox/get', { ids: null })) as {
      list: readonly { id: string; role: string }[]
    }
    const found = list.find((mailbox) => mailbox.role === role)
    if (found === undefined) throw new Error(`no mailbox ${role}`)
    return found.id
  }

  /** Files messages with their own times. */
  async import(messages: readonly MadeMail[], role = 'inbox'): Promise<void> {
    const mailbox = await this.mailbox(role)
    const emails: Record<string, unknown> = {}
    for (const [at, { bytes, receivedAt, keywords }] of messages.entries()) {
      const uploaded = (await this.#post(
        `/jmap/upload/${this.accountId}/`,
        Uint8Array.from(bytes),
        'message/rfc822',
      )) as {
        blobId: string
      }
      emails[`m${at}`] = {
        blobId: uploaded.blobId,
        mailboxIds: { [mailbox]: true },
        keywords: Object.fromEntries(keywords.map((keyword) => [keyword, true])),
        receivedAt: `${receivedAt.toISOString().slice(0, 19)}Z`,
      }
    }
    const { notCreated } = await this.call('Email/import', { emails })
    if (notCreated !== null && notCreated !== undefined) throw new Error(JSON.stringify(notCreated))
  }
}
