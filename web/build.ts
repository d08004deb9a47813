// Builds the web pages into web/dist: `sh tools/run web/build.ts`. A build bears the digest of what it was made of, so that where nothing has
// changed there is nothing to do. A build comes together in a folder of its own, and takes the place of the old one when it is whole: whoever
// builds at the same time, or reads, never sees a half of one.

import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'

const root = import.meta.dirname
const dist = path.join(root, 'dist')
const STAMP = '.stamp'
/** What pages and commands have in common. */
const SHARED = ['src/sheet']

/** Of all that the build depends on. */
function digestOfSources(): string {
  const files = fs
    .readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)))
    .filter((file) => !/^dist(?:-\d+)?[/\\]/.test(file) && !file.endsWith('.test.ts'))
    .sort()
  const hash = createHash('sha256')
  const shared = SHARED.flatMap((folder) =>
    fs.readdirSync(path.join(root, '..', folder)).map((name) => path.join(root, '..', folder, name)),
  )
  const lock = path.join(root, '..', 'package-lock.json')
  for (const file of [...files.map((name) => path.join(root, name)), ...shared.sort(), lock]) {
    hash
      .update(`${path.relative(root, file)}\0`)
      .update(fs.readFileSync(file))
      .update('\0')
  }
  return hash.digest('hex')
}

function stampOfBuild(): string | null {
  try {
    return fs.readFileSync(path.join(dist, STAMP), 'utf8')
  } catch {
    return null
  }
}

export interface BuildOptions {
  /** Does nothing where web/dist was built of these very sources. */
  readonly ifChanged: boolean
}

/** True if it built. Rejects with what vite says when the sources are wrong. */
export async function buildWeb({ ifChanged }: BuildOptions): Promise<boolean> {
  const digest = digestOfSources()
  if (ifChanged && stampOfBuild() === digest) return false
  console.error('Building the webmail (a few seconds, once) ...')
  // Loaded only where there is something to build: every start asks.
  const [{ build }, { frameBuild, pageBuild }] = await Promise.all([import('vite'), import('./vite.config.ts')])
  const made = path.join(root, `dist-${process.pid}`)
  try {
    await build(pageBuild(made))
    await build(frameBuild(made))
    fs.writeFileSync(path.join(made, STAMP), digest)
    fs.rmSync(dist, { recursive: true, force: true })
    fs.renameSync(made, dist)
  } catch (error) {
    // Another process was as quick, with the same result.
    if (stampOfBuild() !== digest) throw error
  } finally {
    fs.rmSync(made, { recursive: true, force: true })
  }
  return true
}

if (import.meta.main) await buildWeb({ ifChanged: !process.argv.includes('--force') })
