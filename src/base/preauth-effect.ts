// What the engine before login asks of the process that carries it.

export type PreauthEffect =
  /** Check these; then call `accept` or `reject`. Both buffers belong to the receiver, who wipes them. */
  | { readonly kind: 'authenticate'; readonly name: Buffer; readonly password: Buffer }
  /** The reply is to be sent, then TLS begins; then call `secured`. */
  | { readonly kind: 'startTls' }
  /** The connection is to be closed when the reply is sent. */
  | { readonly kind: 'end' }

export interface PreauthOutput {
  /** To send; may be empty. */
  readonly reply: string
  readonly effect: PreauthEffect | null
}
