// Where the program's files are, and how its processes and threads are started in the form in which this one runs: from the sources, whose types Node strips, or
// from a bundle of them in `node_modules/.bundled` (`tools/bundle.ts`, docs/adr/0065-bundled-processes.md), which starts in a fraction of the time. What one process
// starts is of its own version, even if the sources have changed meanwhile.

import fs from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'

export const BUNDLES = 'node_modules/.bundled'
/** Of a bundle: which sources it was made of. */
export const MANIFEST = 'manifest.json'
/** The same of the built web pages. */
export const PAGES_MANIFEST = 'web/dist/.sources'

const bundledAt = import.meta.dirname.indexOf(`/${BUNDLES}/`)
const isBundled = bundledAt !== -1

/** What holds `src`. */
export const programDirectory: string = isBundled
  ? import.meta.dirname.slice(0, bundledAt)
  : path.resolve(import.meta.dirname, '../..')

/** What a file of the sources (`src/…/name.ts`) that is run or started is called in a bundle. */
export function bundledName(source: string): string {
  return source
    .replace(/^src\//, '')
    .replaceAll('/', '-')
    .replace(/\.ts$/, '.mjs')
}

/** Below the program's directory: what is to be run for a file of the sources. */
export function entryFile(source: string): string {
  return isBundled ? path.join(path.relative(programDirectory, import.meta.dirname), bundledName(source)) : source
}

/** The same, for a thread. */
export function entryUrl(source: string): URL {
  return pathToFileURL(path.join(programDirectory, entryFile(source)))
}

/** Path below the program's directory, size in bytes, and time of change in milliseconds, of each file that something was made of. */
export type Manifest = readonly (readonly [file: string, size: number, changedMs: number])[]

/** Of files below the program's directory, as they are now. */
export function manifestOf(files: readonly string[]): Manifest {
  return files.map((name) => {
    const { size, mtimeMs } = fs.statSync(path.join(programDirectory, name))
    return [name, size, Math.floor(mtimeMs)] as const
  })
}

/** The bundle that is in use, if it was made of the sources that are there now; else null. */
export function currentBundle(): string | null {
  try {
    const bundle = isBundled ? import.meta.dirname : fs.realpathSync(path.join(programDirectory, BUNDLES, 'current'))
    return isOfManifest(path.join(bundle, MANIFEST)) ? bundle : null
  } catch (error) {
    if (['ENOENT', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) return null
    throw error
  }
}

/** Whether the web pages were built of the sources that are there now; if not, `web/build.ts` finds out more exactly. */
export function pagesAreCurrent(): boolean {
  return (
    fs.existsSync(path.join(programDirectory, PAGES_MANIFEST)) &&
    isOfManifest(path.join(programDirectory, PAGES_MANIFEST))
  )
}

function isOfManifest(file: string): boolean {
  return (JSON.parse(fs.readFileSync(file, 'utf8')) as Manifest).every(isUnchanged)
}

function isUnchanged([file, size, changedMs]: Manifest[number]): boolean {
  const found = fs.statSync(path.join(programDirectory, file), { throwIfNoEntry: false })
  return found?.size === size && Math.floor(found.mtimeMs) === changedMs
}
