// Integrity/prove (docs/formats/jmap-integrity.md §3): that messages are in the tree of a checkpoint.

import * as v from 'valibot'
import { INTEGRITY } from './capabilities.ts'
import { parseEmailId } from './ids.ts'
import { hashes } from './integrity-get.ts'
import { defineMethod } from './method.ts'
import { id, ids, unsigned } from './schema.ts'
import { boundedIds } from './standard-get.ts'

const schema = v.strictObject({ accountId: id, ids, size: unsigned })
/** Of one proof: a path of 53 hashes, a header. */
const PROOF_LENGTH_MAX = 3_000

export const integrityProve = defineMethod('Integrity/prove', INTEGRITY, schema, async (context, args) => {
  context.checkAccount(args.accountId)
  const list: object[] = []
  const notFound: string[] = []
  for (const name of boundedIds(args.ids)) {
    const email = parseEmailId(name)
    const proof = email === null ? null : context.account.integrity.prove(email, args.size)
    if (proof === null) notFound.push(name)
    else {
      context.spend(PROOF_LENGTH_MAX)
      const header = Buffer.from(proof.header).toString('base64')
      list.push({ id: name, record: proof.record, header, size: proof.size, proof: hashes(proof.proof) })
    }
    await context.pause()
  }
  return { accountId: args.accountId, list, notFound }
})
