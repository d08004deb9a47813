// What one core seals and opens. `sh tools/run bench/crypto.ts` prints it by itself.

import { argon2id } from '#crypto/argon2.ts'
import { hybridIdentityFromSeed, recipientOf, x25519IdentityFromScalar, type Identity } from '#crypto/age/identity.ts'
import { openAge, openAgeHeader } from '#crypto/age/open.ts'
import { sealAge } from '#crypto/age/seal.ts'
import { AgeSealer } from '#crypto/age/sealer.ts'
import { openAgePayload } from '#crypto/age/stream.ts'
import { randomBytes } from '#crypto/random.ts'

interface Measurement {
  readonly name: string
  readonly perSecond: number
  /** Of plaintext, 10^6 bytes. */
  readonly megabytesPerSecond: number
  /** The least that is promised, in the unit that has one. */
  readonly promised: { readonly perSecond?: number; readonly megabytesPerSecond?: number }
}

const SMALL_BYTES = 10_240
const LARGE_BYTES = 1_048_576
const PIECE_BYTES = 16_384
const WARM_UP_MS = 100
const ROUND_MS = 150
const ROUNDS = 5

/** The median of a few rounds: others use this machine too. */
function perSecond(work: () => unknown): number {
  const round = (durationMs: number): number => {
    const start = performance.now()
    let done = 0
    while (performance.now() - start < durationMs) {
      work()
      done++
    }
    return (done * 1000) / (performance.now() - start)
  }
  round(WARM_UP_MS)
  const rates = Array.from({ length: ROUNDS }, () => round(ROUND_MS)).sort((a, b) => a - b)
  return rates[ROUNDS >> 1] as number
}

function measure(name: string, bytes: number, promised: Measurement['promised'], work: () => unknown): Measurement {
  const rate = perSecond(work)
  return { name, perSecond: rate, megabytesPerSecond: (rate * bytes) / 1e6, promised }
}

function measureAge(kind: string, identity: Identity, sealsPerSecond: number): Measurement[] {
  const recipients = [recipientOf(identity)]
  const [small, large] = [randomBytes(SMALL_BYTES), randomBytes(LARGE_BYTES)]
  const sealed = sealAge(recipients, small)
  const header = openAgeHeader(sealed, [identity])
  if (!header.ok) throw new Error(header.error)
  const { payloadKey, payloadOffset } = header.value
  const payload = sealed.subarray(payloadOffset)
  const sealInPieces = (): void => {
    using sealer = new AgeSealer(recipients)
    sealer.start()
    for (let at = 0; at < LARGE_BYTES; at += PIECE_BYTES) sealer.push(large.subarray(at, at + PIECE_BYTES))
    sealer.finish()
  }
  return [
    measure(`age ${kind}: seal 10 KB`, SMALL_BYTES, { perSecond: sealsPerSecond }, () => sealAge(recipients, small)),
    measure(`age ${kind}: seal 1 MB`, LARGE_BYTES, { megabytesPerSecond: 400 }, () => sealAge(recipients, large)),
    measure(`age ${kind}: seal 1 MB as it comes`, LARGE_BYTES, { megabytesPerSecond: 400 }, sealInPieces),
    measure(`age ${kind}: open 10 KB`, SMALL_BYTES, {}, () => openAge(sealed, [identity])),
    measure(`age ${kind}: open 10 KB, payload key known`, SMALL_BYTES, { perSecond: 12_000 }, () =>
      openAgePayload(payloadKey, payload),
    ),
  ]
}

async function measureArgon2id(): Promise<Measurement> {
  const options = { memoryKiB: 65_536, passes: 3, parallelism: 1, lengthBytes: 64 }
  const start = performance.now()
  await argon2id(randomBytes(16), randomBytes(32), options)
  return {
    name: 'Argon2id, 64 MiB, t = 3',
    perSecond: 1000 / (performance.now() - start),
    megabytesPerSecond: 0,
    promised: {},
  }
}

export async function measureCrypto(): Promise<Measurement[]> {
  return [
    ...measureAge('X25519', x25519IdentityFromScalar(randomBytes(32)), 2500),
    ...measureAge('hybrid', hybridIdentityFromSeed(randomBytes(32)), 1500),
    await measureArgon2id(),
  ]
}

if (import.meta.main) {
  for (const { name, perSecond, megabytesPerSecond, promised } of await measureCrypto()) {
    const missed =
      perSecond < (promised.perSecond ?? 0) || megabytesPerSecond < (promised.megabytesPerSecond ?? 0)
        ? '  less than promised'
        : ''
    const rate = perSecond < 100 ? perSecond.toFixed(1) : perSecond.toFixed(0)
    console.log(`${name.padEnd(44)}${rate.padStart(8)} /s${megabytesPerSecond.toFixed(0).padStart(7)} MB/s${missed}`)
  }
}
