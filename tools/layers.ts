// Which folder of src/ may import which, and which file may import which node module or package. Data first; the check below
// fails on anything that is not in it, and on seeing suspiciously few files.

import fs from 'node:fs'
import path from 'node:path'

const folders: Record<string, readonly string[]> = {
  base: [],
  platform: ['base'],
  crypto: ['base'],
  message: ['base'],
  sieve: ['base', 'message'],
  ledger: ['base', 'platform', 'crypto'],
  engine: ['base', 'platform', 'crypto', 'ledger'],
  keys: ['base', 'crypto'],
  webauthn: ['base', 'platform', 'crypto', 'keys'],
  sheet: ['base'],
  configuration: ['base'],
  account: ['base', 'platform', 'crypto', 'message', 'ledger', 'keys'],
  smtp: ['base', 'message'],
  imap: ['base', 'message', 'account'],
  pop3: ['base', 'message', 'account'],
  jmap: ['base', 'message', 'account'],
  filters: ['base', 'platform', 'crypto', 'message', 'sieve', 'account'],
  managesieve: ['base', 'sieve', 'account', 'filters'],
  copies: ['base', 'platform', 'crypto', 'message', 'ledger', 'keys', 'account', 'imap'],
  unlock: ['base', 'platform', 'crypto', 'keys', 'ledger', 'account', 'webauthn'],
  gate: ['base', 'platform', 'crypto', 'smtp', 'imap', 'pop3'],
  protocol: ['base', 'platform', 'ledger', 'account', 'smtp'],
  supervisor: ['base', 'platform', 'crypto', 'keys', 'configuration', 'protocol'],
  directory: ['base', 'platform', 'crypto', 'ledger', 'keys', 'account'],
  delivery: ['base', 'platform', 'crypto', 'message', 'smtp', 'ledger', 'account', 'directory'],
  processes: [
    'base',
    'platform',
    'crypto',
    'message',
    'ledger',
    'engine',
    'keys',
    'account',
    'smtp',
    'imap',
    'pop3',
    'jmap',
    'filters',
    'managesieve',
    'directory',
    'delivery',
    'configuration',
    'unlock',
    'webauthn',
    'gate',
    'supervisor',
    'protocol',
  ],
  cli: [
    'supervisor',
    'delivery',
    'sheet',
    'base',
    'platform',
    'crypto',
    'message',
    'ledger',
    'keys',
    'account',
    'copies',
    'directory',
    'configuration',
    'protocol',
    'processes',
  ],
}

/** Folders that may import a node module. Tests may import any. */
const nodeModules: Record<string, readonly string[]> = {
  'node:crypto': ['crypto'],
  'node:fs': ['platform'],
  'node:net': ['platform'],
  'node:tls': ['platform'],
  'node:dns': ['platform'],
  'node:http': ['platform'],
  'node:https': ['platform'],
  'node:child_process': ['platform'],
  'node:os': ['platform'],
  'node:process': ['platform'],
  'node:v8': ['platform'],
  'node:worker_threads': ['platform'],
  'node:readline': ['platform'],
  'node:stream': ['platform'],
  'node:zlib': ['platform', 'ledger', 'imap', 'sheet'],
  'node:module': ['platform'],
  'node:url': ['platform'],
  'node:buffer': ['base'],
  'node:path': ['platform', 'cli', 'processes', 'supervisor', 'gate', 'ledger', 'account'],
  'node:util': ['platform', 'cli'],
}

/** Folders that may import a package. */
const packages: Record<string, readonly string[]> = {
  'better-sqlite3-multiple-ciphers': ['account'],
  cborg: ['account', 'keys', 'directory'],
  commander: ['cli'],
  nodemailer: ['platform'],
  'shamir-secret-sharing': ['crypto'],
  uqr: ['sheet'],
  yaml: ['configuration'],
  valibot: ['configuration', 'jmap'],
}

/** Globals that only these folders may name. */
const globals: readonly { readonly pattern: RegExp; readonly folders: readonly string[] }[] = [
  { pattern: /\bDate\.now\s*\(|\bnew Date\s*\(\s*\)/, folders: ['platform'] },
  { pattern: /\bMath\.random\b/, folders: ['platform'] },
  { pattern: /\bset(?:Timeout|Interval|Immediate)\s*\(/, folders: ['platform'] },
  { pattern: /\bprocess\.env\b/, folders: ['platform'] },
]

const MIN_FILES = 20

export function checkLayers(root: string): string[] {
  const problems: string[] = []
  let seen = 0
  const source = path.join(root, 'src')
  for (const entry of fs.readdirSync(source, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith('.ts')) continue
    seen++
    const file = path.relative(source, path.join(entry.parentPath, entry.name))
    const folder = file.split(path.sep)[0] ?? ''
    const own = path.dirname(file)
    const isTest = /\.(test|prop\.test|fuzz|test-support)\.ts$/.test(entry.name)
    const allowed = folders[folder]
    if (allowed === undefined) {
      problems.push(`src/${file}: the folder ${folder} has no row in tools/layers.ts`)
      continue
    }
    const text = fs.readFileSync(path.join(source, file), 'utf8')
    const code = text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')
    for (const match of code.matchAll(/(?:from\s+|import\s*\(\s*|^import\s+)['"]([^'"]+)['"]/gm)) {
      const target = match[1] as string
      const where = `src/${file}: imports ${target}`
      if (target.startsWith('./')) {
        if (!target.endsWith('.ts')) problems.push(`${where} without .ts`)
      } else if (target.startsWith('#')) {
        const other = target.slice(1).split('/')[0] as string
        if (other === folder) {
          // From a folder inside a folder, what is outside of it is reached by its whole name.
          if (target.startsWith(`#${own}/`)) problems.push(`${where}: inside a folder it is ./`)
        } else if (!isTest && !allowed.includes(other)) problems.push(`${where}: ${folder} may not import ${other}`)
        else if (isTest && folders[other] === undefined) problems.push(`${where}: no such folder`)
      } else if (target.startsWith('node:')) {
        const base = target.split('/')[0] as string
        if (!isTest && !(nodeModules[base] ?? []).includes(folder)) problems.push(`${where}: not legal in ${folder}`)
      } else if (target.startsWith('.')) {
        problems.push(`${where}: paths do not climb`)
      } else if (!isTest) {
        const name = target.startsWith('@') ? target.split('/').slice(0, 2).join('/') : (target.split('/')[0] as string)
        if (!(packages[name] ?? []).includes(folder)) problems.push(`${where}: not legal in ${folder}`)
      }
    }
    if (!isTest) {
      for (const { pattern, folders: where } of globals) {
        if (!where.includes(folder) && pattern.test(code)) problems.push(`src/${file}: uses ${pattern.source}`)
      }
    }
  }
  if (seen < MIN_FILES) problems.push(`saw only ${seen} files: the check itself is broken`)
  return problems
}
