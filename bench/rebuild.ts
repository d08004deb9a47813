// How long it takes until the index of a large account is made again from its log, in a whole Mailkeep, while mail keeps arriving; and how much memory the
// vault takes: first where there is no index, then by `rebuild-index` beside the one that is there. Beside it, over the same messages in the clear: notmuch, which makes an index of words and threads from a Maildir as this does, and Dovecot,
// which makes its index and its cache of envelopes and structures, without an index of words.
//
// MESSAGES=n for another number than 100,000; ARRIVING=n for another number of messages that arrive each second than 20; PEERS=no without the others.

import { spawn } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { AccountId } from '#base/ids.ts'
import { type Mailkeep, repository, startMailkeep } from '../test/harness.ts'
import { corpus, plainMessages } from './corpus.ts'
import { SmtpSession, dotStuffed } from './load-smtp.ts'
import { measureRebuildPeers } from './rebuild-peers.ts'
import { fillStopped } from './stopped-mailkeep.ts'

const MESSAGES = Number(process.env['MESSAGES'] ?? 100_000)
const ARRIVING = Number(process.env['ARRIVING'] ?? 20)
const ADDRESS = 'bench@example.org'
const PASSWORD = 'correct horse battery'
const MEMORY_MAX_MB = 600
const RATE_MIN = 1_000

function report(what: string, value: string, note = ''): void {
  console.log(`${what.padEnd(52)} ${value.padStart(16)}  ${note}`)
}

const perSecond = (count: number, ms: number): string => `${Math.round((count / ms) * 1000)}/s`

interface Progress {
  readonly unit: string
  readonly done: number
  readonly total: number
}

/** What `mailkeep rebuild-index --json` says, line by line. False: the account is not unlocked yet. */
async function rebuild(
  mailkeep: Mailkeep,
  told: (line: { progress?: Progress; emails?: number }) => void,
): Promise<boolean> {
  const args = ['rebuild-index', ADDRESS, '--json', '--data', mailkeep.directory]
  const child = spawn(path.join(repository, 'mailkeep'), args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let rest = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) told(JSON.parse(line) as { progress?: Progress; emails?: number })
  })
  let problem = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (problem += text))
  const status = await new Promise((resolve) => child.once('close', resolve))
  if (status !== 0 && !problem.includes('is locked')) throw new Error(`rebuild-index: ${problem}`)
  return status === 0
}

function memoryOf(pid: number, field: 'VmHWM' | 'VmRSS'): number {
  const text = fs.readFileSync(`/proc/${pid}/status`, 'latin1')
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(text)?.[1]) / 1024
}

/** Milliseconds of processor time of the process with all its threads. */
function cpuOf(pid: number): number {
  let nanoseconds = 0
  for (const thread of fs.readdirSync(`/proc/${pid}/task`)) {
    nanoseconds += Number(fs.readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'latin1').split(' ')[0])
  }
  return nanoseconds / 1e6
}

/** Mail that keeps arriving, until `stop`. Resolves with how many were accepted, and how long the slowest took. */
function arriving(mailkeep: Mailkeep): { stop(): Promise<{ count: number; slowestMs: number }> } {
  let isStopped = false
  const run = async (): Promise<{ count: number; slowestMs: number }> => {
    let count = 0
    let slowestMs = 0
    if (ARRIVING === 0) return { count, slowestMs }
    using session = await SmtpSession.open({ port: mailkeep.ports.smtp, isLmtp: false })
    const begun = performance.now()
    for (const message of plainMessages(1_000_000, 10_000, 7)) {
      if (isStopped) break
      const sent = performance.now()
      await session.send(ADDRESS, dotStuffed(message))
      slowestMs = Math.max(slowestMs, performance.now() - sent)
      count++
      const dueMs = begun + (count * 1000) / ARRIVING - performance.now()
      if (dueMs > 0) await new Promise((resolve) => setTimeout(resolve, dueMs))
    }
    return { count, slowestMs }
  }
  const running = run()
  return {
    stop() {
      isStopped = true
      return running
    },
  }
}

function removeIndexes(mailkeep: Mailkeep, account: AccountId): void {
  for (const vault of fs.readdirSync(`${mailkeep.directory}/index`)) {
    for (const name of fs.readdirSync(`${mailkeep.directory}/index/${vault}`)) {
      if (name.startsWith(account)) fs.rmSync(`${mailkeep.directory}/index/${vault}/${name}`)
    }
  }
}

/** Where there is no index the login makes it, and does not wait for that: `rebuild-index` then waits for the same work. */
async function measure(mailkeep: Mailkeep): Promise<number> {
  await mailkeep.start()
  const vault = (await mailkeep.status()).processes.find(({ name }) => name === 'vault-0')?.pid ?? 0
  const before = { cpu: cpuOf(vault), rss: memoryOf(vault, 'VmRSS') }
  const mail = arriving(mailkeep)
  const begun = performance.now()
  const unlocking = mailkeep.cli(['account', 'unlock', ADDRESS, '--password-stdin'], { input: `${PASSWORD}\n` })
  const phases = new Map<string, { readonly done: number; readonly ms: number }>()
  let emails = 0
  let total = 0
  const told = ({ progress, emails: found }: { progress?: Progress; emails?: number }): void => {
    if (found !== undefined) emails = found
    if (progress === undefined) return
    const { unit, done } = progress
    if (!phases.has(unit)) phases.set(unit, { done, ms: performance.now() })
    if (unit === 'messages') total = progress.total
  }
  while (!(await rebuild(mailkeep, told)));
  const end = performance.now()
  await unlocking
  const used = cpuOf(vault) - before.cpu
  const { count, slowestMs } = await mail.stop()
  const messages = phases.get('messages') ?? { done: 0, ms: end }
  report(
    'the log: fold of records',
    perSecond(MESSAGES, messages.ms - begun),
    `${((messages.ms - begun) / 1000).toFixed(1)} s`,
  )
  report(
    'messages: opened, derived, words indexed',
    perSecond(total - messages.done, end - messages.ms),
    `${((end - messages.ms) / 1000).toFixed(1)} s`,
  )
  const whole = (MESSAGES / (end - begun)) * 1000
  report('all of it', perSecond(MESSAGES, end - begun), `${((end - begun) / 1000).toFixed(1)} s; wanted: ${RATE_MIN}/s`)
  report('processor time of the vault, per message', `${((used / MESSAGES) * 1000).toFixed(0)} us`, 'all threads')
  const peak = memoryOf(vault, 'VmHWM')
  report(
    'memory of the vault at its highest',
    `${peak.toFixed(0)} MB`,
    `before: ${before.rss.toFixed(0)} MB; wanted: under ${MEMORY_MAX_MB} MB`,
  )
  report('mail that arrived meanwhile', `${count}`, `the slowest took ${slowestMs.toFixed(0)} ms`)
  if (emails < MESSAGES * 0.9) throw new Error(`${emails} messages are in the account`)
  if (peak >= MEMORY_MAX_MB || whole < RATE_MIN) console.log('MISSED: see above')
  return whole
}

console.log(
  `${MESSAGES} messages, hybrid, load ${os.loadavg()[0]?.toFixed(2)}, ${os.availableParallelism()} processors`,
)
await using mailkeep = await startMailkeep({ accounts: {} })
const code = await mailkeep.addAccount(ADDRESS, PASSWORD)
await mailkeep.stop()
const { bytes, account } = await fillStopped(mailkeep, code, MESSAGES)
console.log(`${(bytes / 1e6).toFixed(0)} MB of messages`)
console.log('\nThere is no index:')
removeIndexes(mailkeep, account)
await measure(mailkeep)
// The vault begins anew, so that its highest memory is of one index.
await mailkeep.stop()
console.log('\nBeside the one that is there:')
const rate = await measure(mailkeep)
await mailkeep.stop()
if (process.env['PEERS'] !== 'no') {
  for (const { name, perSecond: theirs } of measureRebuildPeers(corpus(MESSAGES), MESSAGES)) {
    report(name, `${Math.round(theirs)}/s`, `ratio ${(rate / theirs).toFixed(2)}`)
  }
}
