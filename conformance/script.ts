// Scripts of cases (case.ts says how they are written), as steps: what is sent, and what is to come.

import { type Response, SyntaxProblem, parseResponse } from './response.ts'

export interface Step {
  /** 1 is the connection that the case begins with. */
  readonly connection: number
  /** Lines without their last CRLF. */
  readonly said: readonly string[]
  readonly expected: readonly Response[]
  readonly forbidden: readonly Response[]
  readonly expectsClose: boolean
}

interface OpenStep {
  connection: number
  said: string[]
  expected: string[]
  forbidden: string[]
}

const CLOSED = '<closed>'

/** An error for what is not a script: a mistake of its writer. */
export function parseScript(script: string): readonly Step[] {
  const steps: OpenStep[] = []
  const indent = /^\n?( *)/.exec(script)?.[1] ?? ''
  let last: string[] | null = null
  for (const raw of script.trim().split('\n')) {
    const line = raw.startsWith(indent) ? raw.slice(indent.length) : raw
    const [prefix, kind, number] = /^([CSN])(\d?): ?/.exec(line) ?? []
    if (prefix === undefined) {
      if (last === null || last.length === 0) throw new SyntaxProblem(`a script does not begin so: ${line}`)
      last.push(`${last.pop()}\r\n${line}`)
      continue
    }
    const connection = Number(number === '' ? 1 : number)
    const step = steps.at(-1)
    const hasAnswers = step !== undefined && step.expected.length + step.forbidden.length > 0
    if (step === undefined || step.connection !== connection || (kind === 'C' && hasAnswers))
      steps.push({ connection, said: [], expected: [], forbidden: [] })
    const current = steps.at(-1) as OpenStep
    last = { C: current.said, S: current.expected, N: current.forbidden }[kind as 'C' | 'S' | 'N']
    last.push(line.slice(prefix.length))
  }
  return steps.map(({ connection, said, expected, forbidden }) => ({
    connection,
    said,
    expected: expected.filter((line) => line !== CLOSED).map((line) => parseResponse(line, true)),
    forbidden: forbidden.map((line) => parseResponse(line, true)),
    expectsClose: expected.includes(CLOSED),
  }))
}
