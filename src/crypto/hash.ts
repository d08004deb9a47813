// SHA-256 and SHA-512 (FIPS 180-4), at once or as the bytes come.

import { createHash, hash, type Hash } from 'node:crypto'

type HashAlgorithm = 'sha256' | 'sha512'

function digest(algorithm: HashAlgorithm, parts: readonly Uint8Array[]): Buffer {
  const [only] = parts
  // Without a Hash object, short input takes 1.1 µs instead of 1.5.
  if (parts.length === 1 && only !== undefined) return hash(algorithm, only, 'buffer')
  const state = createHash(algorithm)
  for (const part of parts) state.update(part)
  return state.digest()
}

/** The digest of the parts joined. */
export function sha256(...parts: Uint8Array[]): Buffer {
  return digest('sha256', parts)
}

/** Of the text in UTF-8, in hexadecimal: without any buffer, in half the time. */
export function sha256Hex(text: string): string {
  return hash('sha256', text, 'hex')
}

/** The digest of the parts joined. */
export function sha512(...parts: Uint8Array[]): Buffer {
  return digest('sha512', parts)
}

/** Ends with `digest`; using it after that throws. */
export class IncrementalHash {
  readonly #state: Hash

  constructor(algorithm: HashAlgorithm) {
    this.#state = createHash(algorithm)
  }

  update(bytes: Uint8Array): void {
    this.#state.update(bytes)
  }

  digest(): Buffer {
    return this.#state.digest()
  }
}
