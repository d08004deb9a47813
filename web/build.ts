// Builds the web pages into web/dist: `sh tools/run web/build.ts`. A build bears the digest of what it was made of, so that where nothing has
// changed there is nothing to do. The build comes together in a folder of its own name only when it is whole: the stamp is written last.

import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'

const root = import.meta.dirname
const stampFile = path.join(root, 'dist', '.stamp')

/** Of all that the build depends on. */
function digestOfSources(): string {
  const files = fs
    .readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)))
    .filter((file) => !file.startsWith(`dist${path.sep}`) && !file.endsWith('.test.ts'))
    .sort()
  const hash = createHash('sha256')
  for (const file of [...files.map((name) => path.join(root, name)), path.join(root, '..', 'package-lock.json')]) {
    hash
      .update(`${path.relative(root, file)}\0`)
      .update(fs.readFileSync(file))
      .update('\0')
  }
  return hash.digest('hex')
}

function stampOfBuild(): string | null {
  try {
    return fs.readFileSync(stampFile, 'utf8')
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
  fs.rmSync(stampFile, { force: true })
  console.error('Building the webmail (a few seconds, once) ...')
  // Loaded only where there is something to build: every start asks.
  const [{ build }, { frameBuild, pageBuild }] = await Promise.all([import('vite'), import('./vite.config.ts')])
  await build(pageBuild)
  await build(frameBuild)
  fs.writeFileSync(stampFile, digest)
  return true
}

if (import.meta.main) await buildWeb({ ifChanged: !process.argv.includes('--force') })
