// What the gate asks of a vault for browsers and JMAP clients (docs/formats/frames.md §4.5). Every HTTP request is a connection of its own: one
// message that says what is asked, then the request's body in pieces; the vault's answer, and its body in pieces.

import { bool, bytes, fixed, nullable, struct, text, u16, u53, variant } from '#base/codec.ts'
import type { Schema } from './channel.ts'
import { rebuildingFields } from './vault.ts'

/** Bytes of one piece of a body. */
export const BODY_PIECE_BYTES_MAX = 65_536

const credentials = { login: bytes(1_024), password: bytes(1_024) }
/** A vault's number, a dot and 32 random bytes in base64url. */
const token = text(64)
const name = text(255)

const request = variant({
  /** A session of a browser, which later requests name by its token. */
  login: { ...credentials, remote: text(64), isTls: bool },
  logout: { token },
  jmap: {
    credential: variant({ token: { token }, password: credentials }),
    call: variant({
      /** `origin` is what URLs in the answer begin with. */
      session: { origin: text(300) },
      /** A body follows. */
      api: {},
      /** A body follows. */
      upload: { accountId: name, type: name },
      download: {
        accountId: name,
        blobId: name,
        range: nullable(struct({ first: nullable(u53), last: nullable(u53) })),
      },
      events: { types: name, closeAfter: text(16), ping: text(16), lastEventId: nullable(text(1_024)) },
    }),
  },
  body: { bytes: bytes(BODY_PIECE_BYTES_MAX) },
  bodyEnd: {},
  /** A session of a browser, by a passkey. `account` is what the authenticator kept as the user's handle; `prf` is a secret. */
  passkeyLogin: {
    account: fixed(16),
    credentialId: bytes(1_023),
    challenge: fixed(32),
    clientData: bytes(4_096),
    authenticatorData: bytes(4_096),
    signature: bytes(512),
    prf: fixed(32),
    remote: text(64),
    isTls: bool,
  },
})

const response = variant({
  /** Name, password or token is wrong. */
  refused: {},
  /** Try again later. */
  unavailable: {},
  /** The index is being made again: try again later. */
  rebuilding: rebuildingFields,
  done: {},
  token: { token, address: text(1_024) },
  /** A body follows. */
  reply: {
    status: u16,
    contentType: name,
    /** Of the body; null if it is not known before. */
    length: nullable(u53),
    /** Of a part of something: where it begins, and the size of the whole. */
    range: nullable(struct({ start: u53, size: u53 })),
  },
  body: { bytes: bytes(BODY_PIECE_BYTES_MAX) },
  bodyEnd: {},
  /** A passkey was right, and its authenticator may have been copied: it has counted less than before. */
  counterBehind: {},
})

export type WebRequest = Parameters<typeof request.write>[1]
export type WebResponse = Parameters<typeof response.write>[1]
export type JmapRequest = Extract<WebRequest, { kind: 'jmap' }>
export type PasskeyLogin = Extract<WebRequest, { kind: 'passkeyLogin' }>

const MESSAGE_BYTES_MAX = BODY_PIECE_BYTES_MAX + 1_024

export const webGateSide: Schema<WebResponse, WebRequest> = {
  incoming: response,
  outgoing: request,
  incomingBytesMax: MESSAGE_BYTES_MAX,
  outgoingBytesMax: MESSAGE_BYTES_MAX,
}

export const webVaultSide: Schema<WebRequest, WebResponse> = {
  incoming: request,
  outgoing: response,
  incomingBytesMax: MESSAGE_BYTES_MAX,
  outgoingBytesMax: MESSAGE_BYTES_MAX,
}
