// Postfix, delivering to maildirs by its own virtual(8): a message is accepted when its queue file is durable, and is in its maildir soon after.

import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { ensureInstalled, ensureRoot } from './debian.ts'
import { type MailSide, type Server, countFiles, freePorts, greeted, mustRun, stateDirectory, tail } from './server.ts'

const PROGRAM = '/usr/sbin/postfix'
/** Nobody's: Postfix wants an owner that is not root, and no entry in passwd. */
const MAIL_USER = 5000
const MAILBOXES = 64

const RUN_AS_POSTFIX = [
  'pickup unix n - n 60 1 pickup',
  'cleanup unix n - n - 0 cleanup',
  'qmgr unix n - n 300 1 qmgr',
  'rewrite unix - - n - - trivial-rewrite',
  'bounce unix - - n - 0 bounce',
  'defer unix - - n - 0 bounce',
  'trace unix - - n - 0 bounce',
  'flush unix n - n 1000? 0 flush',
  'proxymap unix - - n - - proxymap',
  'smtp unix - - n - - smtp',
  'showq unix n - n - - showq',
  'error unix - - n - - error',
  'retry unix - - n - - error',
  'virtual unix - n n - - virtual',
  'anvil unix - - n - 1 anvil',
  'postlog unix-dgram n - n - 1 postlogd',
]

export async function startPostfix(): Promise<Server> {
  ensureRoot('Postfix')
  ensureInstalled('Postfix', [PROGRAM], ['postfix'])
  await using stack = new AsyncDisposableStack()
  const directory = stateDirectory('postfix', stack)
  const [port = 0] = await freePorts(1)
  const configuration = path.join(directory, 'etc')
  configure(directory, configuration, port)
  mustRun(PROGRAM, ['-c', configuration, 'start'])
  stack.defer(() => void mustRun(PROGRAM, ['-c', configuration, 'stop']))
  await greeted(port, () => tail(path.join(directory, 'log/mail.log')))
  const pid = Number(fs.readFileSync(path.join(directory, 'queue/pid/master.pid'), 'latin1'))
  const mailboxes = path.join(directory, 'mail')
  const mail: MailSide = {
    port,
    isLmtp: false,
    arrivesLater: true,
    recipients: (count) => Promise.resolve(Array.from({ length: count }, (_, at) => `m${at}@example.org`)),
    arrived: () => Promise.resolve(countFiles(mailboxes, (name) => name.includes('.V'))),
  }
  const kept = stack.move()
  return {
    name: 'Postfix',
    pid,
    mail,
    imap: null,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}

function configure(directory: string, configuration: string, port: number): void {
  for (const name of ['etc', 'queue', 'data', 'mail', 'log']) fs.mkdirSync(path.join(directory, name))
  const postfixUser = Number(mustRun('id', ['-u', 'postfix']))
  fs.chownSync(path.join(directory, 'data'), postfixUser, 0)
  fs.chownSync(path.join(directory, 'mail'), MAIL_USER, MAIL_USER)
  const boxes = Array.from({ length: MAILBOXES }, (_, at) => `m${at}@example.org m${at}/\n`).join('')
  fs.writeFileSync(path.join(configuration, 'mailboxes'), boxes)
  const settings = {
    compatibility_level: '3.6',
    queue_directory: `${directory}/queue`,
    data_directory: `${directory}/data`,
    command_directory: '/usr/sbin',
    daemon_directory: '/usr/lib/postfix/sbin',
    mail_owner: 'postfix',
    setgid_group: 'postdrop',
    myhostname: 'mx.example.org',
    mydestination: '',
    inet_interfaces: '127.0.0.1',
    inet_protocols: 'ipv4',
    mynetworks: '127.0.0.0/8',
    maillog_file: `${directory}/log/mail.log`,
    maillog_file_prefixes: os.tmpdir(),
    alias_maps: '',
    local_recipient_maps: '',
    virtual_mailbox_domains: 'example.org',
    virtual_mailbox_base: `${directory}/mail`,
    virtual_mailbox_maps: `texthash:${configuration}/mailboxes`,
    virtual_uid_maps: `static:${MAIL_USER}`,
    virtual_gid_maps: `static:${MAIL_USER}`,
    virtual_mailbox_limit: '0',
    mailbox_size_limit: '0',
    message_size_limit: '0',
    // No look-up of names, no limits for one client: this one sends everything.
    smtpd_peername_lookup: 'no',
    smtpd_client_connection_count_limit: '0',
    smtpd_client_connection_rate_limit: '0',
    smtpd_client_message_rate_limit: '0',
  }
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}\n`)
  fs.writeFileSync(path.join(configuration, 'main.cf'), lines.join(''))
  fs.writeFileSync(
    path.join(configuration, 'master.cf'),
    `${[`127.0.0.1:${port} inet n - n - - smtpd`, ...RUN_AS_POSTFIX].join('\n')}\n`,
  )
}
