// SEARCH in its forms, and whether what is found makes sense.

import type { Value } from '../response.ts'
import { textOf } from '../values.ts'
import { follow } from './heard.ts'
import { numbersIn } from './number-sets.ts'
import type { Answer, Action, Session } from './session.ts'
import { must } from './violation.ts'

export interface Searching {
  readonly key: string
  readonly byUid: boolean
  /** `ALL COUNT`; null: without RETURN. */
  readonly returns: string | null
}

/** `found` hears the numbers; null if the command does not ask for all. */
export function search(
  session: Session,
  { key, byUid, returns }: Searching,
  found: (numbers: readonly number[] | null, answer: Answer) => void = () => {},
): Action {
  return {
    parts: [`${byUid ? 'UID ' : ''}SEARCH ${returns === null ? '' : `RETURN (${returns}) `}${key}`],
    name: byUid ? 'UID SEARCH' : 'SEARCH',
    mayExpunge: byUid,
    done(answer) {
      if (answer.response.status !== 'OK') return
      const numbers = foundBy(answer, returns)
      const count = session.view?.count ?? 0
      if (!byUid && numbers !== null)
        for (const number of numbers)
          must(number >= 1 && number <= count, 'RFC 9051 §6.4.4', () => `SEARCH finds ${number} of ${count}`)
      found(numbers, answer)
    },
  }
}

function foundBy({ report, response }: Answer, returns: string | null): readonly number[] | null {
  const own = report.esearches.find(({ tag }) => tag === response.tag)
  if (own === undefined) {
    must(report.search !== null, 'RFC 9051 §6.4.4', () => 'SEARCH without a result')
    return report.search
  }
  const { returned } = own
  const given = textOf(returned.get('ALL') ?? null)
  const all = given === null ? [] : numbersIn(given)
  if (returns !== null && !/\bALL\b/.test(returns)) return null
  const numberOf = (value: Value | undefined): number | null => (value === undefined ? null : Number(textOf(value)))
  const count = numberOf(returned.get('COUNT'))
  const [min, max] = [numberOf(returned.get('MIN')), numberOf(returned.get('MAX'))]
  must(count === null || count === all.length, 'RFC 4731 §3.1', () => `COUNT ${count} of ${all.length}`)
  must(min === null || min === Math.min(...all), 'RFC 4731 §3.1', () => `MIN ${min} of ${given}`)
  must(max === null || max === Math.max(...all), 'RFC 4731 §3.1', () => `MAX ${max} of ${given}`)
  return all
}

/** A search that goes on (RFC 5267): from now on the session keeps what it finds. */
export function beginContext(session: Session, key: string): Action {
  return {
    parts: [`UID SEARCH RETURN (UPDATE ALL) ${key}`],
    name: 'UID SEARCH',
    mayExpunge: true,
    done(answer) {
      const { report, response } = answer
      if (response.status !== 'OK') return
      const uids = new Set<number>()
      for (const esearch of report.esearches) {
        if (esearch.tag !== response.tag) continue
        for (const uid of numbersIn(textOf(esearch.returned.get('ALL') ?? null) ?? '')) uids.add(uid)
        follow(uids, esearch)
      }
      session.context = { tag: response.tag, key, uids }
    },
  }
}
