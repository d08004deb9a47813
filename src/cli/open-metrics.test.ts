import assert from 'node:assert/strict'
import { test } from 'node:test'
import { OpenMetrics } from './open-metrics.ts'

/** OpenMetrics 1.0, §4: what of its grammar is used here. */
const LINE =
  /^(?:# TYPE [a-z][a-z0-9_]* gauge|# UNIT ([a-z][a-z0-9_]*_(seconds|bytes|ratio)) \2|# HELP [a-z][a-z0-9_]* (?:[^\n\\"]|\\[n\\"])*|[a-z][a-z0-9_]*(?:\{[a-z]+="(?:[^\n\\"]|\\[n\\"])*"(?:,[a-z]+="(?:[^\n\\"]|\\[n\\"])*")*\})? -?[0-9.e+-]+)$/

test('text that parsers of OpenMetrics take', () => {
  const metrics = new OpenMetrics()
  metrics.gauge('a_seconds', 'How long it took.', [{ value: 0.5 }])
  metrics.gauge('b', 'With "quotes", a \\ and\na line.', [
    { labels: { of: 'x' }, value: -1 },
    { labels: { of: 'y"\\\n', or: 'z' }, value: 1e21 },
  ])
  assert.equal(
    metrics.text,
    [
      '# TYPE a_seconds gauge',
      '# UNIT a_seconds seconds',
      '# HELP a_seconds How long it took.',
      'a_seconds 0.5',
      '# TYPE b gauge',
      '# HELP b With \\"quotes\\", a \\\\ and\\na line.',
      'b{of="x"} -1',
      'b{of="y\\"\\\\\\n",or="z"} 1e+21',
      '# EOF',
      '',
    ].join('\n'),
  )
  for (const line of metrics.text.split('\n').slice(0, -2)) assert.match(line, LINE)
})

test('what is not known is left out', () => {
  const metrics = new OpenMetrics()
  metrics.gauge('a', 'Nothing.', [{ value: null }])
  metrics.gauge('b', 'A part.', [
    { labels: { of: 'x' }, value: null },
    { labels: { of: 'y' }, value: 0 },
  ])
  assert.deepEqual(metrics.text.split('\n'), ['# TYPE b gauge', '# HELP b A part.', 'b{of="y"} 0', '# EOF', ''])
})
