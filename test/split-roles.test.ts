// Over each internal socket, what its client must never ask for is asked. The answer is the end of the connection, and the server lives on.

import assert from 'node:assert/strict'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { SYSTEM_ACCOUNT, accountIdFromBytes, accountIdToBytes } from '#base/ids.ts'
import { type Connection, connectUnix } from '#platform/net.ts'
import { CallClient, CallLostError } from '#protocol/call-client.ts'
import type { CallSchema } from '#protocol/call-server.ts'
import { type DirectoryRequest, type DirectoryResponse, directorySchema } from '#protocol/directory.ts'
import { type LedgerRequest, type LedgerResponse, ledgerSchema } from '#protocol/ledger.ts'
import { type Mailkeep, startMailkeep } from './harness.ts'

const PASSWORD = 'a long pass phrase'
const SYSTEM = accountIdToBytes(SYSTEM_ACCOUNT)

let mailkeep: Mailkeep
let ada: Uint8Array

before(async () => {
  mailkeep = await startMailkeep()
  const args = ['account', 'add', 'ada@example.org', '--password-stdin', '--json']
  const made = JSON.parse(await mailkeep.mustCli(args, { input: `${PASSWORD}\n` })) as { readonly id: string }
  ada = accountIdToBytes(accountIdFromBytes(Buffer.from(made.id, 'hex')))
})
after(() => mailkeep[Symbol.asyncDispose]())

const connect = (socket: string): Promise<Connection> => connectUnix(path.join(mailkeep.directory, 'run', socket))

async function ask<Request, Response>(
  schema: CallSchema<Request, Response>,
  socket: string,
  request: Request,
): Promise<Response> {
  const client = new CallClient(schema, { connect: () => connect(socket) })
  try {
    return await client.call(request)
  } finally {
    client.close()
  }
}

const askLedger = (socket: string, request: LedgerRequest): Promise<LedgerResponse> =>
  ask(ledgerSchema, socket, request)
const askDirectory = (socket: string, request: DirectoryRequest): Promise<DirectoryResponse> =>
  ask(directorySchema, socket, request)

function append(account: Uint8Array, kind: 'mail' | 'journal' | 'slot' | 'mark' | 'release'): LedgerRequest {
  return {
    kind: 'append',
    account,
    quotaBytes: null,
    records: [{ kind, payload: { kind: 'inline', bytes: Buffer.from('not sealed to anybody') } }],
  }
}

describe('the ledger', () => {
  const kinds = ['mail', 'journal', 'slot', 'mark', 'release'] as const
  const may = { mx: ['mail'], courier: ['mail'], vault: kinds, directory: ['journal'] } as const

  for (const [client, allowed] of Object.entries(may)) {
    test(`takes from ${client} only records of its kinds, for its accounts`, async () => {
      const socket = `ledger.${client}.sock`
      const [own, other] = client === 'directory' ? [SYSTEM, ada] : [ada, SYSTEM]
      for (const kind of kinds) {
        await assert.rejects(askLedger(socket, append(other, kind)), CallLostError, `${kind} to an account of others`)
        if (!(allowed as readonly string[]).includes(kind)) {
          await assert.rejects(askLedger(socket, append(own, kind)), CallLostError, kind)
        }
      }
      for (const request of [
        { kind: 'stage', stage: 1, account: other },
        { kind: 'usage', account: other },
        { kind: 'watch', account: other },
        { kind: 'settled', account: other, seq: 0 },
      ] as const) {
        await assert.rejects(askLedger(socket, request), CallLostError, request.kind)
      }
      // What it may ask is answered as ever.
      assert.equal((await askLedger(socket, { kind: 'usage', account: own })).kind, 'usage')
    })
  }

  test('tells nobody of records who only delivers', async () => {
    for (const client of ['mx', 'courier']) {
      await assert.rejects(askLedger(`ledger.${client}.sock`, { kind: 'watch', account: ada }), CallLostError)
    }
    assert.equal((await askLedger('ledger.vault.sock', { kind: 'watch', account: ada })).kind, 'watching')
  })

  test('takes what releases something only as such', async () => {
    await assert.rejects(askLedger('ledger.vault.sock', append(ada, 'release')), CallLostError)
  })

  // What may be dropped, and what is destroyed, is asked for at the administrator's socket alone (split.test.ts: nobody else can connect there).
  test('knows no request that changes or removes anything', async () => {
    const { size } = (await askLedger('ledger.vault.sock', { kind: 'watch', account: ada })) as {
      readonly size: number
    }
    const known = ['append', 'stage', 'chunk', 'finish', 'discard', 'watch', 'unwatch', 'usage', 'settled']
    for (const client of ['mx', 'courier', 'vault', 'directory']) {
      for (let number = known.length; number < 256; number++) {
        // A frame with the call's id, and the number of a request that does not exist, for the account.
        const body = Buffer.concat([Buffer.from([0, 0, 0, 1, number]), ada])
        const length = Buffer.alloc(4)
        length.writeUInt32BE(body.length)
        assert.equal(await firstBytes(`ledger.${client}.sock`, Buffer.concat([length, body])), '')
      }
    }
    const again = (await askLedger('ledger.vault.sock', { kind: 'watch', account: ada })) as { readonly size: number }
    assert.equal(again.size, size)
  })
})

describe('the directory', () => {
  const requests: readonly DirectoryRequest[] = [
    { kind: 'resolve', address: 'ada@example.org' },
    { kind: 'route', login: Buffer.from('ada@example.org') },
    { kind: 'login', login: Buffer.from('ada@example.org') },
    { kind: 'account', account: Buffer.alloc(16, 1) },
    { kind: 'machine', account: Buffer.alloc(16, 1) },
    { kind: 'addDomain', domain: 'example.com' },
    { kind: 'listDomains' },
    { kind: 'prepareAccount', address: 'eve@example.org' },
    { kind: 'addAccount', id: Buffer.alloc(16, 1), address: 'eve@example.org', recipient: 'age1', quotaBytes: null },
    { kind: 'removeAccount', address: 'ada@example.org' },
    { kind: 'listAccounts' },
    { kind: 'findAccount', address: 'ada@example.org' },
    { kind: 'addAlias', address: 'x@example.org', targets: ['ada@example.org'] },
    { kind: 'removeAlias', address: 'x@example.org' },
    { kind: 'listAliases' },
    { kind: 'servesDomain', domain: 'example.org' },
  ]
  const may: Readonly<Record<string, readonly string[]>> = {
    mx: ['resolve'],
    courier: ['resolve'],
    gate: ['route', 'servesDomain'],
    vault: ['resolve', 'login', 'account', 'machine'],
  }

  for (const [client, allowed] of Object.entries(may)) {
    test(`answers ${client} no more than it needs`, async () => {
      for (const request of requests) {
        const asked = askDirectory(`directory.${client}.sock`, request)
        if (allowed.includes(request.kind)) await asked
        else await assert.rejects(asked, CallLostError, request.kind)
      }
    })
  }
})

test('nothing of that ended a server, and the logs are as they were', async () => {
  const { processes } = await mailkeep.status()
  assert.deepEqual(
    processes.map(({ restarts }) => restarts),
    processes.map(() => 0),
  )
  assert.equal(await mailkeep.mustCli(['domain', 'list']), 'localhost\nexample.org\n')
  await mailkeep.mustCli(['verify'])
})

/** What the server sends before it ends the connection. */
async function firstBytes(socket: string, sent: Buffer): Promise<string> {
  const connection = await connect(socket)
  return new Promise((resolve) => {
    let text = ''
    connection.handle({
      data: (chunk) => {
        text += chunk.toString('hex')
      },
      close: () => resolve(text),
    })
    void connection.write(sent)
  })
}
