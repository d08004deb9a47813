// Running a compiled script over a message (RFC 5228 §2.10). All of it is evaluated first: an error anywhere leaves the message in INBOX, and nothing
// else is done (§2.10.6). In steps, so that a long run does not keep others waiting.

import { type Steps, atOnce } from '#base/steps.ts'
import { Execution, Frame, type PartLoop } from './execution.ts'
import type { SieveHost } from './host.ts'
import { locate } from './issue.ts'
import { INCLUDES_MAX, INCLUDE_NESTING_MAX } from './limits.ts'
import type { MessageView } from './message-view.ts'
import { toText } from './octets.ts'
import { type Outcome, failedOutcome } from './outcome.ts'
import type { Instruction, Program } from './program.ts'
import { keepFiling, runAction } from './run-action.ts'
import { partsOf } from './run-mime.ts'
import { RunError } from './run-error.ts'
import { runTest } from './run-test.ts'

/** What an instruction takes besides what it compares, in octets compared: with included scripts and loops there are many. */
const TEST_WORK = 1_000
const INSTRUCTION_WORK = 100

/** Never throws. */
export function runScript(program: Program, message: MessageView, host: SieveHost): Outcome {
  return atOnce(runInSteps(program, message, host))
}

/** The same in steps. The message must stay as it is until the last. */
export function* runInSteps(program: Program, message: MessageView, host: SieveHost): Steps<Outcome> {
  const run = new Execution(message, host)
  run.frames.push(new Frame(program, null))
  let at: Instruction | undefined
  try {
    while (run.frames.length > 0) {
      const { frame } = run
      at = frame.program.instructions[frame.next]
      if (at === undefined) {
        run.frames.pop()
        continue
      }
      frame.next++
      run.work(at.op === 'test' || at.op === 'action' ? TEST_WORK : INSTRUCTION_WORK)
      execute(run, at)
      if (run.takeStep()) yield
    }
  } catch (error) {
    if (!(error instanceof RunError)) throw error
    return failed(run, at, error.message)
  }
  const filings = run.implicitKeep ? withImplicitKeep(run) : run.filings
  const { redirects, vacation, answered, seen } = run
  return { filings, redirects, vacation, answered, seen, failure: null }
}

function withImplicitKeep(run: Execution): Outcome['filings'] {
  const others = run.filings.filter(({ mailbox }) => mailbox !== null)
  return [...others, keepFiling(run.flags)]
}

function failed(run: Execution, at: Instruction | undefined, text: string): Outcome {
  const { program, script } = run.frame
  return failedOutcome({ ...locate(program.source, { offset: at?.offset ?? 0, text }), script })
}

function execute(run: Execution, instruction: Instruction): void {
  const { frame } = run
  switch (instruction.op) {
    case 'test':
      frame.result = runTest(run, instruction.test)
      return
    case 'not':
      frame.result = !frame.result
      return
    case 'jumpIf':
      if (frame.result === instruction.value) frame.next = instruction.to
      return
    case 'jump':
      frame.next = instruction.to
      return
    case 'foreverypart': {
      const { part } = run
      // A part itself is not in it; the message is the first of its own.
      const parts = part === null ? partsOf(run.message.root) : partsOf(part).slice(1)
      run.work(parts.length)
      if (parts.length === 0) frame.next = instruction.to
      else frame.loops.push({ parts, at: 0 })
      return
    }
    case 'nextpart': {
      const loop = frame.loops.at(-1) as PartLoop
      if (++loop.at < loop.parts.length) frame.next = instruction.to
      else frame.loops.pop()
      return
    }
    case 'break':
      frame.loops.length -= instruction.loops
      frame.next = instruction.to
      return
    case 'action':
      return runAction(run, instruction.action)
    case 'stop':
      run.frames.length = 0
      return
    case 'return':
      run.frames.pop()
      return
    case 'include':
      return include(run, instruction)
    case 'need':
      if (!frame.enabled.has(instruction.extension)) {
        throw new RunError(`"${instruction.extension}" was neither required nor found by "ihave"`)
      }
      return
    case 'fail':
      throw new RunError(toText(run.expand(instruction.text)))
  }
}

/** RFC 6609 §3.2. */
function include(run: Execution, { name, isGlobal, once, optional }: Extract<Instruction, { op: 'include' }>): void {
  const isRunning = run.frames.some(({ script }) => script === name)
  if (once && !isGlobal && (isRunning || run.included.has(name))) return
  // There are no scripts for all users.
  const compiled = isGlobal ? null : run.host.script(name)
  if (compiled === null) {
    if (optional) return
    throw new RunError(`there is no script "${name}" to be included`)
  }
  if (isRunning) throw new RunError(`the script "${name}" includes itself`)
  if (!compiled.ok) throw new RunError(`the included script "${name}" has mistakes`)
  if (run.frames.length > INCLUDE_NESTING_MAX)
    throw new RunError(`scripts may include each other ${INCLUDE_NESTING_MAX} deep`)
  if (++run.includes > INCLUDES_MAX) throw new RunError(`a message may have ${INCLUDES_MAX} scripts included`)
  run.included.add(name)
  run.frames.push(new Frame(compiled.program, name))
}
