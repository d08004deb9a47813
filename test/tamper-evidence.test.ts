// A server that is not honest, played on copies of real data directories: it puts an old ledger back, drops and swaps records, goes on with another
// branch that its real key signs, forges and strips the owner's marks. The owner's vault, the command line and the webmail in Chromium notice;
// and an honest server, whatever happens to it, is never suspected. (What the vault alone notices, case by case: src/account/log-witness.test.ts.)

import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { after, before, test } from 'node:test'
import type { Browser, Locator, Page } from 'playwright-core'
import { type PlainRecord, appendTo, recordsOf, rewriteLog } from '#account/malicious-ledger.test-support.ts'
import type { AccountId } from '#base/ids.ts'
import { signingKeyFromSeed } from '#crypto/ed25519.ts'
import { signMark } from '#ledger/mark.ts'
import { type Opened, launchBrowser, logIn, openPage, rows } from './browser.ts'
import { type Mailkeep, type Ran, mustRun, newMailkeep, temporaryDirectory } from './harness.ts'
import { swaks } from './imap-client.ts'
import { ImapConnection } from './imap-connection.ts'
import { LineClient } from './line-client.ts'

const ADA = 'ada@example.org'
const PASSWORD = 'a long pass phrase'
const DAMAGED = 6

const state = temporaryDirectory()
let browser: Browser
let mailkeep: Mailkeep
let opened: Opened
let account: AccountId
let sent = 0

before(async () => {
  browser = await launchBrowser()
  mailkeep = await newMailkeep()
  await mailkeep.start()
  await mailkeep.mustCli(['domain', 'add', 'example.org'])
  const made = await mailkeep.mustCli(['account', 'add', ADA, '--password-stdin', '--json'], { input: `${PASSWORD}\n` })
  account = (JSON.parse(made) as { readonly id: AccountId }).id
  await deliver(3)
  // One window for the whole test: what it remembers outlives sessions and servers.
  opened = await openPage(browser, mailkeep, { reducedMotion: 'reduce' })
})
after(async () => {
  await browser.close()
  await mailkeep[Symbol.asyncDispose]()
  state[Symbol.dispose]()
})

async function deliver(count: number): Promise<void> {
  for (let at = 0; at < count; at++) {
    const subject = `Message ${++sent}`
    await swaks({ port: mailkeep.ports.smtp, from: 'bob@example.net', to: ADA, subject, body: 'Text.' })
  }
}

const verify = (): Promise<Ran> => mailkeep.cli(['verify'])
const audit = (...args: readonly string[]): Promise<Ran> => mailkeep.cli(['audit', ADA, ...args])
const unlock = (): Promise<string> =>
  mailkeep.mustCli(['account', 'unlock', ADA, '--password-stdin'], { input: `${PASSWORD}\n` })

/** What a mail program is told when it logs in and selects its inbox. */
async function login(): Promise<string> {
  using client = await ImapConnection.open(mailkeep.ports.imap)
  const answers = [await client.command(`LOGIN "${ADA}" "${PASSWORD}"`), await client.command('SELECT INBOX')]
  return answers.map(({ status, untagged }) => [...untagged.map((line) => `* ${line}`), status].join('\n')).join('\n')
}

/** What a client of POP3 is told when it logs in, has read a message and would delete it. It leaves without QUIT: nothing is deleted. */
async function atPop3(): Promise<{ readonly login: string; readonly dele: string }> {
  using client = await LineClient.connect(mailkeep.ports.pop3)
  await client.expect(/^\+OK/)
  await client.say(`USER ${ADA}`, /^\+OK/)
  const told = await client.say(`PASS ${PASSWORD}`, /^[+-]/)
  await client.say('RETR 1', /^\.\r\n$/)
  return { login: told.trimEnd(), dele: (await client.say('DELE 1', /^[+-]/)).trimEnd() }
}

/** The owner's page after a login; `use` sees it. */
async function atPage(use: (page: Page) => Promise<void>): Promise<void> {
  const { page } = opened
  await page.evaluate(`sessionStorage.clear(); location.hash = '#/'`)
  await page.reload()
  await logIn(page, ADA, PASSWORD)
  await rows(page).first().waitFor()
  await use(page)
  await page.getByRole('button', { name: 'Log out' }).click()
  await page.getByRole('button', { name: 'Log in' }).waitFor()
}

const banner = (page: Page): Locator => page.locator('.banner-alarm')

/** The window about integrity, after the page has checked once more. */
async function checkNow(page: Page): Promise<Locator> {
  await page.getByRole('button', { name: 'Settings' }).click()
  await page.getByRole('button', { name: 'Integrity', exact: true }).click()
  const dialog = page.getByRole('dialog')
  const button = dialog.getByRole('button', { name: 'Check now' })
  await Promise.all([page.waitForResponse(/\/jmap\/api$/), button.click()])
  await dialog.getByRole('button', { name: 'Check now', disabled: false }).waitFor()
  return dialog
}

/** The page has checked, and found nothing. */
async function isCalm(page: Page): Promise<void> {
  const dialog = await checkNow(page)
  await dialog.getByText('This browser verifies signatures and proofs by itself.').waitFor()
  assert.equal(await dialog.locator('.integrity-open').count(), 0, await dialog.innerText())
  // Within how many days its bytes were read, or that they were not yet.
  await dialog.getByText(/byte of your mail (was read from the disk|has been read again)/).waitFor()
  await dialog.getByText(/promises to read every byte again within 30 days\./).waitFor()
  assert.doesNotMatch(await dialog.innerText(), /Last found right\s+never/)
  assert.equal(await banner(page).count(), 0)
  await page.keyboard.press('Escape')
}

/** Everybody looks, and nobody is alarmed. */
async function allIsWell(): Promise<void> {
  assert.doesNotMatch(await login(), /ALERT/)
  await atPage(isCalm)
  await mailkeep.mustCli(['account', 'lock', ADA])
  const seen = await verify()
  assert.equal(seen.status, 0, seen.stdout)
  const audited = await audit()
  assert.equal(audited.status, 0, audited.stdout)
  assert.match(audited.stdout, /signed by the owner: mark 0, of \d+ records/)
  assert.match(audited.stdout, /goes on from what was seen before/)
  assert.doesNotMatch((await mailkeep.cli(['status'])).stdout, /ALARM/)
}

const data = (name: string): string => path.join(mailkeep.directory, name)

/** With owners and modes, as root. */
async function copy(from: string, to: string): Promise<void> {
  fs.rmSync(to, { recursive: true, force: true })
  await mustRun('cp', ['-a', from, to])
}

/** What the malicious server does with the ledger's own key, while nothing runs; files keep their owners. */
async function tamper(change: (records: PlainRecord[]) => readonly PlainRecord[]): Promise<void> {
  const ledger = data('ledger')
  const { uid, gid } = fs.statSync(ledger)
  await rewriteLog(ledger, account, change(recordsOf(ledger, account)))
  await mustRun('chown', ['-R', `${uid}:${gid}`, ledger])
}

async function save(name: string): Promise<string> {
  const saved = path.join(state.path, name)
  fs.mkdirSync(saved)
  await copy(data('ledger'), `${saved}/ledger`)
  await copy(data('index'), `${saved}/index`)
  return saved
}

/** The same of mail program and command alone, which takes less time. */
async function noAlarm(): Promise<void> {
  assert.doesNotMatch(await login(), /ALERT/)
  const seen = await verify()
  assert.equal(seen.status, 0, seen.stdout)
  assert.doesNotMatch((await mailkeep.cli(['status'])).stdout, /ALARM/)
}

test('an honest server is never suspected: restarted, killed, with its index made again, lost, or an old one', async () => {
  await allIsWell()
  const old = await save('old-index')
  await deliver(2)
  await unlock()
  const { pid, processes } = await mailkeep.status()
  for (const victim of [pid, ...processes.map((one) => one.pid)]) process.kill(victim, 'SIGKILL')
  await mailkeep.start()
  await noAlarm()
  await mailkeep.mustCli(['rebuild-index', ADA])
  await noAlarm()
  await mailkeep.stop()
  await copy(`${old}/index`, data('index'))
  await mailkeep.start()
  await noAlarm()
  await mailkeep.stop()
  fs.rmSync(data('index'), { recursive: true })
  await mailkeep.start()
  await allIsWell()
})

test('an old ledger directory is put back: mail program, page, status, verify and audit say so, until it is acknowledged', async () => {
  await mailkeep.stop()
  const before = await save('before')
  await mailkeep.start()
  await deliver(2)
  await allIsWell()
  await mailkeep.stop()
  const right = await save('right')
  await copy(`${before}/ledger`, data('ledger'))
  await mailkeep.start()

  const seen = await verify()
  assert.equal(seen.status, DAMAGED)
  assert.match(seen.stdout, /^ALARM: .*rollback/m)
  // It can be read all the same.
  const told = await login()
  assert.match(told, /^\* OK \[ALERT\] .*The stored log ends at record \d+, but \d+ records were there/m)
  assert.match(told, /^\* [1-9]\d* EXISTS/m)
  // By POP3 it is read, too, and nothing is deleted.
  const refused = await atPop3()
  assert.match(refused.login, /^\+OK Logged in\. ALERT: .*The stored log ends at record \d+/)
  assert.match(refused.dele, /^-ERR \[SYS\/PERM\] Nothing is deleted: .*docs\/operations\.md/)
  await atPage(async (page) => {
    await banner(page).getByText('Your mail store may have been tampered with.').waitFor()
    await banner(page)
      .getByText(/put back to an older state|ends at record/)
      .waitFor()
    await banner(page).getByRole('button', { name: 'Details' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText(/Found by this browser/).waitFor()
    await dialog.getByText(/Found by the server/).waitFor()
    await page.keyboard.press('Escape')
  })
  assert.match((await mailkeep.cli(['status'])).stdout, /^ALARM: account .*ends at record/m)
  const audited = await audit()
  assert.equal(audited.status, DAMAGED)
  assert.match(audited.stdout, /^ALARM: /m)
  assert.doesNotMatch(audited.stdout, /goes on from what was seen before/)
  assert.match(fs.readFileSync(data('mailkeep.log'), 'utf8'), /account\.alarm/)

  assert.equal((await verify()).status, DAMAGED, 'it goes on')
  await unlock()
  assert.equal((await audit('--acknowledge')).status, 0)
  assert.equal((await verify()).status, 0)
  assert.doesNotMatch(await login(), /ALERT/)
  assert.deepEqual(await atPop3(), { login: '+OK Logged in', dele: '+OK To be deleted' })
  await atPage(async (page) => {
    await banner(page).waitFor()
    await banner(page).getByRole('button', { name: 'Details' }).click()
    await page.getByRole('button', { name: 'I know why: go on from what is there now' }).click()
    await banner(page).waitFor({ state: 'detached' })
    await page.keyboard.press('Escape')
    await isCalm(page)
  })
  const history = JSON.parse((await audit('--json')).stdout) as {
    readonly alarms: readonly { readonly kind: string; readonly acknowledged: number | null }[]
  }
  assert.deepEqual(
    history.alarms.map(({ kind, acknowledged }) => [kind, acknowledged !== null]),
    [['rollback', true]],
  )
  await forgive(right)
  await noAlarm()
})

interface Attack {
  readonly name: string
  readonly change: (records: PlainRecord[]) => readonly PlainRecord[]
  /** What the command says. */
  readonly said: RegExp
}

function otherBranch(records: readonly PlainRecord[]): PlainRecord[] {
  const others = Array.from({ length: 3 }, () => ({
    kind: 'mail' as const,
    payload: Buffer.from('not sealed to anybody'),
  }))
  return [...records.slice(0, -1), ...others]
}

const attacks: readonly Attack[] = [
  { name: 'the newest record is dropped', change: (records) => records.slice(0, -1), said: /ALARM: .*rollback/ },
  {
    name: 'two messages are swapped',
    change: (records) => {
      const [first = 0, second = 0] = records.flatMap(({ kind }, at) => (kind === 'mail' ? [at] : []))
      return records.with(first, records[second] as PlainRecord).with(second, records[first] as PlainRecord)
    },
    said: /ALARM: .*fork/,
  },
  {
    name: 'another branch goes on from an earlier state',
    change: otherBranch,
    said: /ALARM: .*fork/,
  },
  {
    name: "the owner's marks are stripped",
    change: (records) => records.filter(({ kind }) => kind !== 'mark'),
    said: /ALARM: .*(marksMissing|fork|rollback)/,
  },
]

test('records are dropped, swapped, replaced or stripped of marks, signed by the ledger: the command notices each', async () => {
  await settle()
  await mailkeep.stop()
  const settled = await save('settled')
  for (const { name, change, said } of attacks) {
    await copy(`${settled}/ledger`, data('ledger'))
    await tamper(change)
    const seen = await verify()
    assert.equal(seen.status, DAMAGED, name)
    assert.match(seen.stdout, said)
  }
  await copy(`${settled}/ledger`, data('ledger'))
  await mailkeep.start()
})

test('another branch, signed by the ledger, and what the vault knew is removed: command and page notice by themselves', async () => {
  await mailkeep.stop()
  const settled = await save('branch')
  await tamper(otherBranch)
  fs.rmSync(data('index'), { recursive: true })
  await mailkeep.start()
  const seen = await verify()
  assert.equal(seen.status, DAMAGED)
  assert.match(seen.stdout, /ALARM: .*fork/)
  await atPage((page) => banner(page).getByText('Your mail store may have been tampered with.').waitFor())
  await forgive(settled)
})

test('a mark that the owner did not sign is noticed by vault, command and page', async () => {
  await settle()
  await mailkeep.stop()
  const settled = await save('forged')
  const size = recordsOf(data('ledger'), account).length
  const forged = signMark(signingKeyFromSeed(Buffer.alloc(32, 9)), {
    account,
    size,
    root: Buffer.alloc(32),
    number: 99,
  })
  const { uid, gid } = fs.statSync(data('ledger'))
  await appendTo(data('ledger'), account, [{ kind: 'mark', payload: forged }])
  await mustRun('chown', ['-R', `${uid}:${gid}`, data('ledger')])
  await mailkeep.start()
  assert.match(await login(), /\* OK \[ALERT\] .*claims to be signed by you/)
  await atPage((page) =>
    banner(page)
      .getByText(/claims to be signed by you/)
      .waitFor(),
  )
  const seen = await verify()
  assert.equal(seen.status, DAMAGED)
  assert.match(seen.stdout, /ALARM: .*mark/)
  await forgive(settled)
  await noAlarm()
})

/** Mail has come, and everybody has seen it. */
async function settle(): Promise<void> {
  await deliver(2)
  await login()
  await mailkeep.mustCli(['account', 'lock', ADA])
  await atPage(isCalm)
  await mailkeep.mustCli(['account', 'lock', ADA])
  assert.equal((await verify()).status, 0)
}

/** The right ledger is there again, and command and browser are told to go on from it. */
async function forgive(settled: string): Promise<void> {
  await mailkeep.stop()
  await copy(`${settled}/ledger`, data('ledger'))
  await copy(`${settled}/index`, data('index'))
  await mailkeep.start()
  await unlock()
  assert.equal((await audit('--acknowledge')).status, 0)
  await atPage(async (page) => {
    const dialog = await checkNow(page)
    const accept = dialog.getByRole('button', { name: 'I know why: go on from what is there now' })
    if (await accept.isVisible()) {
      await accept.click()
      await accept.waitFor({ state: 'detached' })
    }
    await page.keyboard.press('Escape')
  })
}
