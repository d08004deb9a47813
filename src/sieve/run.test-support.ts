// A script over a message, for tests: what it wants done, in a few words.

import assert from 'node:assert/strict'
import { compileScript } from './compile.ts'
import { describeIssue } from './issue.ts'
import type { SieveHost } from './host.ts'
import { MessageView } from './message-view.ts'
import { toOctets } from './octets.ts'
import type { Outcome } from './outcome.ts'
import { runScript } from './run.ts'

export const A_MESSAGE = [
  'Return-Path: <coyote@desert.example.org>',
  'Delivered-To: roadrunner+lists@acme.example.com',
  'Received: from desert.example.org ([192.0.2.1]) by acme.example.com; Tue, 1 Apr 1997 17:07:00 +0000',
  'Date: Tue, 1 Apr 1997 09:06:31 -0800 (PST)',
  'From: "Wile E." <coyote@desert.example.org>',
  'To: roadrunner@acme.example.com, Friends: bird@acme.example.com;',
  'Cc: =?utf-8?Q?Gr=C3=BC=C3=9Fe?= <other+box@acme.example.com>',
  'Subject: I have a present for you',
  'X-Empty:',
  'X-Number: 007 bonds',
  'X-Twice: first',
  'X-Twice: second',
  'Message-ID: <one@desert.example.org>',
  'Content-Type: text/plain; charset=utf-8',
  'Content-Transfer-Encoding: quoted-printable',
  '',
  "Look, I'm sorry =C3=BC",
  'second line',
  '',
].join('\r\n')

const ENVIRONMENT = new Map([
  ['name', 'Mailkeep'],
  ['location', 'MS'],
  ['remote-host', ''],
])

export interface Situation {
  readonly message?: string | Buffer
  readonly mailboxes?: readonly string[]
  /** By attribute, as `\Junk`. */
  readonly specialUse?: Readonly<Record<string, string>>
  /** By path, or the empty string for the account; then by name in lower case. */
  readonly annotations?: Readonly<Record<string, Readonly<Record<string, string>>>>
  readonly envelope?: SieveHost['envelope']
  readonly now?: number
  /** Handle and unique id. */
  readonly seen?: readonly (readonly [string, string])[]
  readonly scripts?: Readonly<Record<string, string>>
}

/** `required`: names for the require that stands before. */
export function runOn(script: string, situation: Situation = {}): Outcome {
  const compiled = compileScript(toOctets(script))
  assert.ok(compiled.ok, compiled.ok ? '' : compiled.issues.map(describeIssue).join('; '))
  const { message = A_MESSAGE, mailboxes = [], annotations = {}, specialUse = {}, seen = [], scripts = {} } = situation
  const bytes = typeof message === 'string' ? Buffer.from(message, 'latin1') : message
  const host: SieveHost = {
    now: situation.now ?? Date.UTC(2026, 10, 28, 5, 12, 9),
    envelope: situation.envelope ?? { from: 'coyote@desert.example.org', to: 'roadrunner+lists@acme.example.com' },
    mailboxExists: (path) => path.toUpperCase() === 'INBOX' || mailboxes.includes(path),
    mayCreate: (path) => !path.includes('//'),
    specialUse: (attribute) => specialUse[attribute] ?? null,
    annotation: (path, name) => annotations[path ?? '']?.[name] ?? null,
    environment: (name) => ENVIRONMENT.get(name) ?? null,
    isDuplicate: (handle, uniqueId) => seen.some(([h, id]) => h === handle && id === uniqueId),
    script: (name) => (Object.hasOwn(scripts, name) ? compileScript(toOctets(scripts[name] as string)) : null),
  }
  return runScript(compiled.program, new MessageView(bytes), host)
}

/** As in `INBOX[\Seen] Lists redirect:ada@example.org`; `error 3:7 …` for a failure. */
export function summary({ filings, redirects, vacation, failure }: Outcome): string {
  if (failure !== null) return `error ${failure.line}:${failure.column} ${failure.text}`
  const words = filings.map(({ mailbox, flags, create }) => {
    return `${mailbox ?? 'INBOX'}${create ? '+' : ''}${flags.length === 0 ? '' : `[${flags.join(' ')}]`}`
  })
  for (const { email } of redirects) words.push(`redirect:${email}`)
  if (vacation !== null) words.push('vacation')
  return words.length === 0 ? 'discard' : words.join(' ')
}

/** Whether the test is true of the message. */
export function holds(test: string, situation: Situation = {}, required: readonly string[] = []): boolean {
  const list = required.map((name) => `"${name}"`).join(', ')
  const outcome = runOn(`${list === '' ? '' : `require [${list}];`}\r\nif ${test} { discard; }`, situation)
  assert.equal(outcome.failure, null)
  return outcome.filings.length === 0
}

/** Mistakes, as in `1:5 there is no test "x"`. */
export function mistakes(script: string): string[] {
  const compiled = compileScript(toOctets(script))
  return compiled.ok ? [] : compiled.issues.map(({ line, column, text }) => `${line}:${column} ${text}`)
}
