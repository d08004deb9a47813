import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type DisplayParts, ProgressDisplay } from './progress-display.ts'
import { ProgressRate } from './progress-rate.ts'

function display(kind: DisplayParts['kind'], columns = 100) {
  const state = { ms: 0, text: '' }
  const made = new ProgressDisplay({
    kind,
    write: (text) => (state.text += text),
    monotonic: () => state.ms,
    columns: () => columns,
  })
  return { state, made }
}

const at = (done: number, perSecond: number | null = null) => ({
  what: 'Reading messages',
  unit: 'messages',
  done,
  total: 100_000,
  perSecond,
  secondsLeft: perSecond === null ? null : (100_000 - done) / perSecond,
})

test('in a terminal one line is drawn again and again, with a bar, the rate and the time that is left', () => {
  const { state, made } = display('terminal')
  made.tell(at(0))
  assert.equal(
    state.text,
    '\r\u001b[K[........................................] Reading messages: 0 of 100,000 messages (0 %)',
  )
  state.text = ''
  state.ms = 20
  made.tell(at(10))
  assert.equal(state.text, '', 'not more often than can be seen')
  state.ms = 200
  made.tell(at(25_000, 1_250))
  assert.ok(state.text.startsWith('\r\u001b[K'))
  assert.match(
    state.text.slice('\r\u001b[K'.length),
    /^\[#{6}\.{18}\] Reading messages: 25,000 of 100,000 messages \(25 %\), 1,250\/s, 1 min left$/,
  )
  assert.ok(state.text.length - '\r\u001b[K'.length < 100)
  state.text = ''
  made.end()
  assert.equal(state.text, '\r\u001b[K')
})

test('in a narrow terminal there is no bar, and no line is broken', () => {
  const { state, made } = display('terminal', 40)
  made.tell(at(25_000, 1_250))
  assert.equal(state.text, '\r\u001b[KReading messages: 25,000 of 100,000 mes')
})

test('elsewhere there is a line now and then, none for what is soon over, and one in the end', () => {
  const { state, made } = display('plain')
  made.tell(at(0))
  made.tell(at(100_000))
  assert.equal(state.text, '')
  made.end()
  made.tell(at(0))
  for (state.ms = 0; state.ms < 25_000; state.ms += 500) made.tell(at(state.ms * 4, 4_000))
  made.tell(at(100_000, 4_000))
  assert.equal(
    state.text,
    [
      'Reading messages: 8,000 of 100,000 messages (8 %), 4,000/s, 23 s left',
      'Reading messages: 48,000 of 100,000 messages (48 %), 4,000/s, 13 s left',
      'Reading messages: 88,000 of 100,000 messages (88 %), 4,000/s, 3 s left',
      'Reading messages: 100,000 of 100,000 messages (100 %), 4,000/s',
      '',
    ].join('\n'),
  )
})

test('programs get a line of JSON for each second', () => {
  const { state, made } = display('json')
  made.tell(at(0))
  state.ms = 500
  made.tell(at(10, 20))
  state.ms = 1_500
  made.tell(at(30, 20.4))
  const lines = state.text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown)
  assert.deepEqual(lines, [
    {
      progress: {
        what: 'Reading messages',
        unit: 'messages',
        done: 0,
        total: 100_000,
        perSecond: null,
        secondsLeft: null,
      },
    },
    {
      progress: {
        what: 'Reading messages',
        unit: 'messages',
        done: 30,
        total: 100_000,
        perSecond: 20,
        secondsLeft: 4_900,
      },
    },
  ])
})

test('the rate is that of the phase, from where it began', () => {
  let ms = 0
  const rate = new ProgressRate(() => ms)
  const told = (what: string, done: number) => rate.of({ what, unit: 'x', done, total: 1_000 })
  assert.equal(told('a', 400).perSecond, null)
  ms = 2_000
  assert.deepEqual([told('a', 600).perSecond, told('a', 600).secondsLeft], [100, 4])
  assert.equal(told('b', 0).perSecond, null)
})
