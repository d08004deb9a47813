// `mailkeep queue …`: mail on its way to others.

import type { Command } from 'commander'
import { type CourierAdminRequest, type CourierAdminResponse, courierAdminSchema } from '#protocol/courier.ts'
import { CommandError, EXIT } from './exit-code.ts'
import { printJson, printLine, printTable } from './output.ts'
import { type DataOption, System, dataDirectory } from './system.ts'

type Listed = Extract<CourierAdminResponse, { kind: 'messages' }>['messages'][number]

export function addQueueCommands(program: Command): void {
  const queue = program.command('queue').description('mail on its way to others')
  queue
    .command('list')
    .description('each message, and what became of each of its recipients')
    .option('--json', 'print JSON')
    .option('--data <directory>', 'data directory')
    .action(async (options: DataOption & { json?: boolean }) => {
      const answer = await ask(options, { kind: 'list' })
      if (answer.kind !== 'messages') throw failure(answer, '')
      if (options.json === true) return printJson(answer.messages)
      if (answer.count === 0) return printLine('The queue is empty.')
      printTable(
        ['ID', 'SINCE', 'RECIPIENT', 'STATE', 'TRIES', 'LAST ANSWER'],
        answer.messages.flatMap((message) => message.recipients.map((recipient) => row(message, recipient))),
      )
      if (answer.count > answer.messages.length) printLine(`… and ${answer.count - answer.messages.length} more.`)
    })
  const commands = {
    hold: 'make no attempts until it is released',
    release: 'go on with a message that was held',
    retry: 'try again now',
    cancel: 'give it up, without telling anybody',
  } as const
  for (const [name, description] of Object.entries(commands)) {
    queue
      .command(name)
      .argument('<id>')
      .description(description)
      .option('--data <directory>', 'data directory')
      .action(async (id: string, options: DataOption) => {
        const answer = await ask(options, { kind: name as keyof typeof commands, id })
        if (answer.kind !== 'done') throw failure(answer, id)
        printLine('Done.')
      })
  }
}

function row({ id, submittedAt, isHeld }: Listed, recipient: Listed['recipients'][number]): string[] {
  const { address, state, attempts, reply } = recipient
  const said =
    reply === null ? '' : `${reply.host === '' ? '' : `${reply.host}: `}${reply.code} ${reply.status} ${reply.text}`
  return [id, new Date(submittedAt).toISOString(), address, isHeld ? 'held' : state, String(attempts), said]
}

function ask(options: DataOption, request: CourierAdminRequest): Promise<CourierAdminResponse> {
  return new System(dataDirectory(options)).askAdmin('courier.admin.sock', courierAdminSchema, request)
}

function failure(answer: CourierAdminResponse, id: string): CommandError {
  if (answer.kind === 'notFound') return new CommandError(EXIT.notFound, `there is no message ${id} in the queue`)
  return new CommandError(EXIT.failed, 'that is not possible now: try again, and look at mailkeep status')
}
