// What `tools/run` starts for the command where there is a bundle: the command from the bundle, or from the sources if they have changed since it was made.

import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { bundledName, currentBundle, programDirectory } from './program.ts'

const COMMAND = 'src/cli/main.ts'

const bundle = currentBundle()
const file = bundle === null ? path.join(programDirectory, COMMAND) : path.join(bundle, bundledName(COMMAND))
await import(pathToFileURL(file).href)
