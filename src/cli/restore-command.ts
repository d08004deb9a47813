// `mailkeep restore ADDRESS points|show|run`: at what times an account changed, how it was then, and making it so again.

import { Argument, type Command, Option } from 'commander'
import { wipe } from '#base/bytes.ts'
import { POINT_KINDS } from '#account/past/points.ts'
import { RESTORE_KINDS, type RestoreKind } from '#account/past/restore-request.ts'
import { systemClock } from '#platform/clock.ts'
import { MESSAGES_IN_ANSWER, OFFSET_BASE } from '#protocol/restore.ts'
import type { VaultAdminRequest, VaultAdminResponse } from '#protocol/vault.ts'
import { CommandError, EXIT } from './exit-code.ts'
import { vaultFailure } from './failures.ts'
import { printJson, printLine, printTable } from './output.ts'
import { parseMoment } from './parse-moment.ts'
import { type RestoreTotal, addReport, exitCodeOf, newTotal, printTotal, totalAsJson } from './restore-report.ts'
import { readSecret } from './secret-input.ts'
import { type DataOption, type FoundAccount, System, dataDirectory, findAccount } from './system.ts'
import { plainText } from './plain-text.ts'

interface RestoreOptions extends DataOption {
  readonly at?: string
  readonly mailbox?: string
  readonly message?: string
  readonly only?: string
  readonly conflict: 'merge' | 'rename'
  readonly dryRun?: boolean
  readonly hours?: boolean
  readonly skip: string
  readonly json?: boolean
  readonly passwordStdin?: boolean
}

type PastAccount = Extract<VaultAdminResponse, { kind: 'pastAccount' }>
type Scope = Extract<VaultAdminRequest, { kind: 'restore' }>['scope']

const ID = /^\d{1,10}$/

export function addRestoreCommand(program: Command): void {
  program
    .command('restore')
    .argument('<address>')
    .addArgument(
      new Argument('<action>', 'points: when something changed; show: how it was then; run: make it so again').choices([
        'points',
        'show',
        'run',
      ]),
    )
    .description('go back in time: nothing that was ever in an account is lost when it is changed, moved or removed')
    .option('--at <time>', '2026-11-20T10:00:00Z, "2026-11-20 10:00", "2 days ago", or record:NUMBER')
    .option('--mailbox <path>', 'this mailbox, as it was called then')
    .option('--message <id>', 'this message: its number in the list of a mailbox')
    .option('--only <kinds>', `of ${RESTORE_KINDS.join(', ')}, with commas between them`)
    .addOption(
      new Option(
        '--conflict <how>',
        'where the name of a mailbox that comes back is taken: into the other, or beside it',
      )
        .choices(['merge', 'rename'])
        .default('merge'),
    )
    .option('--dry-run', 'only tell what would change')
    .option('--hours', 'points by hours, not by days')
    .option('--skip <number>', 'messages of the list, or points, to leave out', '0')
    .option('--password-stdin', 'unlock it with the password from the first line of standard input')
    .option('--json', 'print JSON')
    .option('--data <directory>', 'data directory')
    .action(async (address: string, action: 'points' | 'show' | 'run', options: RestoreOptions) => {
      const system = new System(dataDirectory(options))
      const found = await findAccount(system, address)
      if (options.passwordStdin === true) await unlock(system, found)
      const command = new RestoreCommand(system, found, options)
      if (action === 'points') await command.points()
      else if (action === 'show') await command.show()
      else await command.run()
    })
}

async function unlock(system: System, found: FoundAccount): Promise<void> {
  const password = await readSecret(true, `Password for ${found.address}`)
  const answer = await system.askVault(found.vault, { kind: 'unlock', ...found, password })
  wipe(password)
  if (answer.kind !== 'done') throw vaultFailure(answer)
}

class RestoreCommand {
  readonly #system: System
  readonly #found: FoundAccount
  readonly #options: RestoreOptions
  readonly #skip: number

  constructor(system: System, found: FoundAccount, options: RestoreOptions) {
    this.#system = system
    this.#found = found
    this.#options = options
    if (!ID.test(options.skip)) throw new CommandError(EXIT.usage, '--skip takes a number')
    this.#skip = Number(options.skip)
  }

  async points(): Promise<void> {
    const { hours, json } = this.#options
    const offset = -new Date(systemClock.now()).getTimezoneOffset()
    let before: number | null = null
    const all: Extract<VaultAdminResponse, { kind: 'pastPoints' }>['points'][number][] = []
    for (let isCut = true; isCut;) {
      const unit = hours === true ? 'hour' : 'day'
      const answer = await this.#ask({
        kind: 'pastPoints',
        id: this.#found.id,
        unit,
        utcOffset: offset + OFFSET_BASE,
        before,
      })
      if (answer.kind !== 'pastPoints') throw this.#failure(answer)
      all.push(...answer.points)
      isCut = answer.isCut && answer.points.length > 0
      before = answer.points.at(-1)?.record ?? null
    }
    const points = all.slice(this.#skip)
    if (json === true) {
      return printJson(
        points.map(({ record, from, to, counts }) => ({
          at: new Date(to).toISOString(),
          from: new Date(from).toISOString(),
          record,
          changes: Object.fromEntries(POINT_KINDS.map((kind, at) => [kind, counts[at]])),
        })),
      )
    }
    printTable(
      ['AT', 'CHANGES'],
      points.map(({ to, counts }) => [
        new Date(to).toISOString(),
        POINT_KINDS.flatMap((kind, at) => ((counts[at] ?? 0) > 0 ? [`${counts[at]} ${kind}`] : [])).join(', '),
      ]),
    )
  }

  async show(): Promise<void> {
    const { mailbox, message } = this.#options
    const past = await this.#past()
    if (mailbox !== undefined && message === undefined) return this.#showMailbox(past, mailbox)
    if (message !== undefined) return this.#showMessage(past, this.#messageId(message))
    const { mailboxes, settings } = past
    const time = new Date(past.time).toISOString()
    if (this.#options.json === true) return printJson({ time, record: past.record, mailboxes, settings })
    printLine(`${this.#found.address} after the change of ${time} (record:${past.record})`)
    printLine()
    printTable(
      ['MAILBOX', 'MESSAGES', 'UNREAD'],
      mailboxes.map(({ path, messages, unseen }) => [plainText(path), String(messages), String(unseen)]),
    )
    printLine()
    printLine(`Settings: ${settings.map(plainText).join(', ')}`)
  }

  async #showMailbox(past: PastAccount, path: string): Promise<void> {
    const mailbox = this.#mailboxId(past, path)
    const { record } = past
    const answer = await this.#ask({
      kind: 'pastMessages',
      id: this.#found.id,
      record,
      mailbox,
      position: this.#skip,
      limit: MESSAGES_IN_ANSWER,
    })
    if (answer.kind !== 'pastMessages') throw this.#failure(answer)
    const { total, messages } = answer
    if (this.#options.json === true) {
      const list = messages.map((message) => ({
        ...message,
        receivedAt: new Date(message.receivedAt).toISOString(),
        restorableUntil: message.restorableUntil === null ? null : new Date(message.restorableUntil).toISOString(),
      }))
      return printJson({ record, total, messages: list })
    }
    printTable(
      ['ID', 'RECEIVED', 'FROM', 'SUBJECT', 'GONE, KEPT UNTIL', 'KEYWORDS'],
      messages.map(({ email, receivedAt, state, from, subject, keywords, deleted, restorableUntil }) => [
        String(email),
        new Date(receivedAt).toISOString().slice(0, 16),
        plainText(from).slice(0, 40),
        state === 'present' ? plainText(subject).slice(0, 60) : `(${WHY[state]})`,
        restorableUntil === null ? '' : new Date(restorableUntil).toISOString().slice(0, 10),
        [...keywords, ...(deleted ? ['\\Deleted'] : [])].join(' '),
      ]),
    )
    const end = this.#skip + messages.length
    if (end < total) printLine(`${total - end} more: --skip ${end}`)
  }

  async #showMessage(past: PastAccount, email: number): Promise<void> {
    const answer = await this.#ask({ kind: 'pastMessage', id: this.#found.id, record: past.record, email })
    if (answer.kind !== 'pastMessage') throw this.#failure(answer)
    const { state, from, to, subject, sentAt, text, isCut, files } = answer
    const date = sentAt === null ? null : new Date(sentAt).toISOString()
    if (this.#options.json === true) return printJson({ ...answer, kind: undefined, sentAt: date })
    if (state !== 'present') throw new CommandError(EXIT.damaged, `that message cannot be shown: it is ${WHY[state]}`)
    for (const [name, value] of [
      ['From', from],
      ['To', to],
      ['Subject', subject],
      ['Date', date ?? ''],
    ] as const) {
      printLine(`${name}: ${plainText(value)}`)
    }
    printLine()
    printLine(text.split(/\r?\n/).map(plainText).join('\n'))
    if (isCut) printLine('… (the rest is left out)')
    for (const file of files) printLine(`[${plainText(file)}]`)
  }

  async run(): Promise<void> {
    const { mailbox, message, conflict, dryRun: dry = false } = this.#options
    if (mailbox !== undefined && message !== undefined) {
      throw new CommandError(EXIT.usage, 'either a mailbox or a message is restored')
    }
    const kinds = this.#kinds()
    const past = await this.#past()
    const scope: Scope =
      message !== undefined
        ? { kind: 'message', email: this.#messageId(message) }
        : mailbox !== undefined
          ? { kind: 'mailbox', mailbox: this.#mailboxId(past, mailbox) }
          : { kind: 'everything' }
    const { record } = past
    const before = await this.#pastAt({ kind: 'time', ms: systemClock.now() })
    const total: RestoreTotal = newTotal()
    for (let isFinished = false; !isFinished;) {
      const answer = await this.#ask({ kind: 'restore', id: this.#found.id, record, scope, kinds, conflict, dry })
      if (answer.kind !== 'restored') throw this.#failure(answer)
      addReport(total, answer)
      isFinished = answer.isFinished
    }
    if (this.#options.json === true) printJson({ record, undo: before.record, dryRun: dry, ...totalAsJson(total) })
    else printTotal(total, { dry, address: this.#found.address, undo: before.record })
    const exitCode = exitCodeOf(total)
    if (exitCode !== EXIT.done) process.exitCode = exitCode
  }

  #kinds(): RestoreKind[] {
    const { only } = this.#options
    if (only === undefined) return [...RESTORE_KINDS]
    return only.split(',').map((name) => {
      const kind = RESTORE_KINDS.find((kind) => kind === name.trim())
      if (kind === undefined) throw new CommandError(EXIT.usage, `--only takes ${RESTORE_KINDS.join(', ')}`)
      return kind
    })
  }

  #messageId(typed: string): number {
    if (!ID.test(typed))
      throw new CommandError(EXIT.usage, '--message takes the number that the list of a mailbox shows')
    return Number(typed)
  }

  #mailboxId({ mailboxes }: PastAccount, path: string): number {
    const found = mailboxes.find((mailbox) => mailbox.path === path || (mailbox.id === 1 && /^inbox$/i.test(path)))
    if (found === undefined) throw new CommandError(EXIT.notFound, `there was no mailbox ${path} then`)
    return found.id
  }

  #past(): Promise<PastAccount> {
    const { at } = this.#options
    if (at === undefined) throw new CommandError(EXIT.usage, 'which time? --at takes one')
    const moment = parseMoment(at, systemClock.now())
    if (moment === null) throw new CommandError(EXIT.usage, `${at} is no time that is understood (--help tells more)`)
    return this.#pastAt(moment)
  }

  async #pastAt(moment: Extract<VaultAdminRequest, { kind: 'pastAccount' }>['moment']): Promise<PastAccount> {
    const answer = await this.#ask({ kind: 'pastAccount', id: this.#found.id, moment })
    if (answer.kind !== 'pastAccount') throw this.#failure(answer)
    return answer
  }

  #ask(request: VaultAdminRequest): Promise<VaultAdminResponse> {
    return this.#system.askVault(this.#found.vault, request)
  }

  #failure(answer: VaultAdminResponse): CommandError {
    if (answer.kind === 'noPast') return new CommandError(EXIT.notFound, 'the account is younger than that')
    if (answer.kind === 'noneThen') return new CommandError(EXIT.notFound, 'there was no such mailbox or message then')
    return vaultFailure(answer)
  }
}

const WHY = {
  dropped: 'gone: its retention time is over',
  damaged: 'damaged',
} as const
