// Which processes there are, with whose rights, behind which walls, and with which sockets: the table of docs/ARCHITECTURE.md as data.

import type { Configuration } from '#configuration/read.ts'
import type { FileOwner } from '#platform/files.ts'
import type { Init, ProcessKind, SocketInfo, ToProcess } from '#protocol/control.ts'
import { serverKey } from '#keys/server-secret.ts'
import type { LoadedCertificate } from './certificate.ts'
import { clientSettings } from './client-settings.ts'
import type { DataPaths } from './data-directory.ts'
import type { Users } from './users.ts'
import type { Confinement } from './walls.ts'
import { webOrigins } from './web-origins.ts'

/** Name of a Unix socket in `run/`, and who may connect to it. */
interface UnixSocketPlan {
  readonly kind: 'unix'
  /** Who connects. */
  readonly client: string
  readonly file: string
  readonly mode: number
  readonly owner: FileOwner | null
}

interface TcpSocketPlan {
  readonly kind: 'tcp'
  readonly protocol: string
  readonly address: string
  readonly port: number
  readonly implicitTls: boolean
}

export type SocketPlan = UnixSocketPlan | TcpSocketPlan

export interface ProcessPlan {
  readonly name: string
  readonly kind: ProcessKind
  readonly entry: string
  readonly confinement: Confinement
  readonly sockets: readonly SocketPlan[]
  /** With what the sockets became. */
  init(sockets: readonly SocketInfo[]): ToProcess
}

export interface PlanInput {
  readonly configuration: Configuration
  readonly portBase: number
  readonly paths: DataPaths
  readonly users: Users
  readonly serverSecret: Buffer
  readonly certificate: LoadedCertificate
  readonly hostname: string
  readonly smarthostPassword: string | null
}

const PRIVATE_SOCKET = 0o600
const GROUP_SOCKET = 0o660
const DAY_MS = 86_400_000

const MX_PROTOCOLS = [{ protocol: 'smtp', port: 25, implicitTls: false }] as const

const GATE_PROTOCOLS = [
  { protocol: 'http', port: 80, implicitTls: false },
  { protocol: 'pop3', port: 110, implicitTls: false },
  { protocol: 'imap', port: 143, implicitTls: false },
  { protocol: 'https', port: 443, implicitTls: true },
  { protocol: 'submissions', port: 465, implicitTls: true },
  { protocol: 'submission', port: 587, implicitTls: false },
  { protocol: 'imaps', port: 993, implicitTls: true },
  { protocol: 'pop3s', port: 995, implicitTls: true },
  { protocol: 'managesieve', port: 4190, implicitTls: false },
] as const

/** In the order in which they are started. */
export function planProcesses(input: PlanInput): readonly (readonly ProcessPlan[])[] {
  const { configuration, users } = input
  const vaults = Array.from({ length: configuration.vaults }, (_, number) => number)
  return [
    [ledgerPlan(input)],
    [directoryPlan(input)],
    [courierPlan(input)],
    // Together, because they end together: a session in a vault ends through the gate.
    [...vaults.map((number) => vaultPlan(input, number)), mxPlan(input), gatePlan(input)],
  ]

  function ledgerPlan({ paths }: PlanInput): ProcessPlan {
    return {
      name: 'ledger',
      kind: 'ledger',
      entry: 'src/processes/ledger.ts',
      confinement: confinement(input, {
        owner: users.ledger,
        threads: 16,
        writes: [paths.ledger],
        hasWorker: configuration.parity.percent > 0 || configuration.scrub.every !== 'off',
      }),
      sockets: [
        unix('ledger', 'mx', users.mx),
        unix('ledger', 'courier', users.courier),
        unix('ledger', 'directory', users.directory),
        vaultsSocket('ledger', users),
        unix('ledger', 'admin', null),
      ],
      init: (sockets) => ({
        kind: 'ledger',
        ...common(input, sockets),
        directory: paths.ledger,
        parityPercent: configuration.parity.percent,
        scrubEveryMs: everyOf(configuration.scrub),
        retentionMs: configuration.retention.days * DAY_MS,
        digest: configuration.digest,
      }),
    }
  }

  function directoryPlan({ paths, serverSecret }: PlanInput): ProcessPlan {
    return {
      name: 'directory',
      kind: 'directory',
      entry: 'src/processes/directory.ts',
      confinement: confinement(input, {
        owner: users.directory,
        groups: [users.readers],
        seesMail: true,
        reads: [paths.ledger],
      }),
      sockets: [
        unix('directory', 'mx', users.mx),
        unix('directory', 'gate', users.gate),
        unix('directory', 'courier', users.courier),
        vaultsSocket('directory', users),
        unix('directory', 'admin', null),
      ],
      init: (sockets) => ({
        kind: 'directory',
        ...common(input, sockets),
        ledgerDirectory: paths.ledger,
        slotKey: serverKey(serverSecret, 'slot'),
        machineKey: serverKey(serverSecret, 'machine'),
        systemRoot: serverKey(serverSecret, 'system'),
        vaults: configuration.vaults,
        quotaBytes: configuration.quota === 'none' ? null : configuration.quota,
        escrowDelayMs: configuration.escrow.delay,
      }),
    }
  }

  function vaultPlan({ paths }: PlanInput, number: number): ProcessPlan {
    const name = `vault-${number}`
    const indexDirectory = `${paths.index}/${number}`
    return {
      name,
      kind: 'vault',
      entry: 'src/processes/vault.ts',
      confinement: confinement(input, {
        owner: users.vault(number),
        groups: [users.readers, users.vaults],
        hasAddons: true,
        hasWorker: true,
        seesMail: true,
        reads: [paths.ledger],
        writes: [indexDirectory],
      }),
      sockets: [unix(name, 'gate', users.gate), unix(name, 'web', users.gate), unix(name, 'admin', null)],
      init: (sockets) => ({
        kind: 'vault',
        ...common(input, sockets),
        number,
        vaults: configuration.vaults,
        ledgerDirectory: paths.ledger,
        indexDirectory,
        hostname: input.hostname,
        messageBytesMax: configuration.messages.maxSize,
        graceMs: configuration.lock.grace,
        webIdleMs: configuration.lock.webIdle,
        scrubEveryMs: everyOf(configuration.scrub),
        rehearsalEveryMs: everyOf(configuration.rehearsal),
        escrowRecipient: configuration.escrow.recipient ?? null,
        escrowDelayMs: configuration.escrow.delay,
        origins: webOrigins(input.hostname, tcp(input, GATE_PROTOCOLS), configuration.passkeys.origins),
      }),
    }
  }

  function courierPlan({ paths, serverSecret, smarthostPassword }: PlanInput): ProcessPlan {
    const { smarthost, direct, retryFor } = configuration.outgoing
    return {
      name: 'courier',
      kind: 'courier',
      entry: 'src/processes/courier.ts',
      confinement: confinement(input, {
        owner: users.courier,
        hasNetwork: true,
        seesMail: true,
        writes: [paths.queue],
      }),
      sockets: [vaultsSocket('courier', users), unix('courier', 'admin', null)],
      init: (sockets) => ({
        kind: 'courier',
        ...common(input, sockets),
        hostname: input.hostname,
        queueDirectory: paths.queue,
        queueKey: serverKey(serverSecret, 'queue'),
        messageBytesMax: configuration.messages.maxSize,
        direct,
        smarthost:
          smarthost === undefined
            ? null
            : {
                host: smarthost.host,
                port: smarthost.port,
                tls: smarthost.tls,
                user: smarthost.user ?? null,
                password: smarthostPassword,
              },
        resolvers: configuration.resolver,
        retryMs: retryFor,
        scrubEveryMs: everyOf(configuration.scrub),
      }),
    }
  }

  function mxPlan({ certificate }: PlanInput): ProcessPlan {
    return {
      name: 'mx',
      kind: 'mx',
      entry: 'src/processes/mx.ts',
      confinement: confinement(input, { owner: users.mx, hasNetwork: true, seesMail: true }),
      sockets: tcp(input, MX_PROTOCOLS),
      init: (sockets) => ({
        kind: 'mx',
        ...common(input, sockets),
        ...connections(input),
        hostname: input.hostname,
        tls: pemOf(certificate),
        messageBytesMax: configuration.messages.maxSize,
      }),
    }
  }

  function gatePlan({ certificate }: PlanInput): ProcessPlan {
    return {
      name: 'gate',
      kind: 'gate',
      entry: 'src/processes/gate.ts',
      confinement: confinement(input, { owner: users.gate, hasNetwork: true, seesMail: true }),
      sockets: tcp(input, GATE_PROTOCOLS),
      init: (sockets) => ({
        kind: 'gate',
        ...common(input, sockets),
        ...connections(input),
        hostname: input.hostname,
        tls: pemOf(certificate),
        messageBytesMax: configuration.messages.maxSize,
        vaults: configuration.vaults,
        clients: clientSettings(input.hostname, tcp(input, GATE_PROTOCOLS), configuration.clients),
      }),
    }
  }
}

function common(
  { configuration }: PlanInput,
  sockets: readonly SocketInfo[],
): Pick<Init<'ledger'>, 'sockets' | 'logLevel'> {
  return { sockets, logLevel: configuration.log.level }
}

/** Null: nothing is promised. */
function everyOf({ every }: Configuration['scrub']): number | null {
  return every === 'off' ? null : every
}

function connections({ configuration }: PlanInput): Pick<Init<'mx'>, 'connectionsMax' | 'perAddressMax'> {
  const { max, perAddress } = configuration.connections
  return { connectionsMax: max, perAddressMax: perAddress }
}

function pemOf({ certificatePem, privateKeyPem }: LoadedCertificate): Init<'mx'>['tls'] {
  return { certificatePem, privateKeyPem }
}

interface Rights {
  readonly owner: FileOwner | null
  readonly groups?: readonly (number | null)[]
  readonly hasNetwork?: boolean
  readonly hasAddons?: boolean
  readonly hasWorker?: boolean
  readonly seesMail?: boolean
  readonly threads?: number
  readonly reads?: readonly string[]
  readonly writes?: readonly string[]
}

function confinement({ paths }: PlanInput, rights: Rights): Confinement {
  const {
    owner,
    groups = [],
    hasNetwork = false,
    hasAddons = false,
    hasWorker = false,
    seesMail = false,
    threads = 4,
  } = rights
  return {
    owner,
    groups: groups.filter((group) => group !== null),
    hasNetwork,
    hasAddons,
    hasWorker,
    seesMail,
    threads,
    reads: rights.reads ?? [],
    writes: rights.writes ?? [],
    run: paths.run,
  }
}

function unix(server: string, client: string, owner: FileOwner | null): UnixSocketPlan {
  return { kind: 'unix', client, file: `${server}.${client}.sock`, mode: PRIVATE_SOCKET, owner }
}

/** One for all vaults: their common group connects. */
function vaultsSocket(server: string, { vaults }: Users): UnixSocketPlan {
  const file = `${server}.vault.sock`
  if (vaults === null) return { kind: 'unix', client: 'vault', file, mode: PRIVATE_SOCKET, owner: null }
  return { kind: 'unix', client: 'vault', file, mode: GROUP_SOCKET, owner: { uid: 0, gid: vaults } }
}

function tcp(
  { configuration, portBase }: PlanInput,
  protocols: readonly { readonly protocol: string; readonly port: number; readonly implicitTls: boolean }[],
): TcpSocketPlan[] {
  return configuration.listen.flatMap((address) =>
    protocols.map(({ protocol, port, implicitTls }) => ({
      kind: 'tcp' as const,
      protocol,
      address,
      port: portBase + port,
      implicitTls,
    })),
  )
}
