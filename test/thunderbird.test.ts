// Thunderbird from Debian, without a screen, with a new profile: it finds the settings for an address, makes the account, fetches the mailboxes and keeps copies, hears of new mail, and what
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
/** What it found for the address. */
let setUp: unknown
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
  setUp = await setUpAccount()
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

/**
 * The domain's names lead here, and the ports that programs ask to those of this Mailkeep; certificates are excepted as one does it in a dialog. There
 * is no account.
 */
function writeProfile(): void {
  fs.mkdirSync(profile)
  const fingerprint = new X509Certificate(certificateOf(mailkeep)).fingerprint256
  const SHA256 = 'OID.2.16.840.1.101.3.4.2.1'
  const { imaps, submissions, http, https } = mailkeep.ports
  const names = ['autoconfig.example.org', 'autodiscover.example.org']
  const hosts = [`localhost:${imaps}`, `localhost:${submissions}`, ...names.map((name) => `${name}:${https}`)]
  const exceptions = hosts.map((host) => `${host}:\t${SHA256}\t${fingerprint}\t\n`)
  fs.writeFileSync(`${profile}/cert_override.txt`, exceptions.join(''))
  const preferences = {
    'marionette.port': 0,
    'network.dns.localDomains': [...names, 'example.org'].join(','),
    'network.socket.forcePort': `443=${https};80=${http}`,
    'mail.provider.suppress_dialog_on_startup': true,
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

const MODULES = 'resource:///modules/accountcreation'

/** As the assistant does it with an address and a password: asks the domain, fills in the address, and makes the account. */
function setUpAccount(): Promise<unknown> {
  return marionette.run(
    `const { FetchConfig } = ChromeUtils.importESModule('${MODULES}/FetchConfig.sys.mjs');
     const { AccountConfig } = ChromeUtils.importESModule('${MODULES}/AccountConfig.sys.mjs');
     const { CreateInBackend } = ChromeUtils.importESModule('${MODULES}/CreateInBackend.sys.mjs');
     const [address, password] = arguments;
     const config = await FetchConfig.fromISP('example.org', address, new AbortController().signal);
     config.rememberPassword = true;
     AccountConfig.replaceVariables(config, 'Ada', address, password);
     await CreateInBackend.createAccountInBackend(config);
     const told = ({ type, hostname, port, socketType, username }) => [type, hostname, port, socketType, username];
     return {
       from: config.subSource,
       servers: [config.incoming, ...config.incomingAlternatives, config.outgoing, ...config.outgoingAlternatives].map(told),
     };`,
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
  const file = `${profile}/ImapMail/localhost/${mailbox}`
  return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : ''
}

const withLineFeeds = (text: string): string => text.replaceAll('\r\n', '\n')

async function flagsOf(text: string): Promise<readonly string[] | null> {
  const messages = await fetchAll(mailkeep.ports.imap, ADA, PASSWORD)
  return messages.find(({ bytes }) => bytes.includes(text))?.flags ?? null
}

const TLS = 3
const STARTTLS = 2

test('from the address alone it knows where to fetch and to send, by autoconfig', () => {
  const { imaps, imap, pop3s, pop3, submissions, submission } = mailkeep.ports
  assert.deepEqual(setUp, {
    from: 'xml-from-isp-https',
    servers: [
      ['imap', 'localhost', imaps, TLS, ADA],
      ['imap', 'localhost', imap, STARTTLS, ADA],
      ['pop3', 'localhost', pop3s, TLS, ADA],
      ['pop3', 'localhost', pop3, STARTTLS, ADA],
      ['smtp', 'localhost', submissions, TLS, ADA],
      ['smtp', 'localhost', submission, STARTTLS, '%EMAILADDRESS%'],
    ],
  })
})

test('where a domain has autodiscover alone, that tells it the same', async () => {
  const { imaps, pop3s, submissions } = mailkeep.ports
  const found = await marionette.run(
    `const { fetchConfigFromExchange } = ChromeUtils.importESModule('${MODULES}/ExchangeAutoDiscover.sys.mjs');
     const refuse = () => Promise.reject(new Error('it wanted to go elsewhere'));
     const { signal } = new AbortController();
     const config = await fetchConfigFromExchange('example.org', arguments[0], signal, null, arguments[1], refuse);
     const told = ({ type, hostname, port, username }) => [type, hostname, port, username];
     return { from: config.subSource, servers: [config.incoming, ...config.incomingAlternatives, config.outgoing].map(told) };`,
    ADA,
    PASSWORD,
  )
  assert.deepEqual(found, {
    from: 'exchange-from-url1',
    servers: [
      ['imap', 'localhost', imaps, ADA],
      ['pop3', 'localhost', pop3s, ADA],
      ['smtp', 'localhost', submissions, ADA],
    ],
  })
})

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
