// Dovecot: IMAP and LMTP over sdbox (a file for each message), in the clear. In performance mode (one process serves many logins, one after the
// other), which is the faster one.

import fs from 'node:fs'
import path from 'node:path'
import { ImapLoad, type ImapTarget } from '../load-imap.ts'
import { ensureInstalled, ensureRoot } from './debian.ts'
import { type MailSide, type Server, freePorts, greeted, startDaemon, stateDirectory, tail } from './server.ts'

const PROGRAM = '/usr/sbin/dovecot'
const PACKAGES = ['dovecot-core', 'dovecot-imapd', 'dovecot-lmtpd']
const MAIL_USER = 5000
const PASSWORD = 'bench'

/** `settings`: more lines for its dovecot.conf. */
export async function startDovecot(settings = ''): Promise<Server> {
  ensureRoot('Dovecot')
  ensureInstalled('Dovecot', [PROGRAM, '/usr/lib/dovecot/imap', '/usr/lib/dovecot/lmtp'], PACKAGES)
  await using stack = new AsyncDisposableStack()
  const directory = stateDirectory('dovecot', stack)
  const [imapPort = 0, lmtpPort = 0] = await freePorts(2)
  const file = path.join(directory, 'dovecot.conf')
  fs.mkdirSync(path.join(directory, 'mail'))
  fs.chownSync(path.join(directory, 'mail'), MAIL_USER, MAIL_USER)
  fs.writeFileSync(file, configuration(directory, imapPort, lmtpPort) + settings)
  const daemon = startDaemon(PROGRAM, ['-F', '-c', file], { cwd: directory })
  stack.defer(() => daemon.stop())
  const log = (): string => daemon.log() + tail(path.join(directory, 'dovecot.log'))
  await greeted(imapPort, log)
  await greeted(lmtpPort, log)
  const imapOf = (user: string): ImapTarget => ({ port: imapPort, user, password: PASSWORD })
  const mail: MailSide = {
    port: lmtpPort,
    isLmtp: true,
    arrivesLater: false,
    recipients: (count) => Promise.resolve(Array.from({ length: count }, (_, at) => `m${at}@example.org`)),
    async arrived(recipients) {
      let count = 0
      for (const address of recipients) {
        using connection = await ImapLoad.login(imapOf(address))
        count += await connection.count('INBOX')
      }
      return count
    },
  }
  const kept = stack.move()
  return {
    name: 'Dovecot',
    pid: daemon.pid,
    mail,
    imap: imapOf('bench@example.org'),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}

function configuration(directory: string, imapPort: number, lmtpPort: number): string {
  return `
protocols = imap lmtp
base_dir = ${directory}/run
state_dir = ${directory}/state
log_path = ${directory}/dovecot.log
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_username_format = %Ln
first_valid_uid = ${MAIL_USER}
mail_uid = ${MAIL_USER}
mail_gid = ${MAIL_USER}
mail_home = ${directory}/mail/%n
mail_location = sdbox:~/sdbox
mail_max_userip_connections = 4000
default_vsz_limit = 2G
passdb {
  driver = static
  args = password=${PASSWORD}
}
userdb {
  driver = static
  args = uid=${MAIL_USER} gid=${MAIL_USER} home=${directory}/mail/%n
}
service imap-login {
  service_count = 0
  inet_listener imap {
    port = ${imapPort}
  }
  inet_listener imaps {
    port = 0
  }
}
service imap {
  service_count = 0
  process_limit = 4000
}
service lmtp {
  process_limit = 64
  inet_listener lmtp {
    port = ${lmtpPort}
  }
}
service anvil {
  client_limit = 8000
}
service auth {
  client_limit = 8000
}
service stats {
  client_limit = 8000
}
namespace inbox {
  inbox = yes
  separator = /
}
`
}
