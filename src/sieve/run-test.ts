// Tests, evaluated.

import type { DateTime } from '#message/date.ts'
import type { Octets } from '#message/part.ts'
import { bodyContents, bodyTexts, rawBody } from './body-view.ts'
import { datePart, localZoneMinutes, zoneMinutes } from './date-part.ts'
import type { Execution } from './execution.ts'
import { flagList } from './flags.ts'
import { DUPLICATES_MAX } from './limits.ts'
import { type Matched, matchCount, matchValues } from './matcher.ts'
import { isAddressField } from './message-view.ts'
import { asciiLower, toTextOrNull } from './octets.ts'
import type { ViewedField } from './header-view.ts'
import { indexed } from './run-header-edit.ts'
import { mimeValues, scopedFields } from './run-mime.ts'
import type { Template } from './template.ts'
import type { AddressPart, Match, Test, Zone } from './program.ts'
import { RunError } from './run-error.ts'

type Of<Kind extends Test['kind']> = Extract<Test, { kind: Kind }>

/** Throws RunError. */
export function runTest(run: Execution, test: Test): boolean {
  switch (test.kind) {
    case 'constant':
      return test.value
    case 'header': {
      const found = fieldsOf(run, test).map((field) => mimeValues(run, field, test.option))
      const count = found.reduce((sum, each) => sum + each.count, 0)
      return keyed(
        run,
        test,
        found.flatMap(({ values }) => values),
        count,
      )
    }
    case 'address': {
      const isWanted = test.mime === null ? isAddressField : undefined
      const addresses = fieldsOf(run, test, isWanted).flatMap((field) => run.message.addresses(field))
      return keyed(run, test, addressParts(addresses, test.part))
    }
    case 'envelope':
      return keyed(run, test, envelopeValues(run, test))
    case 'exists':
      return run.expandAll(test.names).every((name) => {
        return scopedFields(run, name, test.mime).some((fields) => fields.length > 0)
      })
    case 'size':
      return test.isOver ? run.message.bytes.length > test.limit : run.message.bytes.length < test.limit
    case 'body':
      return runBody(run, test)
    case 'date': {
      const [field] = indexed(run.message.fieldsOf(run.expand(test.name)), test.index)
      return runDate(run, test, field === undefined ? null : run.message.date(field))
    }
    case 'currentdate': {
      const { now } = run.host
      return runDate(run, test, { ms: now, zoneMinutes: localZoneMinutes(now) })
    }
    case 'string': {
      const sources = run.expandAll(test.sources)
      return keyed(run, test, sources, sources.filter((source) => source !== '').length)
    }
    case 'hasflag':
      return runHasFlag(run, test)
    case 'environment': {
      const value = run.host.environment(asciiLower(run.expand(test.name)))
      if (value === null) return false
      return keyed(run, test, [value], value === '' ? 0 : 1)
    }
    case 'mailboxexists':
      return run.expandAll(test.names).every((name) => {
        const path = pathOf(name)
        return path !== null && run.host.mailboxExists(path)
      })
    case 'metadata': {
      const value = annotationOf(run, test.mailbox, run.expand(test.name))
      return keyed(run, test, value === null ? [] : [value])
    }
    case 'metadataexists':
      return run.expandAll(test.names).every((name) => annotationOf(run, test.mailbox, name) !== null)
    case 'specialuseexists':
      return runSpecialUse(run, test)
    case 'duplicate':
      return runDuplicate(run, test)
    case 'ihave':
      for (const extension of test.enables) run.frame.enabled.add(extension)
      if (test.enables.includes('vacation-seconds')) run.frame.enabled.add('vacation')
      return true
  }
}

/** Any value against any key; `count` is how many there are, if not each value counts as one. */
function keyed(
  run: Execution,
  { match, keys }: { readonly match: Match; readonly keys: readonly Template[] },
  values: readonly Octets[],
  count = values.length,
): boolean {
  return settle(run, matchAny(run, match, run.expandAll(keys), values, count))
}

function matchAny(
  run: Execution,
  match: Match,
  keys: readonly Octets[],
  values: readonly Octets[],
  count: number,
): Matched {
  return match.type === 'count' ? matchCount(match, count, keys) : matchValues(match, values, keys, run)
}

/** RFC 5229 §3.2. */
function settle(run: Execution, { isMatch, variables }: Matched): boolean {
  if (variables !== null) run.matched = variables
  return isMatch
}

/** RFC 5260 §6: the index counts the fields of each part by themselves. */
function fieldsOf(
  run: Execution,
  { names, mime, index }: Pick<Of<'header'>, 'names' | 'mime' | 'index'>,
  isWanted: (name: string) => boolean = () => true,
): ViewedField[] {
  const byPart: ViewedField[][] = []
  for (const name of run.expandAll(names)) {
    if (!isWanted(asciiLower(name))) continue
    for (const [at, fields] of scopedFields(run, name, mime).entries()) {
      byPart[at] = byPart[at] === undefined ? [...fields] : byPart[at].concat(fields)
    }
  }
  return byPart.flatMap((fields) => indexed(fields, index))
}

/** RFC 5228 §2.7.4: an address that is none has only the whole. */
function addressParts(addresses: readonly Octets[], part: AddressPart): Octets[] {
  return addresses.flatMap((address) => addressPart(address, part) ?? [])
}

function addressPart(address: Octets, part: AddressPart): Octets | null {
  if (part === 'all') return address
  const at = address.lastIndexOf('@')
  if (at <= 0 || at === address.length - 1) return null
  const local = address.slice(0, at)
  switch (part) {
    case 'localpart':
      return local
    case 'domain':
      return address.slice(at + 1)
    case 'user':
    case 'detail': {
      // As deliveries are resolved: behind the first plus sign.
      const plus = local.indexOf('+')
      if (part === 'user') return plus < 0 ? local : local.slice(0, plus)
      return plus < 0 ? null : local.slice(plus + 1)
    }
  }
}

/** §5.4: the null reverse-path is the empty string, whatever part is asked for; it counts as none. */
function envelopeValues(run: Execution, { parts, part, match }: Of<'envelope'>): Octets[] {
  const { from, to } = run.host.envelope
  return run.expandAll(parts).flatMap((name) => {
    const address = asciiLower(name) === 'from' ? from : asciiLower(name) === 'to' ? to : undefined
    if (address === undefined) throw new RunError('the envelope has the parts "from" and "to" only')
    if (address === null) return []
    if (address === '') return match.type === 'count' ? [] : ['']
    return addressPart(address, part) ?? []
  })
}

/** RFC 5173 §6: without match variables. */
function runBody(run: Execution, { match, keys, transform }: Of<'body'>): boolean {
  const given = run.expandAll(keys)
  const values = function* (): Generator<Octets> {
    const found =
      transform.kind === 'content'
        ? bodyContents(run.message, run.expandAll(transform.types))
        : transform.kind === 'raw'
          ? rawBody(run.message)
          : bodyTexts(run.message)
    for (const value of found) {
      run.work(4 * value.length)
      yield value
    }
  }
  if (match.type === 'count') return matchCount(match, [...values()].length, given).isMatch
  return matchValues(match, values(), given, run).isMatch
}

function runDate(run: Execution, test: Of<'date'> | Of<'currentdate'>, date: DateTime | null): boolean {
  if (date === null) return keyed(run, test, [], 0)
  const zone = zoneOf(run, test.zone, date)
  if (zone === null) throw new RunError('a zone is written as "+0100"')
  const value = datePart(asciiLower(run.expand(test.part)), { ms: date.ms, zoneMinutes: zone })
  return keyed(run, test, value === null ? [] : [value])
}

function zoneOf(run: Execution, zone: Zone, date: DateTime): number | null {
  if (zone.kind === 'given') return zoneMinutes(run.expand(zone.offset))
  return zone.kind === 'original' ? date.zoneMinutes : localZoneMinutes(date.ms)
}

/** RFC 5232 §4. */
function runHasFlag(run: Execution, { match, keys, variables }: Of<'hasflag'>): boolean {
  const lists =
    variables === null
      ? [run.flags]
      : run.expandAll(variables).map((name) => flagList([run.variable(asciiLower(name))]))
  const wanted = run.expandAll(keys)
  // `:count` compares with a number, `:regex` with an expression, and the others with flags: a string of several is as good as a list of them.
  const words =
    match.type === 'count' || match.type === 'regex'
      ? wanted
      : wanted.flatMap((key) => key.split(' ').filter((word) => word !== ''))
  const flags = lists.flat()
  return settle(run, matchAny(run, match, words, flags, flags.length))
}

/** As "fileinto" takes it. */
function pathOf(name: Octets): string | null {
  return toTextOrNull(name)?.normalize('NFC') ?? null
}

/** RFC 5490 §3.3: null if there is no such mailbox, too. */
function annotationOf(run: Execution, mailbox: Template | null, name: Octets): Octets | null {
  const path = mailbox === null ? null : pathOf(run.expand(mailbox))
  if (mailbox !== null && path === null) return null
  const value = run.host.annotation(path, asciiLower(name))
  run.work(value?.length ?? 0)
  return value
}

/** RFC 8579 §3. */
function runSpecialUse(run: Execution, { mailbox, attributes }: Of<'specialuseexists'>): boolean {
  const path = mailbox === null ? null : pathOf(run.expand(mailbox))
  if (mailbox !== null && path === null) return false
  return run.expandAll(attributes).every((attribute) => {
    const found = run.host.specialUse(attribute)
    return found !== null && (path === null || found === path)
  })
}

/** RFC 7352 §3.3: an expiry of about a week, and a bound. */
const DUPLICATE_SECONDS = 7 * 86_400
const DUPLICATE_SECONDS_MAX = 90 * 86_400

function runDuplicate(run: Execution, test: Of<'duplicate'>): boolean {
  const uniqueId = uniqueIdOf(run, test)
  if (uniqueId === null || test.seconds === 0) return false
  const handle = test.handle === null ? '' : `:${run.expand(test.handle)}`
  const seconds = Math.min(test.seconds ?? DUPLICATE_SECONDS, DUPLICATE_SECONDS_MAX)
  if (run.seen.length >= DUPLICATES_MAX)
    throw new RunError(`one message may be tested ${DUPLICATES_MAX} times for duplicates`)
  run.seen.push({ handle, uniqueId, seconds, isLast: test.isLast })
  return run.host.isDuplicate(handle, uniqueId)
}

function uniqueIdOf(run: Execution, { header, uniqueId }: Of<'duplicate'>): Octets | null {
  if (uniqueId !== null) return run.expand(uniqueId)
  const [field] = run.message.fieldsOf(header === null ? 'message-id' : run.expand(header))
  return field === undefined ? null : run.message.text(field)
}
