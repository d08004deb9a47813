// Haraka, an SMTP server in Node.js, with its queue on disk: each message becomes a file that is made durable before the reply. It is to relay
// everything, and sending is off: what is measured is acceptance.

import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import {
  type Daemon,
  type MailSide,
  PeerMissing,
  type Server,
  cacheDirectory,
  countFiles,
  freePorts,
  greeted,
  startDaemon,
  stateDirectory,
} from './server.ts'

const VERSION = '3.3.4'

/** Accepts every recipient, and hands every message to the outgoing queue. */
const RELAY_EVERYTHING = `
exports.register = function () { this.register_hook('connect', 'relay') }
exports.relay = function (next, connection) { connection.relaying = true; next() }
exports.hook_rcpt = function (next) { next(OK) }
`

export async function startHaraka(): Promise<Server> {
  const program = ensureHaraka()
  await using stack = new AsyncDisposableStack()
  const directory = stateDirectory('haraka', stack)
  const [port = 0] = await freePorts(1)
  configure(path.dirname(path.dirname(program)), directory, port)
  const queue = path.join(directory, 'queue')
  const start = (): Daemon => {
    fs.mkdirSync(queue, { recursive: true })
    return startDaemon(process.execPath, [program, '-c', directory], { cwd: directory })
  }
  let daemon = start()
  stack.defer(() => daemon.stop())
  await greeted(port, () => daemon.log())
  const mail: MailSide = {
    port,
    isLmtp: false,
    arrivesLater: false,
    recipients: (count) => Promise.resolve(Array.from({ length: count }, (_, at) => `m${at}@example.org`)),
    // A name that starts with a dot is one that is still written.
    arrived: () => Promise.resolve(countFiles(queue, (name) => !name.startsWith('.'))),
    async reset() {
      await daemon.stop()
      fs.rmSync(queue, { recursive: true })
      daemon = start()
      await greeted(port, () => daemon.log())
    },
  }
  const kept = stack.move()
  return {
    name: 'Haraka',
    get pid() {
      return daemon.pid
    },
    mail,
    imap: null,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}

/** Installs it once, in a directory of its own: it is no dependency of the project. */
function ensureHaraka(): string {
  const directory = cacheDirectory(`haraka-${VERSION}`)
  const program = path.join(directory, 'node_modules/Haraka/bin/haraka')
  if (fs.existsSync(program)) return program
  const args = [
    'install',
    '--no-save',
    '--ignore-scripts',
    '--loglevel=error',
    '--no-update-notifier',
    '--prefix',
    directory,
    `Haraka@${VERSION}`,
  ]
  console.log(`Installing Haraka ${VERSION} in ${directory} ...`)
  fs.mkdirSync(directory, { recursive: true })
  const { status } = spawnSync('npm', args, { stdio: ['ignore', 'ignore', 'inherit'] })
  if (status !== 0) {
    fs.rmSync(directory, { recursive: true, force: true })
    throw new PeerMissing(`Haraka: not measured; this did not work: npm ${args.join(' ')}`)
  }
  return program
}

function configure(installed: string, directory: string, port: number): void {
  const write = (name: string, text: string): void => fs.writeFileSync(path.join(directory, name), text)
  fs.cpSync(path.join(installed, 'config'), path.join(directory, 'config'), { recursive: true })
  fs.mkdirSync(path.join(directory, 'plugins'))
  write('plugins/relay_everything.js', RELAY_EVERYTHING)
  write('config/plugins', 'relay_everything\n')
  write('config/smtp.ini', `listen=127.0.0.1:${port}\nnodes=0\ndaemonize=false\nspool_dir=${directory}\n`)
  // Held mail looks once a second whether it may go: one message at a time, not ten thousand.
  write('config/outbound.ini', 'disabled=true\nalways_split=false\nconcurrency_max=1\n')
  write('config/log.ini', '[main]\nlevel=warn\n')
  write('config/me', 'mx.example.org\n')
}
