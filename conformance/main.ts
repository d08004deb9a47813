// `npm run conformance [peers] [-- --only TEXT]`: every case against a running Mailkeep; with `peers` against Dovecot and Cyrus, too, which shows whether
// the suite itself is fair. `--only`: cases whose section or name contains the text, without the check of verdicts.

import { parseArgs } from 'node:util'
import { startCyrus } from '../bench/peers/cyrus.ts'
import { startDovecot } from '../bench/peers/dovecot.ts'
import { startMeasured } from '../bench/peers/mailkeep.ts'
import { PeerMissing, type Server as Measured } from '../bench/peers/server.ts'
import { nameOf } from './case.ts'
import { cases } from './cases/all.ts'
import { type Result, differences, surprises, table } from './report.ts'
import { CaseRunner } from './run-case.ts'
import { verdicts } from './verdicts.ts'
import { type Server, connectTo } from './wire.ts'

/** What they can do beside what they do by default. */
const DOVECOT = `
auth_failure_delay = 0
mail_plugins = acl quota
mail_attribute_dict = file:%h/attributes
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
protocol imap {
  mail_plugins = acl quota imap_acl imap_quota imap_zlib
  imap_metadata = yes
}
plugin {
  acl = vfile
  quota = count:User quota
  quota_vsizes = yes
  quota_rule = *:storage=1G
}
`
/** A mailbox that is deleted for the second time within a second clashes with the one that it keeps of the first. */
const CYRUS = 'delete_mode: immediate\nconversations: yes\n'

const starters: Readonly<Record<string, () => Promise<Measured>>> = {
  Mailkeep: startMeasured,
  Dovecot: () => startDovecot(DOVECOT),
  Cyrus: () => startCyrus(CYRUS),
}

async function run(names: readonly string[], only: string | undefined): Promise<readonly Result[]> {
  const chosen = cases.filter((one) => only === undefined || nameOf(one).includes(only))
  const results: Result[] = []
  for (const name of names) {
    try {
      await using measured = await (starters[name] as () => Promise<Measured>)()
      if (measured.imap === null) continue
      const { port, user, password } = measured.imap
      const server: Server = {
        name,
        user,
        password,
        connect: () => connectTo(port),
      }
      using runner = await CaseRunner.on(server)
      for (const one of chosen) results.push({ server: name, one, outcome: await runner.run(one) })
    } catch (error) {
      if (!(error instanceof PeerMissing)) throw error
      console.log(error.message)
      process.exitCode = 1
    }
  }
  return results
}

const { positionals, values } = parseArgs({ allowPositionals: true, options: { only: { type: 'string' } } })
const unknown = positionals.find((word) => word !== 'peers')
if (unknown === undefined) {
  const names = positionals.includes('peers') ? Object.keys(starters) : ['Mailkeep']
  const results = await run(names, values.only)
  console.log(`${table(results)}\n\npassed / failed / not applicable\n`)
  if (names.length > 1) console.log(`${differences(results, verdicts)}\n`)
  const surprising = surprises(results, values.only === undefined ? verdicts : [])
  for (const text of surprising) console.log(`${text}\n`)
  console.log(surprising.length === 0 ? 'As expected.' : `${surprising.length} not as expected.`)
  if (surprising.length > 0) process.exitCode = 1
} else {
  console.error(`${unknown}: there is only \`peers\``)
  process.exitCode = 2
}
