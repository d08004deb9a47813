// Argon2id (RFC 9106), for passwords. It runs in the thread pool: each call holds its memory and one thread until it is done,
// so callers bound how many run at the same time.

import { argon2 } from 'node:crypto'

export interface Argon2Options {
  readonly memoryKiB: number
  readonly passes: number
  readonly parallelism: number
  readonly lengthBytes: number
}

/** `salt` has at least 8 bytes. The result is a secret: callers wipe it. */
export function argon2id(password: Uint8Array, salt: Uint8Array, options: Argon2Options): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    argon2(
      'argon2id',
      {
        message: password,
        nonce: salt,
        memory: options.memoryKiB,
        passes: options.passes,
        parallelism: options.parallelism,
        tagLength: options.lengthBytes,
      },
      (error, derived) => (error === null ? resolve(derived) : reject(error)),
    )
  })
}
