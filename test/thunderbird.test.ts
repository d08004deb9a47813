// Thunderbird from Debian, without a screen, with an account in a new profile: it fetches the mailboxes and keeps copies, hears of new mail, and what
// one does in it is on the server.

import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { type ChildProcess, spawn } from 'node:child_process'
import fs from 'node:fs'
import { after, before, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { type Mailkeep, startMailkeep, temporaryDirectory } from './harness.ts'
import { fetchAll, swaks } from './imap-client.ts'
import { ImapConnection, certificateOf } from './imap-connection.ts'
import { Marionette } from './marionette.ts'

const PASSWORD = 'saved in the profile'
const ADA = 'ada@example.org'
const WAIT_MS = 60_000
const POLL_MS = 100

let mailkeep: Mailkeep
let thunderbird: ChildProcess
let marionette: Marionette
const home = temporaryDirectory()
const profile = `${home.path}/profile`

before(async () => {
  mailkeep = await startMailkeep({ accounts: { [ADA]: PASSWORD } })
  using imap = await ImapConnection.login(mailkeep.ports.imap, ADA, PASSWORD)
  for (const name of ['Projekte', 'Projekte/Gr&APwA3w-e']) {
    await imap.must(`CREATE "${name}"`)
    await imap.must(`SUBSCRIBE "${name}"`)
  }
  await imap.append('"Projekte/Gr&APwA3w-e"', 'Subject: nested\r\n\r\nIn a mailbox below another.\r\n', '\\Seen')
  await deliver('the first', 'Read me in Thunderbird.')
  writeProfile()
  thunderbird = startThunderbird()
  marionette = await Marionette.connect(await until('a port to drive it by', activePort))
  await savePassword()
})
after(async () => {
  await marionette?.quit().catch(() => undefined)
  thunderbird?.kill('SIGKILL')
  await mailkeep[Symbol.asyncDispose]()
  home[Symbol.dispose]()
})

function deliver(subject: string, body: string): Promise<string> {
  return swaks({ port: mailkeep.ports.smtp, from: 'eve@example.net', to: ADA, subject, body })
}

/** What the account assistant would write, and the exception for the certificate that one confirms there. */
function writeProfile(): void {
  fs.mkdirSync(profile)
  const fingerprint = new X509Certificate(certificateOf(mailkeep)).fingerprint256
  const SHA256 = 'OID.2.16.840.1.101.3.4.2.1'
  const exceptions = [mailkeep.ports.imaps, mailkeep.ports.submissions].map(
    (port) => `127.0.0.1:${port}:\t${SHA256}\t${fingerprint}\t\n`,
  )
  fs.writeFileSync(`${profile}/cert_override.txt`, exceptions.join(''))
  const server = 'mail.server.server1'
  const TLS = 3
  const PASSWORD_IN_TLS = 3
  const preferences = {
    'marionette.port': 0,
    'mail.accountmanager.accounts': 'account1',
    'mail.accountmanager.defaultaccount': 'account1',
    'mail.account.account1.server': 'server1',
    'mail.account.account1.identities': 'id1',
    'mail.identity.id1.useremail': ADA,
    'mail.identity.id1.fullName': 'Ada',
    [`${server}.type`]: 'imap',
    [`${server}.hostname`]: '127.0.0.1',
    [`${server}.port`]: mailkeep.ports.imaps,
    [`${server}.socketType`]: TLS,
    [`${server}.authMethod`]: PASSWORD_IN_TLS,
    [`${server}.userName`]: ADA,
    // It would ask for the password before it can be saved.
    [`${server}.login_at_startup`]: false,
    [`${server}.check_new_mail`]: false,
    'mail.smtpservers': 'smtp1',
    'mail.smtp.defaultserver': 'smtp1',
    'mail.identity.id1.smtpServer': 'smtp1',
    'mail.smtpserver.smtp1.hostname': '127.0.0.1',
    'mail.smtpserver.smtp1.port': mailkeep.ports.submissions,
    'mail.smtpserver.smtp1.try_ssl': TLS,
    'mail.smtpserver.smtp1.authMethod': PASSWORD_IN_TLS,
    'mail.smtpserver.smtp1.username': ADA,
    'mail.shell.checkDefaultClient': false,
    'mailnews.start_page.enabled': false,
    'datareporting.policy.dataSubmissionEnabled': false,
  }
  const lines = Object.entries(preferences).map(([key, value]) => `user_pref("${key}", ${JSON.stringify(value)});\n`)
  fs.writeFileSync(`${profile}/user.js`, lines.join(''))
}

function startThunderbird(): ChildProcess {
  const args = ['--headless', '--no-remote', '--marionette', '--remote-allow-system-access', '-profile', profile]
  return spawn('thunderbird', args, { stdio: 'ignore', env: { ...process.env, HOME: home.path } })
}

function activePort(): number | null {
  const file = `${profile}/MarionetteActivePort`
  return fs.existsSync(file) ? Number(fs.readFileSync(file, 'utf8')) || null : null
}

async function until<T>(what: string, look: () => T | null | Promise<T | null>): Promise<T> {
  for (let waited = 0; waited < WAIT_MS; waited += POLL_MS) {
    const found = await look()
    if (found !== null) return found
    await pause(POLL_MS)
  }
  throw new Error(`waited in vain for ${what}`)
}

async function savePassword(): Promise<void> {
  await marionette.run(
    `for (const server of ['imap://127.0.0.1', 'smtp://127.0.0.1']) {
       const login = Cc['@mozilla.org/login-manager/loginInfo;1'].createInstance(Ci.nsILoginInfo);
       login.init(server, null, server, arguments[0], arguments[1], '', '');
       await Services.logins.addLoginAsync(login);
     }`,
    ADA,
    PASSWORD,
  )
}

/** `server` is the account's; `inbox` and `message(subject)` are there once it has been fetched. */
function inThunderbird(body: string, ...args: readonly unknown[]): Promise<unknown> {
  return marionette.run(
    `const { MailServices } = ChromeUtils.importESModule('resource:///modules/MailServices.sys.mjs');
     const server = MailServices.accounts.allServers.find(({ type }) => type === 'imap');
     const inbox = server.rootFolder.getFolderWithFlags(Ci.nsMsgFolderFlags.Inbox);
     const message = (subject) => [...inbox.messages].find((one) => one.mime2DecodedSubject === subject);
     ${body}`,
    ...args,
  )
}

/** Its copy of a mailbox: an mbox file. */
function copyOf(mailbox: string): string {
  const file = `${profile}/ImapMail/127.0.0.1/${mailbox}`
  return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : ''
}

const withLineFeeds = (text: string): string => text.replaceAll('\r\n', '\n')

async function flagsOf(text: string): Promise<readonly string[] | null> {
  const messages = await fetchAll(mailkeep.ports.imap, ADA, PASSWORD)
  return messages.find(({ bytes }) => bytes.includes(text))?.flags ?? null
}

test('it fetches the INBOX and keeps a copy, and knows the other mailboxes', async () => {
  await inThunderbird('server.performBiff(null);')
  await until('a copy of the message', () => (copyOf('INBOX').includes('Read me in Thunderbird.') ? true : null))
  const stored = (await fetchAll(mailkeep.ports.imap, ADA, PASSWORD)).find(({ bytes }) => bytes.includes('Read me'))
  assert.ok(stored)
  assert.ok(withLineFeeds(copyOf('INBOX')).includes(withLineFeeds(stored.bytes.toString())))
  const names = await until('the list of mailboxes', async () => {
    const found = (await inThunderbird(
      'return server.rootFolder.descendants.map((folder) => [folder.name, folder.flags]);',
    )) as [string, number][]
    return found.some(([name]) => name === 'Grüße') ? found : null
  })
  const SENT = 0x200
  const TRASH = 0x100
  assert.ok(names.some(([name, flags]) => name === 'Sent' && (flags & SENT) !== 0))
  assert.ok(names.some(([name, flags]) => name === 'Trash' && (flags & TRASH) !== 0))
})

test('it hears of new mail while it waits, and fetches it', async () => {
  await deliver('the second', 'Nobody asked for this one.')
  await until('a copy of the new message', () => (copyOf('INBOX').includes('Nobody asked for this one.') ? true : null))
})

test('what one does in it is on the server: read, starred, tagged, deleted', async () => {
  await inThunderbird(
    `inbox.markMessagesRead([message('the first')], true);
     inbox.markMessagesFlagged([message('the first')], true);
     inbox.addKeywordsToMessages([message('the first')], '$label1');`,
  )
  const flags = await until('the flags', async () => {
    const found = await flagsOf('Read me in Thunderbird.')
    return found?.includes('$label1') === true && found.includes('\\Flagged') ? found : null
  })
  assert.ok(flags.includes('\\Seen'))
  await inThunderbird(`inbox.deleteMessages([message('the second')], null, false, true, null, false);`)
  await until('the message in Trash', async () => {
    const trash = await fetchAll(mailkeep.ports.imap, ADA, PASSWORD, 'Trash')
    return trash.some(({ bytes }) => bytes.includes('Nobody asked for this one.')) ? true : null
  })
  assert.equal(await flagsOf('Nobody asked for this one.'), null)
})

test('what another client does shows in it', async () => {
  using imap = await ImapConnection.login(mailkeep.ports.imap, ADA, PASSWORD)
  await imap.must('SELECT INBOX')
  await imap.must('STORE 1:* -FLAGS (\\Flagged)')
  await until('the star to go', async () =>
    (await inThunderbird(`return message('the first').isFlagged;`)) === false ? true : null,
  )
})

test('what is written in it arrives, and its copy is in Sent', async () => {
  await inThunderbird(
    `const fields = Cc['@mozilla.org/messengercompose/composefields;1'].createInstance(Ci.nsIMsgCompFields);
     Object.assign(fields, { to: arguments[0], subject: 'from Thunderbird', body: 'Grüße aus dem Fenster' });
     const parameters = Cc['@mozilla.org/messengercompose/composeparams;1'].createInstance(Ci.nsIMsgComposeParams);
     Object.assign(parameters, {
       type: Ci.nsIMsgCompType.New,
       format: Ci.nsIMsgCompFormat.PlainText,
       identity: MailServices.accounts.allIdentities[0],
       composeFields: fields,
     });
     const ready = new Promise((resolve) => {
       Services.obs.addObserver(function observe(window) {
         window.addEventListener('compose-editor-ready', () => resolve(window), { once: true });
         Services.obs.removeObserver(observe, 'domwindowopened');
       }, 'domwindowopened');
     });
     MailServices.compose.OpenComposeWindowWithParams(null, parameters);
     const window = await ready;
     window.goDoCommand('cmd_sendNow');`,
    ADA,
  )
  await until('the message', async () => ((await flagsOf('Subject: from Thunderbird\r\n')) === null ? null : true))
  await until('its copy', async () => {
    const sent = await fetchAll(mailkeep.ports.imap, ADA, PASSWORD, 'Sent')
    return sent.some(({ bytes }) => bytes.includes('Subject: from Thunderbird\r\n')) ? true : null
  })
})
