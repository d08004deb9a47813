// Loaded first by processes that run for long: takes modules from `node_modules/.stripped`, where `strip-types.ts` has put them without their
// types, so that no process has to load the compiler for that (18 MB and half of its starting time). A module that is not there, or that
// was made of another version of its source, is left to Node. Stripping replaces types by blanks: lines and columns stay as they are.
//
// This file is run from there itself: it imports nothing of ours.

import fs from 'node:fs'
import module from 'node:module'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const FOLDER = '/node_modules/.stripped'

/** Of the program: what holds `src`. */
export const root = import.meta.dirname.endsWith(FOLDER)
  ? import.meta.dirname.slice(0, -FOLDER.length)
  : path.resolve(import.meta.dirname, '../..')

export const strippedFolder = root + FOLDER

export function strippedFile(source: string): string {
  return `${strippedFolder}/${path.relative(root, source).replaceAll('/', '!').replace(/\.ts$/, '.mjs')}`
}

/** What the file begins with, on the first line of the module: lines stay as they are. */
export function strippedHead(source: string): string {
  const { size, mtimeMs } = fs.statSync(source)
  return `/*${size}:${Math.floor(mtimeMs)}*/`
}

function readStripped(source: string): string | null {
  try {
    const text = fs.readFileSync(strippedFile(source), 'utf8')
    const head = strippedHead(source)
    return text.startsWith(head) ? text.slice(head.length) : null
  } catch {
    return null
  }
}

module.registerHooks({
  load(url, context, nextLoad) {
    if (url.startsWith('file:') && url.endsWith('.ts')) {
      const source = readStripped(fileURLToPath(url))
      if (source !== null) return { format: 'module', source, shortCircuit: true }
    }
    return nextLoad(url, context)
  },
})
