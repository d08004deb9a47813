// Frames for tests of all boundaries: valid ones of every form, made by reading a message from bytes that are invented as they are asked for, and
// what can be done to them.

import { type Codec, decode } from '#base/codec.ts'
import { type CallSchema, callCodec } from './call-server.ts'
import type { Schema } from './channel.ts'
import { processSide, supervisorSide } from './control.ts'
import { courierAdminSchema, courierSchema } from './courier.ts'
import { directorySchema } from './directory.ts'
import { ledgerAdminSchema } from './ledger-admin.ts'
import { ledgerSchema } from './ledger.ts'
import { supervisorSchema } from './supervisor.ts'
import { webGateSide, webVaultSide } from './vault-web.ts'
import { sessionGateSide, sessionVaultSide, vaultAdminSchema } from './vault.ts'

/** What one side of a boundary hears. */
export interface Hearing {
  readonly codec: Codec<unknown>
  readonly bytesMax: number
}

function hearing({ incoming, incomingBytesMax }: Schema<any, any>): Hearing {
  return { codec: incoming as Codec<unknown>, bytesMax: incomingBytesMax }
}

const ID_BYTES = 4

function requests({ request, requestBytesMax }: CallSchema<any, any>): Hearing {
  return { codec: callCodec(request as Codec<unknown>), bytesMax: requestBytesMax + ID_BYTES }
}

function responses({ response, responseBytesMax }: CallSchema<any, any>): Hearing {
  return { codec: callCodec(response as Codec<unknown>), bytesMax: responseBytesMax + ID_BYTES }
}

/** Every one, by who hears it. */
export const hearings = {
  ledger: requests(ledgerSchema),
  ledgerClient: responses(ledgerSchema),
  ledgerAdmin: requests(ledgerAdminSchema),
  ledgerAdminClient: responses(ledgerAdminSchema),
  directory: requests(directorySchema),
  directoryClient: responses(directorySchema),
  courier: requests(courierSchema),
  courierClient: responses(courierSchema),
  courierAdmin: requests(courierAdminSchema),
  courierAdminClient: responses(courierAdminSchema),
  vaultAdmin: requests(vaultAdminSchema),
  vaultAdminClient: responses(vaultAdminSchema),
  supervisorAdmin: requests(supervisorSchema),
  supervisorAdminClient: responses(supervisorSchema),
  vaultSession: hearing(sessionVaultSide),
  gateSession: hearing(sessionGateSide),
  vaultWeb: hearing(webVaultSide),
  gateWeb: hearing(webGateSide),
  supervisorControl: hearing(supervisorSide),
  processControl: hearing(processSide),
} satisfies Record<string, Hearing>

/** 0 up to, and without, `limit`. */
export type Random = (limit: number) => number

/** From one number to the next (Marsaglia's xorshift), so that a failure can be had again. */
export function seeded(seed: number): Random {
  let state = seed | 1
  return (limit) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % limit
  }
}

const TRIES = 200
const INVENTED_MAX = 16_384

/** Gives a codec whatever it asks for: small numbers, short lengths, letters. */
class InventingReader {
  readonly buffer = Buffer.alloc(INVENTED_MAX)
  readonly #random: Random
  length = 0

  constructor(random: Random) {
    this.#random = random
  }

  skip(size: number): number {
    const at = this.length
    if (at + size > this.buffer.length) throw new RangeError('a message too long to invent')
    this.length = at + size
    for (let index = at; index < this.length; index++) this.buffer[index] = 0x61 + this.#random(26)
    // Numbers of variants and names; lengths, counts and ids; sizes.
    if (size === 1) this.buffer[at] = this.#random(this.#random(4) === 0 ? 24 : 2)
    if (size === 4) this.buffer.writeUInt32BE(this.#random(12), at)
    if (size === 8) this.buffer.writeBigUInt64BE(BigInt(this.#random(1_000_000)), at)
    return at
  }

  take(size: number): Buffer {
    const at = this.skip(size)
    return this.buffer.subarray(at, at + size)
  }
}

/** A message that the hearer understands, as bytes. */
export function inventMessage({ codec }: Hearing, random: Random): Buffer {
  for (let tries = 0; tries < TRIES; tries++) {
    const reader = new InventingReader(random)
    try {
      codec.read(reader as unknown as Parameters<typeof codec.read>[0])
      return Buffer.from(reader.buffer.subarray(0, reader.length))
    } catch {
      // The bytes were not of the schema: others are.
    }
  }
  throw new Error('no message of the schema was found')
}

export function frameOf(message: Uint8Array): Buffer {
  const frame = Buffer.alloc(4 + message.length)
  frame.writeUInt32BE(message.length)
  frame.set(message, 4)
  return frame
}

/** A frame that its hearer need not understand: cut, too long, of wrong values, garbage, or meant for another. */
export function hostileFrame(hearing: Hearing, random: Random): Buffer {
  const all = Object.values(hearings)
  const message = inventMessage(hearing, random)
  switch (random(8)) {
    case 0:
      return frameOf(inventMessage(all[random(all.length)] as Hearing, random))
    case 1:
      return frameOf(message.subarray(0, random(message.length)))
    case 2:
      return frameOf(Buffer.concat([message, Buffer.alloc(1 + random(8), random(256))]))
    case 3: {
      message[random(message.length)] = random(256)
      return frameOf(message)
    }
    case 4: {
      const at = random(message.length)
      message.fill(0xff, at, Math.min(message.length, at + 1 + random(4)))
      return frameOf(message)
    }
    case 5: {
      const frame = frameOf(message)
      frame.writeUInt32BE([0, hearing.bytesMax + 1, 0x7fff_ffff, 0xffff_ffff][random(4)] as number)
      return frame
    }
    case 6:
      return Buffer.from(Array.from({ length: 1 + random(64) }, () => random(256)))
    default:
      return frameOf(message)
  }
}

/** The messages up to the first frame that is none, and whether there is such a one: in the plainest form, from all bytes at once. */
export function understood(
  { codec, bytesMax }: Hearing,
  bytes: Buffer,
): { readonly messages: readonly Buffer[]; readonly isBroken: boolean } {
  const messages: Buffer[] = []
  for (let at = 0; at + 4 <= bytes.length;) {
    const length = bytes.readUInt32BE(at)
    if (length === 0 || length > bytesMax) return { messages, isBroken: true }
    const message = bytes.subarray(at + 4, at + 4 + length)
    if (message.length < length) break
    if (!decode(codec, message).ok) return { messages, isBroken: true }
    messages.push(message)
    at += 4 + length
  }
  return { messages, isBroken: false }
}
