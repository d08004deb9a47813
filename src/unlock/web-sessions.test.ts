import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AccountId } from '#base/ids.ts'
import { type Clock, systemClock } from '#platform/clock.ts'
import { Admission } from './admission.ts'
import { WebSessions } from './web-sessions.ts'

const ANN = 'a'.repeat(32) as AccountId
const BOB = 'b'.repeat(32) as AccountId

function owner(): Admission {
  return new Admission({ slot: 'a1', scope: null }, systemClock, () => undefined)
}

/** `waiting`: what happens when the idle time of a session is over. */
function newSessions(): {
  readonly sessions: WebSessions
  readonly waiting: Set<() => void>
  readonly unused: AccountId[]
} {
  const waiting = new Set<() => void>()
  const unused: AccountId[] = []
  const clock: Clock = {
    now: () => 0,
    monotonic: () => 0,
    after(_, action) {
      waiting.add(action)
      return { cancel: () => void waiting.delete(action) }
    },
  }
  const sessions = new WebSessions({ clock, number: 3, idleMs: 1_000, unused: (account) => unused.push(account) })
  return { sessions, waiting, unused }
}

function pass(waiting: Set<() => void>): void {
  const due = Array.from(waiting)
  waiting.clear()
  for (const action of due) action()
}

test('a token stands for its account until the logout, and nothing else does', () => {
  const { sessions, unused } = newSessions()
  const token = sessions.begin(ANN, owner())
  assert.match(token, /^3\.[\w-]{43}$/)
  assert.notEqual(sessions.begin(BOB, owner()), token)
  sessions.use(token)?.[Symbol.dispose]()
  assert.equal(sessions.use(token)?.account, ANN)
  for (const other of ['', '3.', `${token}x`, token.slice(0, -1)]) assert.equal(sessions.use(other), null)
  assert(sessions.logout(token))
  assert(!sessions.logout(token))
  assert.equal(sessions.use(token), null)
  assert.deepEqual(unused, [ANN])
})

test('a session that nobody uses for the idle time ends, and one in use does not', () => {
  const { sessions, waiting, unused } = newSessions()
  const token = sessions.begin(ANN, owner())
  const first = sessions.use(token)
  const second = sessions.use(token)
  pass(waiting)
  first?.[Symbol.dispose]()
  pass(waiting)
  assert(sessions.has(ANN))
  second?.[Symbol.dispose]()
  pass(waiting)
  assert(!sessions.has(ANN))
  assert.equal(sessions.use(token), null)
  assert.deepEqual(unused, [ANN])
})

test('the lock of an account ends its sessions and no others', () => {
  const { sessions, waiting } = newSessions()
  const tokens = [sessions.begin(ANN, owner()), sessions.begin(ANN, owner())]
  const bobs = sessions.begin(BOB, owner())
  const inUse = sessions.use(tokens[0] as string)
  sessions.endAll(ANN)
  for (const token of tokens) assert.equal(sessions.use(token), null)
  assert.equal(sessions.use(bobs)?.account, BOB)
  inUse?.[Symbol.dispose]()
  assert.equal(waiting.size, 0)
})

test('a password has so many sessions, the oldest gives way, and those of another stay', () => {
  const { sessions } = newSessions()
  const other = sessions.begin(ANN, owner())
  const same = owner()
  const tokens = Array.from({ length: 65 }, () => sessions.begin(ANN, same))
  assert.notEqual(sessions.use(other), null)
  assert.equal(sessions.use(tokens[0] as string), null)
  assert.notEqual(sessions.use(tokens[1] as string), null)
  assert.notEqual(sessions.use(tokens[64] as string), null)
})

test('the sessions of an app password end with it, and others stay', () => {
  const { sessions, unused } = newSessions()
  const phone = new Admission({ slot: 'b2', scope: null }, systemClock, () => undefined)
  const tokens = [sessions.begin(ANN, phone), sessions.begin(ANN, phone)]
  const other = sessions.begin(ANN, owner())
  using inUse = sessions.use(tokens[0] as string)
  assert.equal(inUse?.seats.admission, phone)
  phone.end('revoked')
  for (const token of tokens) assert.equal(sessions.use(token), null)
  assert.equal(sessions.use(other)?.account, ANN)
  assert.deepEqual(unused, [])
})

test('the session that changes the password goes on with the new one, with all its requests; others end', () => {
  const { sessions, unused } = newSessions()
  const old = owner()
  const [own, other] = [sessions.begin(ANN, old), sessions.begin(ANN, old)]
  using request = sessions.use(own)
  const cut: string[] = []
  request?.seats.join((reason) => cut.push(`own ${reason}`))
  sessions.use(other)?.seats.join((reason) => cut.push(`other ${reason}`))
  const changed = new Admission({ slot: 'c3', scope: null }, systemClock, () => undefined)
  request?.seats.moveTo(changed)
  old.end('changed')
  assert.deepEqual(cut, ['other changed'])
  assert.equal(sessions.use(other), null)
  assert.equal(sessions.use(own)?.seats.admission, changed)
  changed.end('revoked')
  assert.deepEqual(cut, ['other changed', 'own revoked'])
  assert.equal(sessions.use(own), null)
  assert.deepEqual(unused, [ANN])
})
