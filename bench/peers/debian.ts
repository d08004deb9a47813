// Peers come from Debian's packages. As root, and where no service manager would start them on the system's own mail ports (a container, CI), missing
// ones are installed; elsewhere the one command to run is said.

import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { PeerMissing, cacheDirectory, mustRun } from './server.ts'

const NONINTERACTIVE = { DEBIAN_FRONTEND: 'noninteractive' }

/** All these programs are there afterwards, or it throws PeerMissing. */
export function ensureInstalled(peer: string, programs: readonly string[], packages: readonly string[]): void {
  if (programs.every((program) => fs.existsSync(program))) return
  const command = ['apt-get', 'install', '-y', '--no-install-recommends', ...packages]
  const isContained = !fs.existsSync('/run/systemd/system')
  if (isRoot() && isContained && fs.existsSync('/usr/bin/apt-get')) {
    console.log(`Installing ${packages.join(' ')} ...`)
    update()
    spawnSync('apt-get', command.slice(1), { stdio: 'ignore', env: { ...process.env, ...NONINTERACTIVE } })
    if (programs.every((program) => fs.existsSync(program))) return
  }
  throw new PeerMissing(`${peer}: not measured; install it with: sudo ${command.join(' ')}`)
}

/** These servers change to users of their own. */
export function ensureRoot(peer: string): void {
  if (!isRoot()) throw new PeerMissing(`${peer}: not measured; it starts as root only: sudo npm run bench peers`)
}

/** The root of a package that is unpacked rather than installed, as it conflicts with another peer's. */
export function unpacked(peer: string, packageName: string): string {
  const directory = cacheDirectory(packageName)
  const done = path.join(directory, 'unpacked')
  if (fs.existsSync(done)) return done
  const partial = path.join(directory, 'partial')
  fs.rmSync(directory, { recursive: true, force: true })
  fs.mkdirSync(partial, { recursive: true })
  try {
    // apt's own user may have no right to write there.
    mustRun('apt-get', ['-o', 'APT::Sandbox::User=root', 'download', packageName], { cwd: directory })
    const archive = fs.readdirSync(directory).find((name) => name.endsWith('.deb')) ?? ''
    mustRun('dpkg', ['-x', path.join(directory, archive), partial])
  } catch {
    throw new PeerMissing(
      `${peer}: not measured; its package could not be fetched: try apt-get update, then apt-get download ${packageName}`,
    )
  }
  fs.renameSync(partial, done)
  return done
}

function update(): void {
  spawnSync('apt-get', ['update', '-q'], { stdio: 'ignore', env: { ...process.env, ...NONINTERACTIVE } })
}

function isRoot(): boolean {
  return process.getuid?.() === 0
}
