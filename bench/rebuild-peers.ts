// What others make of the same messages, from a Maildir in the clear, each in one process at a time:
//
// - `notmuch new` (Xapian): words, threads, addresses;
// - `doveadm force-resync` and `doveadm index`: index, and cache of what IMAP clients ask for (envelope, structure, dates, sizes); no words.

import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { CorpusMessage } from './corpus.ts'

export interface PeerRate {
  readonly name: string
  readonly perSecond: number
}

const MAIL_USER = 5000

export function measureRebuildPeers(messages: Iterable<CorpusMessage>, count: number): PeerRate[] {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'mailkeep-bench-rebuild-'))
  try {
    const maildir = path.join(directory, 'Maildir')
    for (const name of ['cur', 'new', 'tmp']) fs.mkdirSync(path.join(maildir, name), { recursive: true })
    let number = 0
    for (const { bytes, date, isSeen } of messages) {
      const name = `${Math.floor(date.getTime() / 1000)}.${String(++number)}.bench:2,${isSeen ? 'S' : ''}`
      fs.writeFileSync(path.join(maildir, 'cur', name), bytes)
    }
    return [notmuch(directory, maildir, count), dovecot(directory, maildir, count)].filter((rate) => rate !== null)
  } finally {
    fs.rmSync(directory, { recursive: true, force: true })
  }
}

/** Null, with a line that says why, if the program is not there. */
function timed(
  name: string,
  count: number,
  commands: readonly (readonly string[])[],
  { env, uid }: { readonly env: NodeJS.ProcessEnv; readonly uid?: number },
): PeerRate | null {
  const begun = performance.now()
  for (const [program, ...args] of commands) {
    const options = {
      env: { ...process.env, ...env },
      encoding: 'utf8',
      ...(uid === undefined ? {} : { uid, gid: uid }),
    } as const
    const { status, error, stderr } = spawnSync(program as string, args, options)
    if (status === 0) continue
    console.log(`${name}: ${error?.message ?? stderr.trim()} (apt-get install notmuch dovecot-imapd)`)
    return null
  }
  return { name, perSecond: (count / (performance.now() - begun)) * 1000 }
}

function notmuch(directory: string, maildir: string, count: number): PeerRate | null {
  const file = path.join(directory, 'notmuch-config')
  fs.writeFileSync(
    file,
    `[database]\npath=${maildir}\n[user]\nname=Bench\nprimary_email=bench@example.org\n[new]\ntags=inbox\n`,
  )
  return timed('notmuch new', count, [['notmuch', 'new', '--quiet']], { env: { NOTMUCH_CONFIG: file } })
}

function dovecot(directory: string, maildir: string, count: number): PeerRate | null {
  const name = 'doveadm force-resync, doveadm index'
  if (process.getuid?.() !== 0) {
    console.log(`${name}: only as root`)
    return null
  }
  const file = path.join(directory, 'dovecot.conf')
  fs.writeFileSync(
    file,
    `base_dir = ${directory}/run
state_dir = ${directory}/state
log_path = ${directory}/dovecot.log
ssl = no
first_valid_uid = ${MAIL_USER}
first_valid_gid = ${MAIL_USER}
mail_uid = ${MAIL_USER}
mail_gid = ${MAIL_USER}
mail_location = maildir:${maildir}:INDEX=${directory}/dovecot-index
mail_always_cache_fields = flags date.received date.sent size.virtual imap.envelope imap.bodystructure imap.body hdr.message-id hdr.references hdr.subject hdr.from hdr.to hdr.cc
default_vsz_limit = 4G
`,
  )
  for (const entry of fs.readdirSync(directory, { recursive: true, withFileTypes: true })) {
    fs.chownSync(path.join(entry.parentPath, entry.name), MAIL_USER, MAIL_USER)
  }
  fs.chmodSync(directory, 0o755)
  fs.chownSync(directory, MAIL_USER, MAIL_USER)
  const doveadm = (...args: string[]): string[] => ['doveadm', '-c', file, ...args]
  const commands = [doveadm('force-resync', 'INBOX'), doveadm('index', 'INBOX')]
  return timed(name, count, commands, { env: { USER: 'bench', HOME: directory }, uid: MAIL_USER })
}
