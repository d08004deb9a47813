// The programs that tests drive, and where Debian has them. As root on Debian what is missing is installed; otherwise the one
// command to run is printed. Tests never skip: a missing program fails the run here, before it starts.

import { spawn } from 'node:child_process'
import fs from 'node:fs'

/** Program → Debian package. */
const programs: Readonly<Record<string, string>> = {
  age: 'age',
  'chromium-headless-shell': 'chromium-headless-shell',
  curl: 'curl',
  fetchmail: 'fetchmail',
  getmail: 'getmail6',
  mbsync: 'isync',
  neomutt: 'neomutt',
  offlineimap: 'offlineimap3',
  openssl: 'openssl',
  pdfinfo: 'poppler-utils',
  pdftoppm: 'poppler-utils',
  pdftotext: 'poppler-utils',
  python3: 'python3',
  setpriv: 'util-linux',
  'sieve-connect': 'sieve-connect',
  strace: 'strace',
  swaks: 'swaks',
  thunderbird: 'thunderbird',
  tmux: 'tmux',
  unshare: 'util-linux',
  xz: 'xz-utils',
  zbarimg: 'zbar-tools',
}

function isInstalled(program: string): boolean {
  const folders = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`.split(':')
  return folders.some((folder) => folder !== '' && fs.existsSync(`${folder}/${program}`))
}

/**
 * Says at once, on standard error, what to do where nothing can be installed: null. Else the installing, of which checks need nothing to be over: true when
 * every program is there.
 */
export function beginInstalling(): Promise<boolean> | null {
  const missing = [
    ...new Set(
      Object.keys(programs)
        .filter((program) => !isInstalled(program))
        .map((program) => programs[program] as string),
    ),
  ]
  if (missing.length === 0) return Promise.resolve(true)
  const install = ['install', '-y', '--no-install-recommends', ...missing]
  if (process.getuid?.() !== 0 || !fs.existsSync('/usr/bin/apt-get')) {
    console.error(
      `The tests drive programs that are not installed here. Run this once, then npm test again:\n\n  sudo apt-get ${install.join(' ')}\n`,
    )
    return null
  }
  console.error(`Installing what the tests drive: ${missing.join(' ')} ...`)
  // One process: nobody here has to look after it meanwhile.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const child = spawn('sh', ['-c', 'apt-get update -q; exec apt-get "$@"', 'sh', ...install], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env,
  })
  return new Promise((resolve) => {
    const end = (isDone: boolean): void => {
      if (!isDone) console.error(`apt-get failed; run it by hand to see why: apt-get ${install.join(' ')}`)
      resolve(isDone)
    }
    child.once('error', () => end(false)).once('close', (status) => end(status === 0))
  })
}
