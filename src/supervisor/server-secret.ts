// Where the server secret comes from: a file that the configuration names, a systemd credential, or, where nothing is said, a file in the data
// directory that is made at the first start. docs/operations.md says what each is worth.

import { randomBytes } from '#crypto/random.ts'
import { writeFileDurably } from '#platform/files.ts'
import { environment } from '#platform/process.ts'
import { SERVER_SECRET_BYTES } from '#keys/server-secret.ts'
import type { Configuration } from '#configuration/read.ts'
import { StartError } from './errors.ts'
import type { DataPaths } from './data-directory.ts'
import { orStartError, readForStart } from './start-files.ts'

export interface ServerSecret {
  readonly bytes: Buffer
  /** It lies beside the data: whoever takes the disk has both. */
  readonly isBesideData: boolean
}

const CREDENTIAL = 'mailkeep-server-secret'
const TEXT_BYTES_MAX = 1_024
const PRIVATE = 0o600

/** Throws StartError. */
export function loadServerSecret(configuration: Configuration, paths: DataPaths): ServerSecret {
  const named = configuration.serverSecret?.file
  if (named !== undefined) return { bytes: read(named) ?? missing(named), isBesideData: false }
  const credentials = environment('CREDENTIALS_DIRECTORY')
  const credential = credentials === undefined ? null : read(`${credentials}/${CREDENTIAL}`)
  if (credential !== null) return { bytes: credential, isBesideData: false }
  const own = read(paths.serverSecret)
  if (own !== null) return { bytes: own, isBesideData: true }
  const bytes = randomBytes(SERVER_SECRET_BYTES)
  orStartError(paths.serverSecret, 'cannot be written', () =>
    writeFileDurably(paths.serverSecret, `${bytes.toString('hex')}\n`, PRIVATE),
  )
  return { bytes, isBesideData: true }
}

/** 64 hexadecimal digits. */
function read(file: string): Buffer | null {
  const text = readForStart(file, TEXT_BYTES_MAX)
  if (text === null) return null
  const digits = text.toString('latin1').trim()
  text.fill(0)
  if (!/^[0-9a-f]{64}$/i.test(digits))
    throw new StartError(`${file} does not hold a server secret: 64 hexadecimal digits`)
  return Buffer.from(digits, 'hex')
}

function missing(file: string): never {
  throw new StartError(
    `the server secret ${file} is not there. Without it no password opens an account and the directory cannot be read.\n` +
      'Put it back; or, for a new server, make one: openssl rand -hex 32',
  )
}
