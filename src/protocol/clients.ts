// `ClientSettings` between processes (docs/formats/frames.md §4.7, §4.8).

import type { ClientSettings } from '#base/client-settings.ts'
import { type Codec, nullable, struct, text, u16 } from '#base/codec.ts'

const port = nullable(u16)

export const clientsCodec: Codec<ClientSettings> = struct({
  host: text(255),
  ports: struct({
    imaps: port,
    imap: port,
    pop3s: port,
    pop3: port,
    submissions: port,
    submission: port,
    managesieve: port,
    https: port,
  }),
})
