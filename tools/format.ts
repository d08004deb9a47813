// `npm run format`: rewrites files in the project's format.

import { spawnSync } from 'node:child_process'
import path from 'node:path'

const root = path.dirname(import.meta.dirname)
const result = spawnSync(process.execPath, [path.join(root, 'node_modules/oxfmt/bin/oxfmt'), '.'], {
  cwd: root,
  stdio: 'inherit',
})
process.exitCode = result.status ?? 1
