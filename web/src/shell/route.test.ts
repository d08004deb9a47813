import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Route, formatRoute, parseRoute } from './route.ts'

test('what is written is read again', () => {
  const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
  const thread = fc.option(text)
  const route: fc.Arbitrary<Route> = fc.oneof(
    fc.record({ kind: fc.constant('mailbox' as const), mailbox: text, thread }, { noNullPrototype: true }),
    fc.record({ kind: fc.constant('search' as const), text, thread }, { noNullPrototype: true }),
    fc.constant({ kind: 'settings' as const }),
    fc.constant({ kind: 'past' as const }),
    fc.constant({ kind: 'passwords' as const }),
  )
  fc.assert(fc.property(route, (given) => assert.deepEqual(parseRoute(formatRoute(given)), given)))
})

test('anything else is the inbox', () => {
  for (const fragment of ['', '#', '#/nowhere', '#/in/', '#/in/%ff', '#javascript:alert(1)']) {
    assert.deepEqual(parseRoute(fragment), { kind: 'mailbox', mailbox: null, thread: null })
  }
})
