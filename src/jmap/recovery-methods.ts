// Methods of `urn:mailkeep:recovery` (docs/formats/jmap-recovery.md): the recovery code, shares for contacts, escrow, drills. What changes anything takes the
// owner's password again: a page that was left open is not its owner.

import * as v from 'valibot'
import type { DrillKind } from '#account/drill.ts'
import { RECOVERY } from './capabilities.ts'
import type { Context } from './context.ts'
import { MethodFailure } from './failure.ts'
import { type ResponseArguments, defineMethod } from './method.ts'
import type { RecoveryDenial, RecoveryHost } from './recovery-host.ts'
import { id, nullable, strings } from './schema.ts'

const PASSWORD_LENGTH_MAX = 1_024
const TYPED_LENGTH_MAX = 256
const SHARES_MAX = 16

const password = v.pipe(v.string(), v.maxLength(PASSWORD_LENGTH_MAX))
const typed = v.pipe(v.string(), v.maxLength(TYPED_LENGTH_MAX))
const account = { accountId: id }

export const recoveryGet = defineMethod('Recovery/get', RECOVERY, v.strictObject(account), async (context, args) => {
  const report = await hostOf(context, args).report()
  if ('kind' in report) throw failureOf(report)
  const { identity, code, shares, escrow, uses, offer, request } = report
  return {
    accountId: args.accountId,
    mailIdentity: identity,
    recoveryCode: code === null ? null : provenObject(code),
    shares:
      shares === null ? null : { ...provenObject(shares), threshold: shares.threshold, contacts: shares.contacts },
    security: escrow === null ? 'high' : 'low',
    escrow: escrow === null ? null : { recipient: escrow.recipient, created: date(escrow.created) },
    offer: offer === null ? null : { recipient: offer.recipient, delay: seconds(offer.delayMs) },
    request:
      request === null
        ? null
        : {
            requested: date(request.requested),
            delay: seconds(request.delayMs),
            left: seconds(request.leftMs),
            state: request.state,
          },
    uses: uses.map(({ at, requested }) => ({ at: date(at), requested: date(requested) })),
  }
})

export const recoveryNewCode = defineMethod(
  'Recovery/newCode',
  RECOVERY,
  v.strictObject({ ...account, password }),
  async (context, args) => {
    const made = await withPassword(args.password, (bytes) => hostOf(context, args).newCode(bytes))
    if (made.kind !== 'code') throw failureOf(made)
    return { accountId: args.accountId, recoveryCode: made.code }
  },
)

export const recoveryIssueShares = defineMethod(
  'Recovery/issueShares',
  RECOVERY,
  v.strictObject({
    ...account,
    password,
    threshold: v.pipe(v.number(), v.integer(), v.minValue(2), v.maxValue(SHARES_MAX)),
    contacts: v.pipe(strings, v.minLength(2), v.maxLength(SHARES_MAX)),
  }),
  async (context, args) => {
    const { threshold, contacts } = args
    const made = await withPassword(args.password, (bytes) =>
      hostOf(context, args).issueShares(bytes, threshold, contacts),
    )
    if (made.kind !== 'shares') throw failureOf(made)
    return { accountId: args.accountId, threshold, shares: made.shares }
  },
)

export const recoveryRevokeShares = defineMethod(
  'Recovery/revokeShares',
  RECOVERY,
  v.strictObject({ ...account, password }),
  async (context, args) => {
    return done(args, await withPassword(args.password, (bytes) => hostOf(context, args).revokeShares(bytes)))
  },
)

export const recoverySetSecurity = defineMethod(
  'Recovery/setSecurity',
  RECOVERY,
  v.strictObject({ ...account, password, security: v.picklist(['high', 'low']) }),
  async (context, args) => {
    const { security } = args
    return done(args, await withPassword(args.password, (bytes) => hostOf(context, args).setSecurity(bytes, security)))
  },
)

export const recoveryDrill = defineMethod(
  'Recovery/drill',
  RECOVERY,
  v.strictObject({
    ...account,
    recoveryCode: nullable(typed),
    shares: nullable(v.pipe(v.array(typed), v.minLength(1), v.maxLength(SHARES_MAX))),
  }),
  async (context, args) => {
    const { recoveryCode: code, shares } = args
    if ((code === null) === (shares === null)) {
      throw new MethodFailure('invalidArguments', 'Either recoveryCode or shares')
    }
    const host = hostOf(context, args)
    const drilled = await host.drill(code === null ? { kind: 'shares', shares: shares ?? [] } : { kind: 'code', code })
    if (drilled.kind !== 'drilled') throw failureOf(drilled)
    const { by, created, at, note } = drilled
    return {
      accountId: args.accountId,
      by: by satisfies DrillKind,
      created: date(created),
      at: date(at),
      note,
    }
  },
)

export const recoveryRefuseEscrow = defineMethod(
  'Recovery/refuseEscrow',
  RECOVERY,
  v.strictObject(account),
  async (context, args) => done(args, await hostOf(context, args).refuseEscrow()),
)

/** Throws MethodFailure. */
function hostOf(context: Context, { accountId }: { readonly accountId: string }): RecoveryHost {
  context.checkAccount(accountId)
  const { recovery } = context.host
  if (recovery === null) throw new MethodFailure('serverUnavailable')
  return recovery
}

async function withPassword<T>(text: string, action: (bytes: Buffer) => Promise<T>): Promise<T> {
  const bytes = Buffer.from(text, 'utf8')
  try {
    return await action(bytes)
  } finally {
    bytes.fill(0)
  }
}

function done(
  { accountId }: { readonly accountId: string },
  answer: { readonly kind: 'done' } | RecoveryDenial,
): ResponseArguments {
  if (answer.kind !== 'done') throw failureOf(answer)
  return { accountId }
}

function failureOf(denial: RecoveryDenial): MethodFailure {
  switch (denial.kind) {
    case 'wrongPassword':
      return new MethodFailure('wrongPassword', 'The password is wrong')
    case 'rateLimit':
      return new MethodFailure('rateLimit', 'Too many wrong passwords: wait for a while')
    case 'unavailable':
      return new MethodFailure('serverUnavailable', 'That is not possible now: try again')
    case 'meansRefused':
      return new MethodFailure('meansRefused', denial.why)
    case 'cannot':
      return new MethodFailure('forbidden', denial.why)
  }
}

function provenObject({
  created,
  drilled,
  isDue,
}: {
  readonly created: number
  readonly drilled: number | null
  readonly isDue: boolean
}): object {
  return { created: date(created), proven: drilled === null ? null : date(drilled), isDue }
}

function date(ms: number): string {
  return new Date(ms).toISOString()
}

function seconds(ms: number): number {
  return Math.ceil(ms / 1000)
}
