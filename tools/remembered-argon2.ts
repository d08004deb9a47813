// Loaded into every test's process (tools/test.ts): Argon2id takes a fifth of a second by design, and tests ask for the same password, salt and parameters over and
// over. Its results are kept for the process; they are the same ones. Programs that tests start do not load this.

import crypto from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'

const REMEMBERED_MAX = 1_000

const { argon2 } = crypto
const remembered = new Map<string, Buffer>()

const hex = (bytes: crypto.BinaryLike): string => Buffer.from(bytes as Uint8Array).toString('hex')

crypto.argon2 = (algorithm, parameters, callback) => {
  const { message, nonce, ...numbers } = parameters
  const key = JSON.stringify([algorithm, hex(message), hex(nonce), numbers])
  const known = remembered.get(key)
  if (known !== undefined) {
    setImmediate(callback, null, Buffer.from(known))
    return
  }
  argon2(algorithm, parameters, (error, derived) => {
    if (error === null && remembered.size < REMEMBERED_MAX) remembered.set(key, Buffer.from(derived))
    callback(error, derived)
  })
}
syncBuiltinESMExports()
