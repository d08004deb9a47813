// What the process that faces the network tells the one that carries the session after login: what the client said before, so that it need
// not say it again. Format: docs/formats/smtp-handover.md.

import { type Decoded, bool, nullable, struct, text } from '#base/codec.ts'

export const handoverCodec = struct({
  peerAddress: text(64),
  hello: struct({ name: text(255), isExtended: bool }),
  tls: nullable(struct({ version: text(16), cipher: text(64) })),
})

export type Handover = Decoded<typeof handoverCodec>
