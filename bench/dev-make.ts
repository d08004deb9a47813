import { makeFixture } from '#account/account-fixture.ts'
import { JournalSealer, nextHead, CHAIN_START } from '#account/journal.ts'
import { fillAccount } from './filled-account.ts'
import fs from 'node:fs'
const [dir, n] = [process.argv[2]!, Number(process.argv[3])]
const f = await makeFixture(dir, { identity: 'hybrid' })
let chain = CHAIN_START
for (const r of f.reader.records({ seq: 0 as never, location: null }))
  if (r.header?.kind === 'journal') chain = nextHead(chain, f.reader.readPayload(r.location!, r.header))
const t = performance.now()
const bytes = await fillAccount(
  { ledger: f.ledger, account: f.id, root: f.root, recipient: f.root.recipient('hybrid'), chain },
  n,
)
console.log(bytes, ((n / (performance.now() - t)) * 1000).toFixed(0) + '/s')
fs.writeFileSync(dir + '/code', f.recoveryCode)
fs.writeFileSync(dir + '/id', f.id)
await f.close()
