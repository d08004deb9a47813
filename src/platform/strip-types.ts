// Fills `node_modules/.stripped` (see `stripped-types.ts`): called before long-running processes are started, and by whoever installs Mailkeep for
// users who may not write there. What is up to date is left alone.

import fs from 'node:fs'
import module from 'node:module'
import path from 'node:path'
import { root, strippedFile, strippedFolder, strippedHead } from './stripped-types.ts'

/** Does nothing where the folder cannot be written: everything works without it, with more memory. */
export function stripTypes(): void {
  try {
    fs.mkdirSync(strippedFolder, { recursive: true })
    for (const source of sources()) {
      const file = strippedFile(source)
      const head = strippedHead(source)
      if (isCurrent(file, head)) continue
      const temporary = `${file}.${process.pid}`
      fs.writeFileSync(temporary, head + module.stripTypeScriptTypes(fs.readFileSync(source, 'utf8')), { mode: 0o644 })
      fs.renameSync(temporary, file)
    }
  } catch (error) {
    if (!['EACCES', 'EROFS', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
  }
}

function* sources(): Generator<string> {
  for (const entry of fs.readdirSync(`${root}/src`, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith('.ts')) continue
    if (/\.(test|test-support|d)\.ts$/.test(entry.name)) continue
    yield path.join(entry.parentPath, entry.name)
  }
}

function isCurrent(file: string, head: string): boolean {
  try {
    const descriptor = fs.openSync(file, 'r')
    const buffer = Buffer.alloc(head.length)
    fs.readSync(descriptor, buffer, 0, head.length, 0)
    fs.closeSync(descriptor)
    return buffer.toString('latin1') === head
  } catch {
    return false
  }
}
