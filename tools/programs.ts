// The programs that tests drive, and where Debian has them. As root on Debian what is missing is installed; otherwise the one
// command to run is printed. Tests never skip: a missing program fails the run here, before it starts.

import { spawnSync } from 'node:child_process'
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

/** True when every program is there; otherwise says on standard error what to do. */
export function ensurePrograms(): boolean {
  const missing = [
    ...new Set(
      Object.keys(programs)
        .filter((program) => !isInstalled(program))
        .map((program) => programs[program] as string),
    ),
  ]
  if (missing.length === 0) return true
  const install = ['apt-get', 'install', '-y', '--no-install-recommends', ...missing]
  if (process.getuid?.() !== 0 || !fs.existsSync('/usr/bin/apt-get')) {
    console.error(
      `The tests drive programs that are not installed here. Run this once, then npm test again:\n\n  sudo ${install.join(' ')}\n`,
    )
    return false
  }
  console.error(`Installing what the tests drive: ${missing.join(' ')} ...`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  spawnSync('apt-get', ['update', '-q'], { stdio: ['ignore', 'ignore', 'inherit'], env })
  const result = spawnSync(install[0] as string, install.slice(1), { stdio: ['ignore', 'ignore', 'inherit'], env })
  if (result.status === 0) return true
  console.error(`apt-get failed; run it by hand to see why: ${install.join(' ')}`)
  return false
}
