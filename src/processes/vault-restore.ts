// Time travel for the administrator's command: each request of `src/protocol/restore.ts`, over an account that is unlocked.

import type { MailboxId } from '#base/ids.ts'
import { addressesAsText } from '#message/header-forms.ts'
import { POINT_KINDS } from '#account/past/points.ts'
import type { PastAccount, PastRow } from '#account/past/past-account.ts'
import type { PastSummary } from '#account/past/past-mail.ts'
import { type RestoreReport, type RestoreScope } from '#account/past/restore-request.ts'
import { type TimeTravel, wasThere } from '#account/past/time-travel.ts'
import { MESSAGES_IN_ANSWER, OFFSET_BASE, POINTS_IN_ANSWER, SETTINGS_MAX } from '#protocol/restore.ts'
import type { VaultAdminRequest, VaultAdminResponse } from '#protocol/vault.ts'

type Request<K extends VaultAdminRequest['kind']> = Extract<VaultAdminRequest, { kind: K }>
export type RestoreRequests = Request<'pastPoints' | 'pastAccount' | 'pastMessages' | 'pastMessage' | 'restore'>

/** Messages that one request brings back: the command asks again for more, and shows how far it is. */
const MESSAGES_AT_ONCE = 500
const LINE_BYTES_MAX = 1_000
const LISTED_MAILBOXES_MAX = 16

const NO_PAST: VaultAdminResponse = { kind: 'noPast' }
const NONE_THEN: VaultAdminResponse = { kind: 'noneThen' }

/** Throws JournalDamagedError and CommitRefusedError. */
export async function answerRestore(travel: TimeTravel, request: RestoreRequests): Promise<VaultAdminResponse> {
  if (request.kind === 'pastPoints') return points(travel, request)
  const moment =
    request.kind !== 'pastAccount'
      ? { record: request.record }
      : request.moment.kind === 'time'
        ? { time: request.moment.ms }
        : { record: request.moment.record }
  const past = await travel.at(moment)
  if (past === null) return NO_PAST
  switch (request.kind) {
    case 'pastAccount':
      return {
        kind: 'pastAccount',
        record: past.record,
        time: past.time,
        mailboxes: past.mailboxes().map(({ id, path, role, subscribed, messages, unseen }) => {
          return { id, path, role, subscribed, messages, unseen }
        }),
        settings: past
          .settings()
          .slice(0, SETTINGS_MAX)
          .map(([key]) => key),
      }
    case 'pastMessages':
      return messages(travel, past, request)
    case 'pastMessage':
      return message(travel, past, request.email)
    case 'restore':
      return restore(travel, past, request)
  }
}

async function points(
  travel: TimeTravel,
  { unit, utcOffset, before }: Request<'pastPoints'>,
): Promise<VaultAdminResponse> {
  const offset = Math.min(Math.max(utcOffset - OFFSET_BASE, -OFFSET_BASE), OFFSET_BASE)
  const found = await travel.points(unit, offset)
  const older = before === null ? found.points : found.points.filter(({ record }) => record < before)
  const listed = older.slice(0, POINTS_IN_ANSWER)
  return {
    kind: 'pastPoints',
    points: listed.map(({ record, from, to, counts }) => {
      return { record, from, to, counts: POINT_KINDS.map((kind) => counts[kind]) }
    }),
    isCut: found.isCut || listed.length < older.length,
  }
}

async function messages(
  travel: TimeTravel,
  past: PastAccount,
  { mailbox, position, limit }: Request<'pastMessages'>,
): Promise<VaultAdminResponse> {
  const found = past.mailbox(mailbox as MailboxId)
  if (found === null) return NONE_THEN
  const rows = past.rows(found.id, position, Math.min(limit, MESSAGES_IN_ANSWER))
  const summaries = await travel.summaries(rows)
  const until = travel.restorableUntil(rows)
  return {
    kind: 'pastMessages',
    total: found.messages,
    messages: rows.map((row, at) => listed(row, summaries[at] as PastSummary, until[at] ?? null)),
  }
}

type Listed = Extract<VaultAdminResponse, { kind: 'pastMessages' }>['messages'][number]

function listed({ email, receivedAt, keywords, deleted }: PastRow, found: PastSummary, until: number | null): Listed {
  const restorableUntil = found.state === 'dropped' ? null : until
  const common = { email, receivedAt: Math.max(0, receivedAt), keywords, deleted, restorableUntil }
  if (found.state !== 'present') return { ...common, state: found.state, subject: '', from: '', sizeBytes: 0 }
  const { summary, sizeBytes } = found
  const [subject, from] = [line(summary.subject), line(addressesAsText(summary.from))]
  return { ...common, state: 'present', subject, from, sizeBytes }
}

async function message(travel: TimeTravel, past: PastAccount, email: number): Promise<VaultAdminResponse> {
  const record = past.state.emails.recordOf(email)
  if (record < 0) return NONE_THEN
  const found = await travel.preview(record)
  const nothing = { from: '', to: '', subject: '', sentAt: null, text: '', isCut: false, files: [], sizeBytes: 0 }
  if ('state' in found) return { kind: 'pastMessage', state: found.state, ...nothing }
  const { summary, text, isCut, files, sizeBytes } = found
  const sentAt = summary.sentAt?.ms ?? -1
  return {
    kind: 'pastMessage',
    state: 'present',
    from: line(addressesAsText(summary.from)),
    to: line(addressesAsText([...summary.to, ...summary.cc])),
    subject: line(summary.subject),
    sentAt: sentAt < 0 ? null : sentAt,
    text,
    isCut,
    files: files.map(({ name, type }) => line(name ?? type)),
    sizeBytes,
  }
}

async function restore(
  travel: TimeTravel,
  past: PastAccount,
  { scope: wanted, kinds, conflict, dry }: Request<'restore'>,
): Promise<VaultAdminResponse> {
  const scope = wanted as RestoreScope
  if (!wasThere(past, scope)) return NONE_THEN
  const request = { scope, kinds: new Set(kinds), conflict, messagesMax: MESSAGES_AT_ONCE }
  const report = dry ? await travel.dryRun(past, request) : await travel.restore(past, request)
  return { kind: 'restored', ...toSend(report) }
}

function toSend({
  counts,
  changes,
  problemCount,
  problems,
  staying,
  isFinished,
}: RestoreReport): Omit<Extract<VaultAdminResponse, { kind: 'restored' }>, 'kind'> {
  return {
    counts,
    changes: changes.map((change) =>
      'mailboxes' in change ? { ...change, mailboxes: change.mailboxes.slice(0, LISTED_MAILBOXES_MAX) } : change,
    ),
    problemCount,
    problems,
    staying,
    isFinished,
  }
}

/** At most so many bytes of UTF-8. */
function line(text: string): string {
  if (text.length * 3 <= LINE_BYTES_MAX) return text.toWellFormed()
  return Buffer.from(text.slice(0, LINE_BYTES_MAX))
    .subarray(0, LINE_BYTES_MAX - 3)
    .toString('utf8')
    .toWellFormed()
    .replace(/\uFFFD$/, '')
}
