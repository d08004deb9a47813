// The running Mailkeep of a data directory, as commands reach it: the administrator's sockets in `run/`, which only the user who started it can
// open.

import path from 'node:path'
import { asBuffer } from '#base/bytes.ts'
import { fileExists } from '#platform/files.ts'
import { type Connection, connectUnix } from '#platform/net.ts'
import { changeDirectory, currentDirectory, environment, homeDirectory } from '#platform/process.ts'
import { CallClient, CallLostError, CallRefusedError } from '#protocol/call-client.ts'
import type { CallSchema } from '#protocol/call-server.ts'
import { type DirectoryRequest, type DirectoryResponse, directorySchema } from '#protocol/directory.ts'
import { type SystemStatus, supervisorSchema } from '#protocol/supervisor.ts'
import { type VaultAdminRequest, type VaultAdminResponse, vaultAdminSchema } from '#protocol/vault.ts'
import { CommandError, EXIT } from './exit-code.ts'

export interface DataOption {
  readonly data?: string
}

/** Absolute. */
export function dataDirectory({ data }: DataOption): string {
  if (data !== undefined) return path.resolve(currentDirectory(), data)
  const share = environment('XDG_DATA_HOME') ?? path.join(homeDirectory(), '.local/share')
  return path.join(share, 'mailkeep')
}

/** unix(7): with the zero at its end it has 108. */
const SOCKET_PATH_BYTES_MAX = 107

const NOT_RUNNING = 'Mailkeep does not run on this data directory'

export class System {
  readonly directory: string

  constructor(directory: string) {
    this.directory = directory
  }

  /** Null if it does not run. */
  async status(): Promise<SystemStatus | null> {
    const answer = await this.#call('supervisor.admin.sock', supervisorSchema, { kind: 'status' })
    return answer?.kind === 'status' ? answer : null
  }

  /** Resolves when the supervisor has ended. False if it does not run. */
  async stop(): Promise<boolean> {
    const connection = await this.#connect('supervisor.admin.sock')
    if (connection === null) return false
    const gone = Promise.withResolvers<void>()
    const client = new CallClient(supervisorSchema, { connect: () => Promise.resolve(connection), lost: gone.resolve })
    await client.call({ kind: 'stop' }).catch(() => undefined)
    await gone.promise
    return true
  }

  /** Null if it does not run, or has no such account. Throws CommandError. */
  async findRunning(address: string): Promise<{ readonly id: Buffer; readonly salt: Buffer } | null> {
    const answer = await this.#call('directory.admin.sock', directorySchema, { kind: 'findAccount', address })
    return answer?.kind === 'found' ? { id: asBuffer(answer.id), salt: asBuffer(answer.salt) } : null
  }

  /** Throws CommandError. */
  ask(request: DirectoryRequest): Promise<DirectoryResponse> {
    return this.askAdmin('directory.admin.sock', directorySchema, request)
  }

  /** Throws CommandError. */
  askVault(
    number: number,
    request: VaultAdminRequest,
    news?: (news: VaultAdminResponse) => void,
  ): Promise<VaultAdminResponse> {
    return this.askAdmin(`vault-${number}.admin.sock`, vaultAdminSchema, request, news)
  }

  /** Throws CommandError. */
  async askAdmin<Request, Response>(
    socket: string,
    schema: CallSchema<Request, Response>,
    request: Request,
    news?: (news: Response) => void,
  ): Promise<Response> {
    const answer = await this.#call(socket, schema, request, news)
    if (answer === null) throw new CommandError(EXIT.notRunning, `${NOT_RUNNING}: ${this.directory}`)
    return answer
  }

  /** Null if it does not run. Throws CommandError. */
  tryAdmin<Request, Response>(
    socket: string,
    schema: CallSchema<Request, Response>,
    request: Request,
  ): Promise<Response | null> {
    return this.#call(socket, schema, request)
  }

  async #call<Request, Response>(
    socket: string,
    schema: CallSchema<Request, Response>,
    request: Request,
    news: (news: Response) => void = () => undefined,
  ): Promise<Response | null> {
    const connection = await this.#connect(socket)
    if (connection === null) return null
    const client = new CallClient(schema, { connect: () => Promise.resolve(connection), news })
    try {
      return await client.call(request)
    } catch (error) {
      if (error instanceof CallRefusedError || error instanceof CallLostError) return null
      throw error
    } finally {
      client.close()
    }
  }

  /** Null if nobody listens there. */
  async #connect(socket: string): Promise<Connection | null> {
    const run = `${this.directory}/run`
    if (!fileExists(run)) return null
    const whole = `${run}/${socket}`
    const isLong = Buffer.byteLength(whole) > SOCKET_PATH_BYTES_MAX
    // From there it is short.
    if (isLong) changeDirectory(run)
    try {
      return await connectUnix(isLong ? socket : whole)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EACCES') return null
      const why = `${this.directory} belongs to another user: only who started Mailkeep can do that`
      throw new CommandError(EXIT.failed, why, { cause: error })
    }
  }
}

export interface FoundAccount {
  readonly id: Buffer
  readonly address: string
  readonly vault: number
  readonly salt: Buffer
}

/** Throws CommandError. */
export async function findAccount(system: System, address: string): Promise<FoundAccount> {
  const answer = await system.ask({ kind: 'findAccount', address })
  if (answer.kind !== 'found') throw new CommandError(EXIT.notFound, `there is no account ${address}`)
  return { id: asBuffer(answer.id), address: answer.address, vault: answer.vault, salt: asBuffer(answer.salt) }
}
