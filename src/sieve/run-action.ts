// Actions, carried out: what is to be done is noted; nothing is done yet.

import type { Octets } from '#message/part.ts'
import type { Execution } from './execution.ts'
import { flagList, withoutFlags } from './flags.ts'
import { FILINGS_MAX, REDIRECTS_MAX } from './limits.ts'
import { asciiLower, asciiUpper, countCharacters, toText, toTextOrNull } from './octets.ts'
import type { Filing } from './outcome.ts'
import { headerEdit, runAddHeader, runDeleteHeader } from './run-header-edit.ts'
import { partText } from './run-mime.ts'
import type { Action, Modifier, VacationAction } from './program.ts'
import { parseSieveAddress } from './sieve-address.ts'
import { RunError } from './run-error.ts'

/** Throws RunError. */
export function runAction(run: Execution, action: Action): void {
  switch (action.kind) {
    case 'keep':
      addFiling(run, keepFiling(action.flags === null ? run.flags : flagList(run.expandAll(action.flags))))
      run.implicitKeep = false
      return
    case 'discard':
      run.implicitKeep = false
      return
    case 'fileinto':
      return runFileInto(run, action)
    case 'redirect': {
      const address = parseSieveAddress(run.expand(action.address))
      if (address === null) throw new RunError('that is not an address mail can be sent to')
      if (!run.redirects.some(({ email }) => email === address.email)) {
        if (run.redirects.length >= REDIRECTS_MAX)
          throw new RunError(`a message may be sent on to ${REDIRECTS_MAX} addresses`)
        run.redirects.push({ ...address, edit: headerEdit(run) })
      }
      // RFC 3894 §3.
      if (!action.isCopy) run.implicitKeep = false
      return
    }
    case 'addheader':
      return runAddHeader(run, action)
    case 'deleteheader':
      return runDeleteHeader(run, action)
    case 'set':
      return setVariable(run, action, run.expand(action.value))
    case 'extracttext':
      return setVariable(run, action, partText(run, action.first))
    case 'global':
      for (const name of action.names) {
        if (run.frame.variables.has(name)) throw new RunError(`"${name}" was set before it was declared global`)
        run.frame.globals.add(name)
      }
      return
    case 'flags':
      return runFlags(run, action)
    case 'vacation':
      return runVacation(run, action)
  }
}

export function keepFiling(flags: readonly Octets[]): Filing {
  return { mailbox: null, specialUse: null, create: false, flags }
}

function addFiling(run: Execution, filing: Filing): void {
  // RFC 5228 §2.10.3: once in each mailbox, with the flags that were given last (RFC 5232 §3).
  const known = run.filings.findIndex(({ mailbox }) => mailbox === filing.mailbox)
  if (known >= 0) run.filings[known] = { ...filing, create: filing.create || (run.filings[known] as Filing).create }
  else if (run.filings.length >= FILINGS_MAX) throw new RunError(`a message may be filed ${FILINGS_MAX} times`)
  else run.filings.push(filing)
}

function runFileInto(run: Execution, action: Extract<Action, { kind: 'fileinto' }>): void {
  const flags = action.flags === null ? run.flags : flagList(run.expandAll(action.flags))
  const path = toTextOrNull(run.expand(action.mailbox))?.normalize('NFC') ?? null
  if (path === null) throw new RunError("a mailbox's name must be UTF-8")
  const specialUse = action.specialUse === null ? null : run.expand(action.specialUse)
  const special = specialUse === null ? null : run.host.specialUse(specialUse)
  const target = special ?? path
  if (asciiUpper(target) === 'INBOX') addFiling(run, keepFiling(flags))
  else {
    if (!run.host.mailboxExists(target)) {
      if (!action.create) throw new RunError(`there is no mailbox "${target}"`)
      if (!run.host.mayCreate(target)) throw new RunError(`no mailbox can be made with the name "${target}"`)
    }
    addFiling(run, { mailbox: target, specialUse: special === null ? specialUse : null, create: action.create, flags })
  }
  if (!action.isCopy) run.implicitKeep = false
}

/** RFC 5229 §4. */
function setVariable(run: Execution, target: Extract<Action, { kind: 'set' | 'extracttext' }>, given: Octets): void {
  let value = given
  for (const modifier of target.modifiers) value = modify(modifier, value)
  run.setVariable(target.name, value, target.isGlobal)
}

function modify(modifier: Modifier, value: Octets): Octets {
  switch (modifier) {
    case 'lower':
      return asciiLower(value)
    case 'upper':
      return asciiUpper(value)
    case 'lowerfirst':
      return asciiLower(value.slice(0, 1)) + value.slice(1)
    case 'upperfirst':
      return asciiUpper(value.slice(0, 1)) + value.slice(1)
    case 'quotewildcard':
      return value.replace(/[*?\\]/g, '\\$&')
    case 'quoteregex':
      // draft-ietf-sieve-regex-01 §7.2.
      return value.replace(/[.*+?^$|()[\]{}\\]/g, '\\$&')
    case 'length':
      return String(countCharacters(value))
  }
}

/** RFC 5232 §3. */
function runFlags(run: Execution, { mode, variable, flags }: Extract<Action, { kind: 'flags' }>): void {
  const given = flagList(run.expandAll(flags))
  const name = variable === null ? null : asciiLower(run.expand(variable))
  const before = name === null ? run.flags : flagList([run.variable(name)])
  const after = mode === 'set' ? given : mode === 'add' ? flagList([...before, ...given]) : withoutFlags(before, given)
  if (name === null) run.flags = after
  else run.setVariable(name, after.join(' '), false)
}

/** RFC 5230 §4. */
function runVacation(run: Execution, action: VacationAction): void {
  if (run.vacation !== null) throw new RunError('"vacation" may be run once for a message')
  run.answered = run.message
  const from = action.from === null ? null : parseSieveAddress(run.expand(action.from))
  run.vacation = {
    handle: action.handle === null ? `=${action.written}` : `:${run.expand(action.handle)}`,
    seconds: action.seconds,
    subject: action.subject === null ? null : toText(run.expand(action.subject)),
    // §4.3: what is no address is as if it were not there.
    from,
    addresses: run.expandAll(action.addresses).flatMap((address) => parseSieveAddress(address)?.email ?? []),
    isMime: action.isMime,
    reason: run.expand(action.reason),
  }
}
