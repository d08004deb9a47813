// What the server says of rehearsals of restoring the account, in sentences for the owner: nothing that is not so.

import type { ServerRehearsal } from './check.ts'
import { formatMoment } from './moment.ts'

const DAY_SECONDS = 86_400
const number = new Intl.NumberFormat('en')

export function rehearsalSentences(rehearsal: ServerRehearsal): string[] {
  const { last, noRoom, isUnderWay } = rehearsal
  return [
    ...(last === null ? ['A restore of your mail has not been rehearsed yet.'] : resultSentences(last)),
    ...(last !== null && !last.isWhole ? [wholeSentence(rehearsal)] : []),
    promiseSentence(rehearsal),
    ...(noRoom === null ? [] : [`There was no room on the server's disk for one ${formatMoment(noRoom)}.`]),
    ...(isUnderWay ? ['One is under way.'] : []),
  ]
}

function resultSentences(last: NonNullable<ServerRehearsal['last']>): string[] {
  const { ended, isWhole, isDirect, payloads, bytes, messages, mailboxes, point, found } = last
  const from = isDirect ? 'from the disk' : 'through the memory of the machine, which may say nothing about its disk'
  const read = `${counted(payloads, 'record')} (${megabytes(bytes)}) were read ${from}, verified and opened`
  const made =
    messages === null || mailboxes === null
      ? 'and your account could not be made again from them'
      : `and your account was made again from them: ${counted(messages, 'message')} in ${counted(mailboxes, 'mailbox', 'mailboxes')}`
  const compared =
    messages === null ? '' : isWhole ? ', as you see it' : `, with ${countFound(found)} missing or different`
  const past =
    point === null
      ? []
      : [
          `Restoring it to ${formatMoment(point.time)} was planned, with ${counted(point.messages, 'message')}${gone(point.gone)}.`,
        ]
  return [`A restore of your mail was rehearsed ${formatMoment(ended)}: ${read}, ${made}${compared}.`, ...past]
}

function gone(count: number): string {
  return count === 0 ? '' : `, of which ${number.format(count)} cannot come back because you deleted them too long ago`
}

function wholeSentence({ whole }: ServerRehearsal): string {
  return whole === null
    ? 'No rehearsal has found everything yet.'
    : `Everything was there when it was rehearsed ${formatMoment(whole)}.`
}

function promiseSentence({ every, isOverdue }: ServerRehearsal): string {
  if (every === null) return 'The server rehearses it only when somebody asks.'
  const days = Math.round(every / DAY_SECONDS)
  const promised = `The server rehearses it every ${days === 1 ? 'day' : `${days} days`}, while you are logged in`
  return isOverdue ? `${promised}; the next one is overdue.` : `${promised}.`
}

/** Of things that are not as they should be. */
export function countFound(found: number): string {
  return counted(found, 'thing')
}

export function findingSentence({ text, name }: { readonly text: string; readonly name: string | null }): string {
  return name === null ? `${text}.` : `${text}: ${name}.`
}

function counted(count: number, one: string, many = `${one}s`): string {
  return `${number.format(count)} ${count === 1 ? one : many}`
}

function megabytes(bytes: number): string {
  return bytes < 1_000_000
    ? `${number.format(Math.ceil(bytes / 1000))} kB`
    : `${number.format(Math.ceil(bytes / 1_000_000))} MB`
}
