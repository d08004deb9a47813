import assert from 'node:assert/strict'
import net from 'node:net'
import { test } from 'node:test'
import { bindTcp } from './process.ts'

test('a port where somebody listens cannot be had', async () => {
  for (const address of ['127.0.0.1', '::1']) {
    const server = net.createServer()
    await new Promise<void>((resolve) => server.listen(0, address, resolve))
    const { port } = server.address() as net.AddressInfo
    assert.throws(() => bindTcp(address, port), { code: 'EADDRINUSE' })
    await new Promise((resolve) => server.close(resolve))
    bindTcp(address, port).close()
  }
})
