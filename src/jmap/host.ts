// What JMAP needs of the process that carries it. The engine itself does no input or output.

import type { AppPasswordRequest } from '#account/app-passwords.ts'
import type { InventorySlot } from '#account/slot-inventory.ts'
import type { Access } from './access.ts'
import type { RecoveryHost } from './recovery-host.ts'

/** A message to be sent, with its envelope. */
interface SubmittedMessage {
  /** Empty for the null return path. */
  readonly mailFrom: string
  /** At least one, each once. */
  readonly rcptTo: readonly string[]
  /** RFC 5322, without Bcc. Valid until the promise resolves. */
  readonly message: Uint8Array
}

/** `accepted`: the queue has it durably, or it was delivered. */
export type SubmitOutcome =
  | { readonly kind: 'accepted'; readonly id: string }
  | { readonly kind: 'invalidRecipients'; readonly recipients: readonly string[] }
  | { readonly kind: 'tooManyRecipients'; readonly recipientsMax: number }
  | { readonly kind: 'tooLarge'; readonly sizeBytesMax: number }
  | { readonly kind: 'forbiddenMailFrom' }
  | { readonly kind: 'forbiddenFrom' }
  /** `text` is shown to the owner. */
  | { readonly kind: 'forbiddenToSend'; readonly text: string }
  /** Later it may work. */
  | { readonly kind: 'unavailable' }

/** What opens the account, as its owner sees and changes it. */
export interface JmapKeys {
  slots(): readonly InventorySlot[]
  /** By the owner's own password, which stays the caller's. */
  asOwner(password: Uint8Array): Promise<OwnerKeys | 'wrongPassword' | 'rateLimit' | 'unavailable'>
}

/** What a browser asks an authenticator for, to make a passkey and then to try it (docs/formats/passkeys.md). */
export interface PasskeyRequest {
  /** 32 bytes each, for one time. */
  readonly challenge: Uint8Array
  readonly proofChallenge: Uint8Array
  readonly userId: Uint8Array
  readonly userName: string
  /** Ids of credentials that open the account already. */
  readonly known: readonly Uint8Array[]
}

/** What came of that. */
export interface MadePasskey {
  /** What its owner calls it. */
  readonly label: string
  readonly challenge: Uint8Array
  readonly proofChallenge: Uint8Array
  readonly attestation: { readonly clientData: Uint8Array; readonly attestationObject: Uint8Array }
  readonly proof: {
    readonly clientData: Uint8Array
    readonly authenticatorData: Uint8Array
    readonly signature: Uint8Array
  }
  /** What the authenticator's PRF gave when it was tried: a secret, which the caller wipes. */
  readonly prf: Uint8Array
}

export type PasskeyAnswer =
  /** `id`: of its slot. */
  | { readonly kind: 'made'; readonly id: string }
  | { readonly kind: 'tooMany' }
  /** A sentence for its owner. */
  | { readonly kind: 'refused'; readonly why: string }

/** All of them throw CommitRefusedError. */
export interface OwnerKeys {
  /** `id`: of its slot. The caller wipes the password. */
  addAppPassword(request: AppPasswordRequest): Promise<{ readonly id: string; readonly password: Buffer } | 'tooMany'>
  /** It opens nothing any more, and its sessions have ended, when it resolves; false if there is none. */
  revokeAppPassword(id: string): Promise<boolean>
  beginPasskey(): PasskeyRequest
  addPasskey(made: MadePasskey): Promise<PasskeyAnswer>
  /** As `revokeAppPassword`. */
  revokePasskey(id: string): Promise<boolean>
  /** What came in by the old password has ended when it resolves, but for `asker`. */
  changePassword(password: Uint8Array, asker: Access): Promise<void>
}

export interface JmapTimer {
  cancel(): void
}

export interface JmapHost {
  /** Milliseconds since the Unix epoch. */
  now(): number
  /** Milliseconds from an arbitrary start; never goes back. */
  monotonic(): number
  /** Lets other work of the process run, then resolves. */
  pause(): Promise<void>
  /** Runs `action` once after `delayMs`. */
  after(delayMs: number, action: () => void): JmapTimer
  /** Unpredictable bytes. */
  random(sizeBytes: number): Buffer
  /** The addresses that the owner may send from, in lower case, the main one first; `*@example.org` for all of a domain. */
  addresses(): readonly string[]
  /** Takes a message for its recipients. */
  submit(message: SubmittedMessage): Promise<SubmitOutcome>
  /** Null: nothing can be said or done about ways back into the account. */
  readonly recovery: RecoveryHost | null
  readonly keys: JmapKeys
  /** A mistake of ours or a fault of the environment, which the client was told of as `serverFail`. */
  fail(error: unknown): void
}
