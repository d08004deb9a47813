// NeoMutt in a terminal of 80 by 24, as somebody sits in front of it: the list shows the mail, a message opens, and flags, deletions and new mail go
// both ways between it and other clients.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import { after, before, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { type Mailkeep, mustRun, run, startMailkeep, temporaryDirectory } from './harness.ts'
import { fetchAll, swaks } from './imap-client.ts'
import { ImapConnection, certificateOf } from './imap-connection.ts'

const PASSWORD = 'typed by nobody'
const ADA = 'ada@example.org'
const WAIT_MS = 30_000
const POLL_MS = 100

let mailkeep: Mailkeep
const home = temporaryDirectory()

before(async () => {
  mailkeep = await startMailkeep({ accounts: { [ADA]: PASSWORD } })
  fs.writeFileSync(`${home.path}/certificates`, certificateOf(mailkeep))
  fs.writeFileSync(`${home.path}/editor`, '#!/bin/sh\necho "Geschrieben für dich." >>"$1"\n', { mode: 0o755 })
})
after(async () => {
  await mailkeep[Symbol.asyncDispose]()
  home[Symbol.dispose]()
})

function deliver(subject: string, body: string, ...args: readonly string[]): Promise<string> {
  return swaks({ port: mailkeep.ports.smtp, from: 'eve@example.net', to: ADA, subject, body, args })
}

/** A terminal with NeoMutt in it. */
class Terminal implements AsyncDisposable {
  readonly #server: string

  private constructor(server: string) {
    this.#server = server
  }

  static async open(name: string, folder: string): Promise<Terminal> {
    const settings = `
set folder = "${folder}" spoolfile = "${folder}INBOX"
set imap_user = "${ADA}" imap_pass = "${PASSWORD}"
set ssl_force_tls = yes ssl_starttls = yes certificate_file = "${home.path}/certificates"
set smtp_url = "smtps://${ADA.replace('@', '%40')}@localhost:${mailkeep.ports.submissions}/" smtp_pass = "${PASSWORD}"
set from = "${ADA}" use_envelope_from = yes editor = "${home.path}/editor" autoedit = no record = "=Sent"
set header_cache = "" sort = date imap_idle = yes mail_check = 1 timeout = 1
set help = no delete = yes quit = yes move = no confirm_append = no wait_key = no
`
    fs.writeFileSync(`${home.path}/${name}`, settings)
    const terminal = new Terminal(`mailkeep-${process.pid}-${name}`)
    const command = `neomutt -n -F ${home.path}/${name}`
    await terminal.#tmux('-f', '/dev/null', 'new-session', '-d', '-x', '80', '-y', '24', command)
    return terminal
  }

  async press(...keys: readonly string[]): Promise<void> {
    await this.#tmux('send-keys', ...keys)
  }

  screen(): Promise<string> {
    return this.#tmux('capture-pane', '-p')
  }

  /** What is on the screen when it shows that. */
  async shows(pattern: RegExp): Promise<string> {
    let screen = ''
    for (let waited = 0; waited < WAIT_MS; waited += POLL_MS) {
      screen = await this.screen()
      if (pattern.test(screen)) return screen
      await pause(POLL_MS)
    }
    throw new Error(`${String(pattern)} did not come:\n${screen.replaceAll(/\n\n+/g, '\n')}`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await run('tmux', ['-L', this.#server, 'kill-server'])
  }

  #tmux(...args: readonly string[]): Promise<string> {
    const env = { HOME: home.path, LANG: 'C.UTF-8', LC_ALL: 'C.UTF-8', TERM: 'screen' }
    return mustRun('tmux', ['-u', '-L', this.#server, ...args], { env })
  }
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (let waited = 0; waited < WAIT_MS; waited += POLL_MS) {
    if (await holds()) return
    await pause(POLL_MS)
  }
  throw new Error(`waited in vain for ${what}`)
}

async function flagsOf(subject: string, mailbox = 'INBOX'): Promise<readonly string[] | null> {
  const messages = await fetchAll(mailkeep.ports.imap, ADA, PASSWORD, mailbox)
  return messages.find(({ bytes }) => bytes.includes(`Subject: ${subject}\r\n`))?.flags ?? null
}

test('over STARTTLS: list, open, flag, delete, move, and new mail', async () => {
  await deliver(
    'To be read',
    'The text of it:\n\nGrüße aus Köln',
    '--add-header',
    'MIME-Version: 1.0',
    '--add-header',
    'Content-Type: text/plain; charset=utf-8',
  )
  await deliver('To be deleted', 'x')
  await deliver('To be moved', 'x')
  await using terminal = await Terminal.open('starttls', `imap://localhost:${mailkeep.ports.imap}/`)
  const list = await terminal.shows(/To be moved/)
  assert.match(list, /\bN\b.*eve@example\.net.*To be read/)
  assert.match(list, /NeoMutt: \+INBOX \[Msgs:\d+ New:\d/)

  await terminal.press('Home')
  await until('the message that is to be read under the cursor', async () => {
    await terminal.press('Enter')
    const screen = await terminal.shows(/^Subject: /m)
    if (screen.includes('Subject: To be read')) return true
    await terminal.press('q', 'Down')
    return false
  })
  assert.match(await terminal.shows(/Grüße aus Köln/), /^From: eve@example\.net/m)

  await terminal.press('q', 'F', '$')
  await until('the flags', async () => (await flagsOf('To be read'))?.includes('\\Flagged') === true)
  assert.ok((await flagsOf('To be read'))?.includes('\\Seen'))

  await terminal.press('/', '~s deleted', 'Enter', 'd', '$')
  await until('the deletion', async () => (await flagsOf('To be deleted')) === null)
  await terminal.press('/', '~s moved', 'Enter', 's', 'C-u', '=Archive', 'Enter', '$')
  await until('the move', async () => (await flagsOf('To be moved', 'Archive')) !== null)
  assert.equal(await flagsOf('To be moved'), null)

  await deliver('Just arrived', 'x')
  await terminal.shows(/\bN\b.*Just arrived/)
  using imap = await ImapConnection.login(mailkeep.ports.imap, ADA, PASSWORD)
  await imap.must('SELECT INBOX')
  await imap.must('STORE 1:* +FLAGS (\\Seen)')
  await terminal.shows(/^ +\d+ [^N]{4}.*Just arrived/m)
  await terminal.press('q')
})

test('over TLS: the folder browser lists mailboxes, names outside ASCII as they are', async () => {
  using imap = await ImapConnection.login(mailkeep.ports.imap, ADA, PASSWORD)
  await imap.must('CREATE "Gr&APwA3w-e"')
  await imap.append('"Gr&APwA3w-e"', 'From: eve@example.net\r\nSubject: in there\r\n\r\nx\r\n')
  await using terminal = await Terminal.open('tls', `imaps://localhost:${mailkeep.ports.imaps}/`)
  await terminal.shows(/NeoMutt: \+INBOX/)
  await terminal.press('c', '?', 'Tab')
  await terminal.shows(/Archive/)
  await terminal.press('q', 'c', 'C-u', '=Grüße', 'Enter')
  await terminal.shows(/in there/)
})

test('what is written in it arrives, and its copy is in Sent', async () => {
  await using terminal = await Terminal.open('sending', `imaps://localhost:${mailkeep.ports.imaps}/`)
  await terminal.shows(/NeoMutt: \+INBOX/)
  await terminal.press('m', ADA, 'Enter')
  await terminal.shows(/^Subject:/m)
  await terminal.press('From the terminal', 'Enter')
  await terminal.shows(/^ *Subject: +From the terminal/m)
  await terminal.press('y')
  await until('the message', async () => (await flagsOf('From the terminal')) !== null)
  assert.ok((await flagsOf('From the terminal', 'Sent'))?.includes('\\Seen'))
  await terminal.press('/', '~s terminal', 'Enter', 'Enter')
  await terminal.shows(/Geschrieben für dich\./)
})
