// What clients do, at random.

import fc from 'fast-check'

const flag = fc.constantFrom('\\Seen', '\\Flagged', '\\Deleted', 'kw')
const range = fc.tuple(fc.integer({ min: 1, max: 6 }), fc.nat(3)).map(([first, more]) => `${first}:${first + more}`)
const uid = fc.constantFrom('', 'UID ')
const command = fc.oneof(
  {
    weight: 5,
    arbitrary: fc
      .tuple(uid, range, fc.constantFrom('+', '-'), fc.constantFrom('FLAGS', 'FLAGS.SILENT'), flag)
      .map(([uid, set, sign, item, flag]) => `${uid}STORE ${set} ${sign}${item} (${flag})`),
  },
  { weight: 2, arbitrary: fc.tuple(uid, range).map(([uid, set]) => `${uid}FETCH ${set} (UID FLAGS)`) },
  { weight: 1, arbitrary: fc.tuple(uid, range).map(([uid, set]) => `${uid}FETCH ${set} (UID BODY[TEXT]<0.1> FLAGS)`) },
  { weight: 1, arbitrary: range.map((set) => `UID MOVE ${set} other`) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(uid, range, fc.constantFrom('INBOX', 'other'))
      .map(([uid, set, to]) => `${uid}COPY ${set} ${to}`),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom('EXPUNGE', 'NOOP', 'SEARCH UNSEEN', 'UID SEARCH DELETED', 'UID EXPUNGE 1:5', 'IDLE'),
  },
)
/** Lines for one client with INBOX or `box` selected; `other` is a mailbox too. */
export const scripts = fc.array(fc.array(command, { maxLength: 12 }), { minLength: 2, maxLength: 4 })
