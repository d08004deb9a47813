// What the administrator's command asks of the supervisor (docs/formats/frames.md §4.8).

import { bool, list, nullable, oneOf, struct, text, u16, u32, u53, variant } from '#base/codec.ts'
import type { CallSchema } from './call-server.ts'
import { clientsCodec } from './clients.ts'

const request = variant({ status: {}, stop: {} })

const response = variant({
  status: {
    version: text(32),
    pid: u32,
    dataDirectory: text(4_096),
    hostname: text(255),
    isReady: bool,
    startedAt: u53,
    walls: struct({ users: bool, network: bool, files: bool }),
    secretBesideData: bool,
    selfSigned: bool,
    /** What mail programs are told to connect to. */
    clients: clientsCodec,
    listeners: list(struct({ protocol: text(32), address: text(64), port: u16, implicitTls: bool }), 256),
    processes: list(
      struct({
        name: text(32),
        state: oneOf('starting', 'running', 'waiting', 'stopping', 'stopped'),
        pid: u32,
        uid: nullable(u32),
        restarts: u32,
        uptimeMs: u53,
        residentBytes: nullable(u53),
        connections: u32,
        detail: text(256),
      }),
      256,
    ),
  },
  /** The end begins: it is over when the connection ends. */
  stopping: {},
})

export const supervisorSchema = {
  request,
  response,
  requestBytesMax: 16,
  responseBytesMax: 256 * 1024,
} satisfies CallSchema<unknown, unknown>

export type SystemStatus = Extract<Parameters<typeof response.write>[1], { kind: 'status' }>
