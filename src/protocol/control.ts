// Between the supervisor and each process that it starts, over descriptor 3 (docs/formats/frames.md §4.7). What a process needs to know comes in
// its first message: keys and certificates never stand in arguments, in the environment or in a file that others read.

import { bool, bytes, list, nullable, oneOf, struct, text, u16, u32, u53, u8, variant } from '#base/codec.ts'
import type { Schema } from './channel.ts'
import { clientsCodec } from './clients.ts'

const PEM_MAX = 65_536

const tls = struct({ certificatePem: text(PEM_MAX), privateKeyPem: text(PEM_MAX) })

/** A listening socket, in the order of descriptors from 4 on. */
const socket = struct({
  /** A Unix socket: who connects. A TCP socket: the protocol. */
  name: text(32),
  kind: oneOf('unix', 'tcp'),
  address: text(64),
  port: u16,
  implicitTls: bool,
})

const common = {
  sockets: list(socket, 256),
  logLevel: oneOf('error', 'warn', 'info', 'debug'),
}

const connections = { connectionsMax: u32, perAddressMax: u32 }

const toProcess = variant({
  ledger: {
    ...common,
    directory: text(4_096),
    parityPercent: u8,
    scrubEveryMs: nullable(u53),
    retentionMs: u53,
    digest: oneOf('sha256', 'sha512'),
  },
  directory: {
    ...common,
    ledgerDirectory: text(4_096),
    slotKey: bytes(32),
    machineKey: bytes(32),
    systemRoot: bytes(32),
    vaults: u8,
    quotaBytes: nullable(u53),
    escrowDelayMs: u53,
  },
  mx: { ...common, ...connections, hostname: text(255), tls, messageBytesMax: u53 },
  gate: {
    ...common,
    ...connections,
    hostname: text(255),
    tls,
    messageBytesMax: u53,
    vaults: u8,
    /** What mail programs are told to connect to. */
    clients: clientsCodec,
  },
  vault: {
    ...common,
    number: u8,
    vaults: u8,
    ledgerDirectory: text(4_096),
    indexDirectory: text(4_096),
    hostname: text(255),
    messageBytesMax: u53,
    graceMs: u53,
    webIdleMs: u53,
    scrubEveryMs: nullable(u53),
    rehearsalEveryMs: nullable(u53),
    /** An age recipient; null: the operator offers no escrow. */
    escrowRecipient: nullable(text(4_096)),
    escrowDelayMs: u53,
    /** From where browsers come, as they write it: what passkeys are bound to. */
    origins: list(text(300), 32),
  },
  courier: {
    ...common,
    hostname: text(255),
    queueDirectory: text(4_096),
    queueKey: bytes(32),
    messageBytesMax: u53,
    direct: bool,
    smarthost: nullable(
      struct({
        host: text(255),
        port: u16,
        tls: oneOf('starttls', 'implicit', 'none'),
        user: nullable(text(1_024)),
        password: nullable(text(1_024)),
      }),
    ),
    resolvers: list(text(64), 8),
    retryMs: u53,
    scrubEveryMs: nullable(u53),
  },
  /** End what is under way, take no more, and end. */
  stop: {},
  /** Answered with `health`. */
  ping: {},
})

const fromProcess = variant({
  /** All of its sockets accept. */
  ready: {},
  health: { connections: u32, detail: text(256) },
  /** It will end by itself, because it must be replaced; nothing is wrong. */
  replace: {},
  /** It ends, and starting it again would not help: somebody has to do something first. `detail` names files and accounts by id. */
  cannotStart: { reason: oneOf('otherServerSecret', 'ledgerDamaged', 'directoryDamaged'), detail: text(4_096) },
})

export type ToProcess = Parameters<typeof toProcess.write>[1]
export type FromProcess = Parameters<typeof fromProcess.write>[1]
export type ProcessKind = Exclude<ToProcess['kind'], 'stop' | 'ping'>
export type CannotStart = Extract<FromProcess, { kind: 'cannotStart' }>
export type Init<K extends ProcessKind> = Extract<ToProcess, { kind: K }>
export type SocketInfo = Init<'mx'>['sockets'][number]

const BYTES_MAX = 1024 * 1024

export const supervisorSide: Schema<FromProcess, ToProcess> = {
  incoming: fromProcess,
  outgoing: toProcess,
  incomingBytesMax: BYTES_MAX,
  outgoingBytesMax: BYTES_MAX,
}

export const processSide: Schema<ToProcess, FromProcess> = {
  incoming: toProcess,
  outgoing: fromProcess,
  incomingBytesMax: BYTES_MAX,
  outgoingBytesMax: BYTES_MAX,
}
