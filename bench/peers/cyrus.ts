// Cyrus IMAP, with its defaults: each change durable, no search index. Debian's cyrus-imapd conflicts with dovecot-imapd, so that its programs are
// unpacked rather than installed.

import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { ImapLoad, type ImapTarget } from '../load-imap.ts'
import { ensureInstalled, ensureRoot, unpacked } from './debian.ts'
import { type Server, freePorts, greeted, mustRun, startDaemon, stateDirectory } from './server.ts'

const MASTER = '/usr/lib/cyrus/bin/master'
const SASL_PASSWORD = '/usr/sbin/saslpasswd2'
const PASSWORD = 'bench'

/** `settings`: more lines for its imapd.conf. */
export async function startCyrus(settings = ''): Promise<Server> {
  ensureRoot('Cyrus')
  ensureInstalled('Cyrus', [MASTER, SASL_PASSWORD], ['cyrus-common', 'sasl2-bin'])
  const programs = path.join(unpacked('Cyrus', 'cyrus-imapd'), 'usr/lib/cyrus/bin')
  await using stack = new AsyncDisposableStack()
  const directory = stateDirectory('cyrus', stack)
  const [port = 0] = await freePorts(1)
  // Its own user may have no right to look where they were unpacked.
  for (const name of ['imapd', 'idled']) fs.cpSync(path.join(programs, name), path.join(directory, name))
  for (const [name, text] of Object.entries(configuration(directory, port, settings)))
    fs.writeFileSync(path.join(directory, name), text)
  for (const name of [
    'lib',
    'spool',
    'run',
    'lib/db',
    'lib/proc',
    'lib/socket',
    'lib/log',
    'lib/msg',
    'lib/ptclient',
    'lib/lock',
    'lib/quota',
    'lib/user',
    'lib/backup',
  ])
    fs.mkdirSync(path.join(directory, name))
  mustRun(SASL_PASSWORD, ['-p', '-c', '-f', path.join(directory, 'sasldb2'), '-u', os.hostname(), 'bench'], {
    input: PASSWORD,
  })
  mustRun('chown', ['-R', 'cyrus:mail', directory])
  const daemon = startDaemon(
    MASTER,
    [
      '-D',
      '-C',
      path.join(directory, 'imapd.conf'),
      '-M',
      path.join(directory, 'cyrus.conf'),
      '-p',
      path.join(directory, 'master.pid'),
    ],
    { cwd: directory },
  )
  stack.defer(() => daemon.stop())
  await greeted(port, () => daemon.log())
  const imap: ImapTarget = { port, user: 'bench', password: PASSWORD }
  // The first login makes the mailbox.
  const connection = await ImapLoad.login(imap)
  await connection.logout()
  connection[Symbol.dispose]()
  const kept = stack.move()
  return {
    name: 'Cyrus',
    pid: daemon.pid,
    mail: null,
    imap,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}

function configuration(directory: string, port: number, settings: string): Readonly<Record<string, string>> {
  const file = path.join(directory, 'imapd.conf')
  return {
    'imapd.conf': `
configdirectory: ${directory}/lib
partition-default: ${directory}/spool
defaultpartition: default
sievedir: ${directory}/lib/sieve
proc_path: ${directory}/run/proc
mboxname_lockpath: ${directory}/run/lock
idlesocket: ${directory}/run/idle
notifysocket: ${directory}/run/notify
lmtpsocket: ${directory}/run/lmtp
admins: cyrus
allowplaintext: yes
sasl_pwcheck_method: auxprop
sasl_auxprop_plugin: sasldb
sasl_sasldb_path: ${directory}/sasldb2
sasl_mech_list: PLAIN LOGIN
virtdomains: off
unixhierarchysep: on
altnamespace: on
autocreate_quota: 0
maxlogins_per_user: 0
maxlogins_per_host: 0
search_engine: none
${settings}`,
    'cyrus.conf': `
START {
  recover cmd="/usr/lib/cyrus/bin/ctl_cyrusdb -C ${file} -r"
  idled cmd="${directory}/idled -C ${file}"
}
SERVICES {
  imap cmd="${directory}/imapd -C ${file} -U 250" listen="127.0.0.1:${port}" prefork=2 maxchild=2000
}
EVENTS {
}
`,
  }
}
