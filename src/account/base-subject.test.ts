import assert from 'node:assert/strict'
import { test } from 'node:test'
import { baseSubject } from './base-subject.ts'

test('what replies and forwards add goes', () => {
  const cases: [string, string, boolean][] = [
    ['Hello', 'Hello', false],
    ['Re: Hello', 'Hello', true],
    ['RE:  re:Hello  World ', 'Hello World', true],
    ['Fwd: Hello', 'Hello', true],
    ['FW: Re[2]: Hello', 'Hello', true],
    ['[list] Hello', 'Hello', false],
    ['[list] Re: [other] Hello', 'Hello', true],
    ['Re: [list] Hello (fwd)', 'Hello', true],
    ['Hello (FWD) (fwd)', 'Hello', true],
    ['[fwd: Hello]', 'Hello', true],
    ['[Fwd: [fwd: Re: Hello (fwd)]]', 'Hello', true],
    ['[list]', '[list]', false],
    ['[a] [b]', '[b]', false],
    ['Re:', '', true],
    ['Regarding: this', 'Regarding: this', false],
    ['Re [x]: Hello', 'Hello', true],
    ['Re [[x]: Hello', 'Re [[x]: Hello', false],
    ['', '', false],
    ['\tRe:\r\n Hello', 'Hello', true],
  ]
  for (const [subject, base, isReply] of cases) assert.deepEqual(baseSubject(subject), { base, isReply }, subject)
})

test('long hostile subjects take linear time', () => {
  const before = process.threadCpuUsage().user
  for (const piece of ['Re: ', '[', '[a]', '[fwd: ', ' (fwd)', '[a] re', 're[']) baseSubject(piece.repeat(200_000))
  // Of this thread alone, in microseconds: what else the machine does is not counted. The square of the length would be minutes.
  assert.ok(process.threadCpuUsage().user - before < 5_000_000)
})
