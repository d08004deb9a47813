// Builds the web pages into web/dist: `sh tools/run web/build.ts`. A build bears the digest of what it was made of, so that where nothing has
// changed there is nothing to do. A build comes together in a folder of its own, and takes the place of the old one when it is whole: whoever
// builds at the same time, or reads, never sees a half of one.

import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { PAGES_MANIFEST, manifestOf, programDirectory } from '#platform/program.ts'

const root = import.meta.dirname
const dist = path.join(root, 'dist')
const STAMP = '.stamp'
/** What pages and commands have in common. */
const SHARED = ['src/sheet']

/** All that the build depends on, below the program's directory. */
function sources(): string[] {
  const files = fs
    .readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)))
    .filter((file) => !/^dist(?:-\d+)?[/\\]/.test(file) && !file.endsWith('.test.ts'))
    .sort()
  const shared = SHARED.flatMap((folder) =>
    fs.readdirSync(path.join(programDirectory, folder)).map((name) => path.join(folder, name)),
  )
  return [...files.map((name) => path.join('web', name)), ...shared.sort(), 'package-lock.json']
}

function digestOf(files: readonly string[]): string {
  const hash = createHash('sha256')
  for (const file of files) {
    hash
      .update(`${file}\0`)
      .update(fs.readFileSync(path.join(programDirectory, file)))
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

/** Files were touched, or this build has no manifest: the next start need not read them all. Where this user may not write it does. */
function noteManifest(manifest: string): void {
  const file = path.join(programDirectory, PAGES_MANIFEST)
  try {
    fs.writeFileSync(`${file}-${process.pid}`, manifest)
    fs.renameSync(`${file}-${process.pid}`, file)
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    if (!['EACCES', 'EROFS', 'EPERM', 'ENOENT'].includes(code)) throw error
  }
}

export interface BuildOptions {
  /** Does nothing where web/dist was built of these very sources. */
  readonly ifChanged: boolean
}

/** True if it built. Rejects with what vite says when the sources are wrong. */
export async function buildWeb({ ifChanged }: BuildOptions): Promise<boolean> {
  const files = sources()
  // What changes while it builds is another manifest, and another digest.
  const manifest = JSON.stringify(manifestOf(files))
  const digest = digestOf(files)
  if (ifChanged && stampOfBuild() === digest) {
    noteManifest(manifest)
    return false
  }
  console.error('Building the webmail (a few seconds, once) ...')
  // Loaded only where there is something to build: every start asks.
  const [{ build }, { frameBuild, pageBuild }] = await Promise.all([import('vite'), import('./vite.config.ts')])
  const made = path.join(root, `dist-${process.pid}`)
  try {
    await build(pageBuild(made))
    await build(frameBuild(made))
    fs.writeFileSync(path.join(made, STAMP), digest)
    fs.writeFileSync(path.join(made, path.basename(PAGES_MANIFEST)), manifest)
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
