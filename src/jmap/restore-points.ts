// Restore/points (docs/formats/jmap-restore.md §2): days or hours at which something of the account changed, or each change.

import * as v from 'valibot'
import { RESTORE } from './capabilities.ts'
import { formatUtcDate } from './dates.ts'
import { POINTS_IN_ANSWER_MAX, UTC_OFFSET_MAX } from './limits.ts'
import { defineMethod } from './method.ts'
import { limitOf, unlessDamaged } from './restore-past.ts'
import { id, int, nullable, unsigned, withDefault } from './schema.ts'

const schema = v.strictObject({
  accountId: id,
  unit: withDefault(v.picklist(['day', 'hour', 'change']), 'day'),
  utcOffset: withDefault(v.pipe(int, v.minValue(-UTC_OFFSET_MAX), v.maxValue(UTC_OFFSET_MAX)), 0),
  before: nullable(unsigned),
  limit: limitOf(POINTS_IN_ANSWER_MAX),
})

export const restorePoints = defineMethod('Restore/points', RESTORE, schema, async (context, args) => {
  context.checkAccount(args.accountId)
  const { before } = args
  const { points, isCut } = await unlessDamaged(context.account.timeTravel.points(args.unit, args.utcOffset))
  const older = before === null ? points : points.filter(({ record }) => record < before)
  const list = older.slice(0, args.limit).map(({ record, from, to, counts }) => {
    return { record, from: formatUtcDate(from), to: formatUtcDate(to), counts }
  })
  return { accountId: args.accountId, list, hasMore: isCut || list.length < older.length }
})
