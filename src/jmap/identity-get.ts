// Identity/get (RFC 8621 §6.1).

import * as v from 'valibot'
import { SUBMISSION } from './capabilities.ts'
import { defineMethod } from './method.ts'
import { boundedIds, getArguments, knownProperties, pick } from './standard-get.ts'

const IDENTITY_PROPERTIES = ['id', 'name', 'email', 'replyTo', 'bcc', 'textSignature', 'htmlSignature', 'mayDelete']

export const identityGet = defineMethod('Identity/get', SUBMISSION, v.strictObject(getArguments), (context, args) => {
  context.checkAccount(args.accountId)
  const { identities } = context.shared
  const properties = knownProperties(args.properties, IDENTITY_PROPERTIES)
  const all = identities.all()
  const ids = args.ids === null ? null : boundedIds(args.ids)
  const found = ids === null ? all : all.filter(({ id }) => ids.includes(id))
  return {
    accountId: args.accountId,
    state: identities.state,
    list: found.map((identity) => pick({ ...identity }, properties)),
    notFound: ids?.filter((id) => !all.some((identity) => identity.id === id)) ?? [],
  }
})
