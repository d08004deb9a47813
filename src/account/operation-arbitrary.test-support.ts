// Random operations for property tests: small ids, so that most of them meet something.

import fc from 'fast-check'
import type { MailboxId, Modseq, Seq, ThreadId } from '#base/ids.ts'
import type { JournalOperation, MailboxPatch, RangeSet, SettingValue } from './operation.ts'

const mailbox = fc.integer({ min: 1, max: 7 }) as fc.Arbitrary<MailboxId>
const mailboxOrNull = fc.option(mailbox, { freq: 2 })
const mailboxes = fc.array(mailbox, { maxLength: 3 })
const keyword = fc.constantFrom('$seen', '$flagged', '$draft', '$answered', 'work', 'x')
const keywords = fc.array(keyword, { maxLength: 3 })
const name = fc.constantFrom('Sent', 'Trash', 'Inbox', 'INBOX', 'a', 'b', 'Entwürfe')
const role = fc.constantFrom('sent', 'trash', 'inbox', null, null)
const modseq = fc.option(fc.integer({ min: 0, max: 60 }) as fc.Arbitrary<Modseq>, { freq: 1 })

const set: fc.Arbitrary<RangeSet> = fc.array(fc.tuple(fc.nat(6), fc.nat(4)), { maxLength: 3 }).map((steps) => {
  let at = 0
  return steps.map(([gap, length], index) => {
    const first = at + gap + (index === 0 ? 1 : 2)
    at = first + length
    return [first, at] as const
  })
})
const wide = fc.oneof(
  { weight: 4, arbitrary: set },
  { weight: 1, arbitrary: fc.constant([[1, 0xffff_ffff]] as RangeSet) },
)

const settingValue: fc.Arbitrary<SettingValue> = fc.letrec<{ value: SettingValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constant(null),
    fc.boolean(),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (Object.is(value, -0) ? 0 : value)),
    fc.string({ unit: 'grapheme', maxLength: 8 }),
    fc.uint8Array({ maxLength: 8 }),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.string({ maxLength: 4 }), tie('value'), { maxKeys: 3, noNullPrototype: true }),
  ),
})).value

const patch: fc.Arbitrary<MailboxPatch> = fc.record(
  { parent: mailboxOrNull, name, role, subscribed: fc.boolean(), sortOrder: fc.nat(9) },
  { requiredKeys: [], noNullPrototype: true },
)

const createMailbox = fc.record(
  {
    kind: fc.constant('createMailbox' as const),
    parent: mailboxOrNull,
    name,
    role,
    uidValidity: fc.integer({ min: 1, max: 50 }),
    subscribed: fc.boolean(),
  },
  { noNullPrototype: true },
)

/** A `file` operation for one of the records `records`, or for one that is not there. */
function fileOf(record: fc.Arbitrary<number>): fc.Arbitrary<JournalOperation> {
  return fc.record(
    {
      kind: fc.constant('file' as const),
      record: fc.oneof(
        record.map((seq) => ({ seq: seq as Seq })),
        fc.integer({ min: 1, max: 3 }).map((back) => ({ back })),
      ),
      mailboxes,
      keywords,
      internalDate: fc.integer({ min: -1000, max: 2_000_000_000_000 }),
      thread: fc.oneof(
        fc.constant(null),
        fc.integer({ min: 1, max: 9 }).map((id) => id as ThreadId),
        fc.integer({ min: 1, max: 3 }).map((back) => ({ back })),
      ),
      source: fc.constantFrom('delivered', 'appended', 'submitted', 'imported', 'restored'),
    },
    { noNullPrototype: true },
  )
}

function op(kind: JournalOperation['kind'], fields: object): fc.Arbitrary<JournalOperation> {
  return fc.record<object>(
    { kind: fc.constant(kind), ...fields },
    { noNullPrototype: true },
  ) as fc.Arbitrary<JournalOperation>
}

/** `record` gives numbers of records, of which some are there. */
export function operationArbitrary(record: fc.Arbitrary<number>): fc.Arbitrary<JournalOperation> {
  return fc.oneof(
    { weight: 3, arbitrary: createMailbox },
    { weight: 2, arbitrary: op('updateMailbox', { mailbox, patch }) },
    { weight: 1, arbitrary: op('destroyMailbox', { mailbox, destroyEmails: fc.boolean() }) },
    { weight: 6, arbitrary: fileOf(record) },
    {
      weight: 4,
      arbitrary: op('changeKeywords', {
        mailbox: mailboxOrNull,
        set: wide,
        mode: fc.constantFrom('add', 'remove', 'replace'),
        keywords,
        unchangedSince: modseq,
      }),
    },
    { weight: 2, arbitrary: op('markDeleted', { mailbox, set: wide, deleted: fc.boolean(), unchangedSince: modseq }) },
    { weight: 2, arbitrary: op('remove', { mailbox, set }) },
    { weight: 3, arbitrary: op('addToMailbox', { from: mailboxOrNull, set: wide, to: mailbox }) },
    { weight: 3, arbitrary: op('move', { from: mailbox, set: wide, to: mailbox }) },
    { weight: 1, arbitrary: op('set', { key: fc.constantFrom('a', 'b', 'ü'), value: settingValue }) },
    { weight: 2, arbitrary: op('setMailboxes', { emails: wide, mailboxes }) },
  )
}

export const FIRST_OPERATION: JournalOperation = {
  kind: 'createMailbox',
  parent: null,
  name: 'INBOX',
  role: 'inbox',
  uidValidity: 1,
  subscribed: true,
}
