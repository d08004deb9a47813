// The commands after login (RFC 5804 §2), one function each. Nothing that the client sent is repeated but names and scripts, to it.

import { utf8TextOrNull } from '#base/bytes.ts'
import { CommitRefusedError } from '#account/account.ts'
import type { PutProblem } from '#filters/script-store.ts'
import { compileScript, warningsOf } from '#sieve/compile.ts'
import { describeIssue } from '#sieve/issue.ts'
import { SCRIPT_BYTES_MAX } from '#sieve/limits.ts'
import { isScriptName } from '#sieve/script-name.ts'
import { capabilityLines } from './capabilities.ts'
import type { Argument } from './command-reader.ts'
import { quoteString } from './response.ts'
import type { Session } from './session.ts'

type Kind = Argument['kind']

interface Command {
  /** Those that may be left out come last, in brackets. */
  readonly takes: readonly Kind[]
  readonly optional?: Kind
  run(session: Session, args: readonly Argument[]): void | Promise<void>
}

function bytesOf(argument: Argument | undefined): Buffer {
  return argument?.kind === 'string' ? argument.bytes : Buffer.alloc(0)
}

/** Null, and said so, if it is no name. */
function nameOf(session: Session, argument: Argument | undefined): string | null {
  const name = utf8TextOrNull(bytesOf(argument))?.normalize('NFC') ?? ''
  if (isScriptName(name)) return name
  session.no('That is no name for a script')
  return null
}

function refuseMissing(session: Session): void {
  session.no('There is no script by that name', 'NONEXISTENT')
}

function refusePut(session: Session, problem: PutProblem): void {
  if (problem === 'tooLarge') session.no(`A script may have ${SCRIPT_BYTES_MAX} bytes`, 'QUOTA/MAXSIZE')
  else session.no('There are too many scripts', 'QUOTA/MAXSCRIPTS')
}

/** The mistakes, one a line; null if there are none. */
function mistakesIn(script: Buffer): string | null {
  if (script.length === 0) return 'line 1, column 1: the script is empty'
  const compiled = compileScript(script.toString('latin1'))
  return compiled.ok ? null : compiled.issues.map(describeIssue).join('\r\n')
}

/** What its author may not expect, one a line; null if there is nothing. */
function warningsIn(script: Buffer): string | null {
  const compiled = compileScript(script.toString('latin1'))
  const warnings = compiled.ok ? warningsOf(compiled.program) : []
  return warnings.length === 0 ? null : warnings.map(describeIssue).join('\r\n')
}

/** RFC 5804 §1.3: warnings come with OK. */
function sayValid(session: Session, text: string, warnings: string | null): void {
  if (warnings === null) session.ok(text)
  else session.ok(warnings, 'WARNINGS')
}

const COMMANDS: Readonly<Record<string, Command>> = {
  CAPABILITY: {
    takes: [],
    run(session) {
      const owner = session.account.address
      session.out.text(capabilityLines({ isConfidential: true, canStartTls: false, owner }))
      session.ok('Capabilities')
    },
  },
  NOOP: {
    takes: [],
    optional: 'string',
    run(session, [tag]) {
      const text = tag === undefined ? null : utf8TextOrNull(bytesOf(tag))
      session.ok('Done', text === null ? undefined : `TAG ${quoteString(text)}`)
    },
  },
  LOGOUT: {
    takes: [],
    run(session) {
      session.ok('Goodbye')
      session.isEnding = true
    },
  },
  HAVESPACE: {
    takes: ['string', 'number'],
    run(session, [named, size]) {
      const name = nameOf(session, named)
      if (name === null) return
      const problem = session.scripts.whyNot(name, size?.kind === 'number' ? size.value : 0)
      if (problem === null) session.ok('There is room for it')
      else refusePut(session, problem)
    },
  },
  PUTSCRIPT: {
    takes: ['string', 'string'],
    async run(session, [named, content]) {
      const name = nameOf(session, named)
      if (name === null) return
      const script = bytesOf(content)
      const problem = session.scripts.whyNot(name, script.length)
      if (problem !== null) return refusePut(session, problem)
      const mistakes = mistakesIn(script)
      if (mistakes !== null) return session.no(mistakes)
      const warnings = warningsIn(script)
      const put = await session.scripts.put(name, script)
      if (put === null) sayValid(session, 'The script is stored', warnings)
      else refusePut(session, put)
    },
  },
  CHECKSCRIPT: {
    takes: ['string'],
    run(session, [content]) {
      const script = bytesOf(content)
      const mistakes = mistakesIn(script)
      if (mistakes === null) sayValid(session, 'The script is valid', warningsIn(script))
      else session.no(mistakes)
    },
  },
  LISTSCRIPTS: {
    takes: [],
    run(session) {
      for (const { name, isActive } of session.scripts.list()) {
        session.string(name)
        session.out.text(isActive ? ' ACTIVE\r\n' : '\r\n')
      }
      const failure = session.scripts.lastFailure()
      // RFC 5228 §2.10.6: the user hears of errors.
      if (failure === null) session.ok('These are the scripts')
      else session.ok(failure, 'WARNINGS')
    },
  },
  SETACTIVE: {
    takes: ['string'],
    async run(session, [named]) {
      if (bytesOf(named).length === 0) {
        await session.scripts.setActive(null)
        return session.ok('No script is active')
      }
      const name = nameOf(session, named)
      if (name === null) return
      if (await session.scripts.setActive(name)) session.ok('The script is active')
      else refuseMissing(session)
    },
  },
  GETSCRIPT: {
    takes: ['string'],
    run(session, [named]) {
      const name = nameOf(session, named)
      if (name === null) return
      const script = session.scripts.get(name)
      if (script === null) return refuseMissing(session)
      session.out.text(`{${script.length}}\r\n`)
      session.out.bytes(script)
      session.out.text('\r\n')
      session.ok('This is the script')
    },
  },
  DELETESCRIPT: {
    takes: ['string'],
    async run(session, [named]) {
      const name = nameOf(session, named)
      if (name === null) return
      const deleted = await session.scripts.delete(name)
      if (deleted === 'deleted') session.ok('The script is deleted')
      else if (deleted === 'active') session.no('The script is active', 'ACTIVE')
      else refuseMissing(session)
    },
  },
  RENAMESCRIPT: {
    takes: ['string', 'string'],
    async run(session, [old, wanted]) {
      const from = nameOf(session, old)
      const to = from === null ? null : nameOf(session, wanted)
      if (from === null || to === null) return
      const renamed = await session.scripts.rename(from, to)
      if (renamed === 'renamed') session.ok('The script is renamed')
      else if (renamed === 'taken') session.no('There is a script by that name', 'ALREADYEXISTS')
      else refuseMissing(session)
    },
  },
  AUTHENTICATE: { takes: ['string'], optional: 'string', run: (session) => session.no('You are logged in') },
  STARTTLS: { takes: [], run: (session) => session.no('You are logged in') },
}

/** Null: there is no such command. */
export function findCommand(name: string): Command | null {
  return Object.hasOwn(COMMANDS, name) ? (COMMANDS[name] as Command) : null
}

export function fits({ takes, optional }: Command, args: readonly Argument[]): boolean {
  if (args.length < takes.length || args.length > takes.length + (optional === undefined ? 0 : 1)) return false
  return args.every(({ kind }, at) => kind === (takes[at] ?? optional))
}

/** Runs it; what the log refused is told. */
export async function runCommand(session: Session, command: Command, args: readonly Argument[]): Promise<void> {
  try {
    await command.run(session, args)
  } catch (error) {
    if (!(error instanceof CommitRefusedError)) throw error
    if (error.reason === 'readOnly') session.no('This password may read and no more')
    else if (error.reason === 'overQuota') session.no('There is no room in the account', 'QUOTA')
    else session.no('It cannot be stored now: try again later', 'TRYLATER')
  }
}
