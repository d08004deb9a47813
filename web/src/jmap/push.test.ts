import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { EventParser } from './push.ts'

const STREAM =
  ': connected\n\nevent: state\nid: 1/2\ndata: {"changed":{}}\n\nevent: ping\r\ndata: {"interval":30}\r\n\r\ndata: one\ndata: two\n\n'

test('events in whatever pieces they come', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(STREAM.length)), (cuts) => {
      const parser = new EventParser()
      const places = [0, ...cuts.sort((a, b) => a - b), STREAM.length]
      const events = places.slice(1).flatMap((end, at) => parser.write(STREAM.slice(places[at], end)))
      assert.deepEqual(events, [
        { name: 'state', data: '{"changed":{}}' },
        { name: 'ping', data: '{"interval":30}' },
        { name: '', data: 'one\ntwo' },
      ])
    }),
  )
})
