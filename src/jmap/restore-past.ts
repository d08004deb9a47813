// What the methods of `urn:mailkeep:restore` share (docs/formats/jmap-restore.md): the account as of then, or why there is none.

import * as v from 'valibot'
import { JournalDamagedError } from '#account/journal.ts'
import type { PastAccount } from '#account/past/past-account.ts'
import type { Moment } from '#account/past/time-travel.ts'
import type { Context } from './context.ts'
import { MethodFailure } from './failure.ts'
import { id, nullable, unsigned, utcDate } from './schema.ts'

/** One of the two. */
export const momentArguments = { accountId: id, record: nullable(unsigned), time: nullable(utcDate) }

export function readMoment({ record, time }: { record: number | null; time: number | null }): Moment {
  if (record !== null && time === null) return { record }
  if (record === null && time !== null) return { time }
  throw new MethodFailure('invalidArguments', 'Either record or time')
}

/** Throws MethodFailure. */
export async function pastAccount(context: Context, moment: Moment): Promise<PastAccount> {
  const past = await unlessDamaged(context.account.timeTravel.at(moment))
  if (past === null) throw new MethodFailure('tooEarly', 'The account is younger than that')
  return past
}

/** Throws MethodFailure. */
export async function unlessDamaged<T>(reading: Promise<T>): Promise<T> {
  try {
    return await reading
  } catch (error) {
    if (error instanceof JournalDamagedError) {
      throw new MethodFailure(
        'journalDamaged',
        `Record ${error.seq} of the log cannot be read: nothing after it is known`,
      )
    }
    throw error
  }
}

/** As many as there may be, if the client names no number. */
export function limitOf(most: number): v.OptionalSchema<v.GenericSchema<number>, number> {
  return v.optional(v.pipe(unsigned, v.maxValue(most)), most)
}
