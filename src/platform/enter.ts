// What a process that is given flags of V8 begins with: `enter.ts FILE FLAG…` loads the process's own module, FILE.
//
// Node brings its own modules compiled, and V8 takes that only under the flags that it was made under: with one that is not a default, every process compiled again what
// it imports, a third of a start (docs/adr/0093-node-s-own-modules-compiled.md). So the process is started with its flags, because some of them say how its memory and its context are made; while modules are
// loaded they are off; and before anything is received they are as they were given. What they forbid in the context that was made (eval) stays forbidden all the time.

import { pathToFileURL } from 'node:url'
import v8 from 'node:v8'

const [, , file = '', ...flags] = process.argv

/** `--x` and `--no-x`. */
const opposite = (flag: string): string => (flag.startsWith('--no-') ? `--${flag.slice(5)}` : `--no-${flag.slice(2)}`)

for (const flag of flags) v8.setFlagsFromString(opposite(flag))
await import(pathToFileURL(file).href)
for (const flag of flags) v8.setFlagsFromString(flag)
