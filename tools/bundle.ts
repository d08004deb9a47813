// Bundles the program for its processes and its command: `sh tools/run tools/bundle.ts`. `mailkeep start` does it where sources have changed. A bundle has a directory
// of its own, named by the digest of what it was made of: those that run from an older one go on with that. It is complete before `current` leads to it; whoever
// builds at the same time makes the same. Where nothing can be written there is none, and everything runs from the sources.

import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { BUNDLES, MANIFEST, bundledName, manifestOf } from '#platform/program.ts'

const root = path.dirname(import.meta.dirname)
const bundles = path.join(root, BUNDLES)

/** What is run by its name. */
const entries = [
  'src/platform/front.ts',
  'src/platform/enter.ts',
  'src/cli/main.ts',
  'src/cli/hash-worker.ts',
  ...['supervisor', 'mx', 'gate', 'vault', 'ledger', 'directory', 'courier', 'upkeep-worker', 'derive-worker'].map(
    (name) => `src/processes/${name}.ts`,
  ),
]
/** Packages that are loaded from where they are: they have native parts. */
const external = /^better-sqlite3-multiple-ciphers/
/** Older bundles that are kept: programs may run from them. */
const KEPT = 2

/** Of all that a bundle depends on, but for the files of packages: their versions are in the lock file. */
function digestOfSources(): string {
  const hash = createHash('sha256')
  const sources = fs
    .readdirSync(path.join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !/\.(test|test-support)\.ts$/.test(name))
    .map((name) => path.join('src', name))
  for (const name of ['package.json', 'package-lock.json', 'tools/bundle.ts', ...sources.sort()]) {
    hash
      .update(`${name}\0`)
      .update(fs.readFileSync(path.join(root, name)))
      .update('\0')
  }
  return hash.digest('hex').slice(0, 16)
}

/** What the bundle's modules are, but for those of packages. */
function sourcesOf(modules: ReadonlySet<string>): string[] {
  const own = [...modules].map((file) => path.relative(root, file)).filter((name) => name.startsWith('src/'))
  return ['package-lock.json', ...own.sort()]
}

async function write(directory: string): Promise<void> {
  // Loaded only where there is something to bundle.
  const { rolldown } = await import('rolldown')
  const modules = new Set<string>()
  for (const name of entries) {
    // Each by itself: of files that several share there would be a hundred, and to find, read and link one takes a millisecond.
    const input = { [path.parse(bundledName(name)).name]: path.join(root, name) }
    // Who uses nothing of a package does not load it.
    const treeshake = { moduleSideEffects: [{ test: external, sideEffects: false }] }
    const bundle = await rolldown({ input, cwd: root, platform: 'node', external, treeshake, logLevel: 'warn' })
    try {
      const { output } = await bundle.write({
        dir: directory,
        format: 'esm',
        entryFileNames: '[name].mjs',
        chunkFileNames: 'chunk-[hash].mjs',
      })
      for (const part of output) if (part.type === 'chunk') part.moduleIds.forEach((id) => modules.add(id))
    } finally {
      await bundle.close()
    }
  }
  fs.writeFileSync(path.join(directory, MANIFEST), JSON.stringify(manifestOf(sourcesOf(modules))))
}

/** `current` leads there from now on. */
function use(name: string): void {
  const link = path.join(bundles, `current-${process.pid}`)
  fs.rmSync(link, { force: true })
  fs.symlinkSync(name, link)
  fs.renameSync(link, path.join(bundles, 'current'))
}

function removeOld(inUse: string): void {
  const byAge = fs
    .readdirSync(bundles)
    .filter((name) => /^[0-9a-f]{16}$/.test(name) && name !== inUse)
    .map((name) => ({ name, madeMs: fs.statSync(path.join(bundles, name)).mtimeMs }))
    .sort((a, b) => b.madeMs - a.madeMs)
  for (const { name } of byAge.slice(KEPT)) fs.rmSync(path.join(bundles, name), { recursive: true, force: true })
}

async function bundle(): Promise<void> {
  const name = digestOfSources()
  const directory = path.join(bundles, name)
  const made = `${directory}-${process.pid}`
  try {
    fs.mkdirSync(bundles, { recursive: true })
    await write(made)
    // Of files that were touched only the manifest is another.
    if (fs.existsSync(directory)) fs.renameSync(path.join(made, MANIFEST), path.join(directory, MANIFEST))
    else fs.renameSync(made, directory)
    use(name)
    removeOld(name)
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    // Another process was as quick, with the same result; or this user may not write here.
    if (!['ENOTEMPTY', 'EEXIST', 'EACCES', 'EROFS', 'EPERM'].includes(code)) throw error
  } finally {
    fs.rmSync(made, { recursive: true, force: true })
  }
}

await bundle()
