// What the administrator's command asks of the ledger process (docs/formats/frames.md §4.9): how its scrub goes, and a scrub. Nothing here touches a record.

import { variant } from '#base/codec.ts'
import type { CallSchema } from './call-server.ts'
import { scrubAction, scrubStatusFields } from './scrub.ts'

const request = variant({ scrub: { action: scrubAction } })

const response = variant({ scrub: scrubStatusFields })

export const ledgerAdminSchema = {
  request,
  response,
  requestBytesMax: 16,
  responseBytesMax: 1024,
} satisfies CallSchema<unknown, unknown>
