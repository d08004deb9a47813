// Somebody's first day with Mailkeep, by the commands that README names: what the terminal shows is enough to log in, and every command does what it
// says, tells what was wrong, and ends with the status that docs/operations.md gives it.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import net from 'node:net'
import { after, before, test } from 'node:test'
import { type Mailkeep, type Ran, mustRun, newMailkeep, run, temporaryDirectory } from './harness.ts'
import { fetchAll, swaks } from './imap-client.ts'
import { ImapConnection } from './imap-connection.ts'
import { imapDump } from './imap-dump.ts'
import { fingerprint } from './fingerprint.ts'

const EXIT = { failed: 1, usage: 2, notRunning: 3, notFound: 4, refused: 5, damaged: 6, configuration: 78 }

let mailkeep: Mailkeep
/** Of the ledger, from when everything was stopped. */
const copy = temporaryDirectory()
/** What the terminal showed at the first start. */
const shown = { page: '', name: '', password: '', code: '' }

before(async () => {
  mailkeep = await newMailkeep()
})
after(async () => {
  await mailkeep[Symbol.asyncDispose]()
  copy[Symbol.dispose]()
})

const portBase = (): string => String(mailkeep.ports.smtp - 25)

function opens(name: string, password: string): Promise<boolean> {
  return ImapConnection.login(mailkeep.ports.imap, name, password).then(
    (imap) => {
      imap[Symbol.dispose]()
      return true
    },
    (error: unknown) => {
      if (String(error).includes('AUTHENTICATIONFAILED')) return false
      throw error
    },
  )
}

async function refused(args: readonly string[], status: number, text: RegExp, input = ''): Promise<void> {
  const ran = await mailkeep.cli(args, { input })
  assert.equal(ran.status, status, `${args.join(' ')}: ${ran.stdout}${ran.stderr}`)
  assert.match(ran.stderr, text)
  // One sentence, and no stack of calls.
  assert.doesNotMatch(ran.stderr, /\n\s+at /)
}

test('npm start prints a page, and with what it prints one can log in and read', async () => {
  const args = ['start', '--', '--data', mailkeep.directory, '--port-base', portBase(), '--detach']
  shown.page = await mustRun('npm', args)
  for (const port of Object.values(mailkeep.ports).filter((port) => port !== mailkeep.ports.managesieve)) {
    assert.match(shown.page, new RegExp(`\\b127\\.0\\.0\\.1:${port}\\b`))
  }
  const value = (label: string): string => new RegExp(`^ *${label} +(\\S+)$`, 'm').exec(shown.page)?.[1] ?? ''
  shown.name = value('Name')
  shown.password = value('Password')
  shown.code = value('Recovery code')
  assert.ok(shown.page.includes(mailkeep.directory))
  const [welcome] = await fetchAll(mailkeep.ports.imap, shown.name, shown.password)
  assert.match(welcome?.bytes.toString() ?? '', /^Subject: Welcome to Mailkeep\r$/m)
})

test('status says what runs and listens', async () => {
  const status = JSON.parse(await mailkeep.mustCli(['status', '--json'])) as {
    readonly isRunning: boolean
    readonly isReady: boolean
    readonly residentBytes: number
    readonly listeners: readonly { readonly protocol: string; readonly port: number }[]
    readonly processes: readonly { readonly name: string; readonly state: string }[]
    readonly clients: { readonly host: string; readonly ports: Readonly<Record<string, number>> }
  }
  assert.ok(status.isRunning && status.isReady)
  const ports = Object.fromEntries(status.listeners.map(({ protocol, port }) => [protocol, port]))
  assert.deepEqual(ports, { ...mailkeep.ports })
  const { smtp: _, http: __, ...told } = mailkeep.ports
  assert.deepEqual(status.clients, { host: 'localhost', ports: told })
  assert.ok(status.processes.every(({ state }) => state === 'running'))
  const table = await mailkeep.mustCli(['status'])
  for (const name of ['ledger', 'directory', 'vault-0', 'mx', 'gate', 'courier']) {
    assert.ok(status.processes.some((one) => one.name === name))
    assert.match(table, new RegExp(`^${name} +running `, 'm'))
  }
  await refused(['start', '--port-base', portBase(), '--detach'], EXIT.failed, /already runs on/)
  assert.doesNotMatch(await mailkeep.mustCli(['doctor']), /^BAD/m)
})

test('after stop and start the account is the same, and neither password nor code is shown again', async () => {
  assert.equal(await mailkeep.mustCli(['stop']), 'Stopped.\n')
  const { status, stdout } = await mailkeep.cli(['status', '--json'])
  assert.equal(status, EXIT.notRunning)
  assert.equal((JSON.parse(stdout) as { isRunning: boolean }).isRunning, false)
  await refused(['stop'], EXIT.notRunning, /does not run on this data directory/)
  await refused(['domain', 'list'], EXIT.notRunning, /does not run on this data directory/)
  fs.cpSync(`${mailkeep.directory}/ledger`, `${copy.path}/ledger`, { recursive: true })
  const page = await mailkeep.mustCli(['start', '--port-base', portBase(), '--detach'])
  assert.doesNotMatch(page, /Recovery code|Password/)
  assert.ok(await opens(shown.name, shown.password))
  const accounts = JSON.parse(await mailkeep.mustCli(['account', 'list', '--json'])) as { readonly address: string }[]
  assert.deepEqual(
    accounts.map(({ address }) => address),
    [shown.name],
  )
})

test('account password', async () => {
  const change = ['account', 'password', shown.name, '--password-stdin']
  await refused(change, EXIT.refused, /the password is wrong/, 'wrong\nnew\n')
  await refused(change, EXIT.usage, /New password: nothing was given/, `${shown.password}\n`)
  assert.ok(await opens(shown.name, shown.password))
  await mailkeep.mustCli(change, { input: `${shown.password}\nchosen by me\n` })
  assert.ok(!(await opens(shown.name, shown.password)))
  assert.ok(await opens(shown.name, 'chosen by me'))
})

test('account recover: the code that was shown, once', async () => {
  const recover = ['account', 'recover', shown.name, '--password-stdin']
  const wrong = shown.code.replace(/^.{5}/, (five) => five.split('').toReversed().join(''))
  await refused(recover, EXIT.refused, /That is no recovery code/, `${wrong}\nnew\n`)
  const typed = shown.code.toLowerCase().replaceAll('-', ' ')
  const phone = ['account', 'app-password', 'add', shown.name, '--label', 'Phone', '--password-stdin']
  await mailkeep.mustCli(phone, { input: 'chosen by me\n' })
  const said = await mailkeep.mustCli(recover, { input: `${typed}\nafter recovery\n` })
  const code = /[0-9A-Z]{5}(?:-[0-9A-Z]{5}){6}/.exec(said)?.[0] ?? ''
  assert.ok(code !== '' && code !== shown.code)
  // Whoever knew the old password may have made one.
  assert.match(said, /^1 app password opens it as before: mailkeep account app-password list me@localhost$/m)
  assert.ok(!(await opens(shown.name, 'chosen by me')))
  assert.ok(await opens(shown.name, 'after recovery'))
  await refused(recover, EXIT.refused, /The recovery code opens nothing here/, `${shown.code}\nnew\n`)
  const again = await mailkeep.mustCli([...recover, '--json'], { input: `${code}\nkeep this\n` })
  const told = JSON.parse(again) as { recoveryCode: string; alsoOpen: readonly { kind: string }[] }
  assert.match(told.recoveryCode, /^[0-9A-Z]{5}-/)
  assert.deepEqual(
    told.alsoOpen.map(({ kind }) => kind),
    ['appPassword'],
  )
  assert.ok(await opens(shown.name, 'keep this'))
})

test('domain, account and alias: mail arrives where it should, and mistakes are told', async () => {
  await refused(['account', 'add', 'ada@example.org', '--password-stdin'], EXIT.notFound, /domain .* not served/, 'x\n')
  await mailkeep.mustCli(['domain', 'add', 'Example.ORG'])
  await refused(['domain', 'add', 'example.org'], EXIT.failed, /is there already/)
  await refused(['domain', 'add', 'exa mple'], EXIT.usage, /malformed/)
  assert.match(await mailkeep.mustCli(['domain', 'list']), /^example\.org$/m)
  const zone = await mailkeep.mustCli(['domain', 'dns', 'EXAMPLE.org'])
  assert.match(zone, /^example\.org\. +3600 IN MX +10 localhost\.$/m)
  assert.match(
    zone,
    new RegExp(`^_imaps\\._tcp\\.example\\.org\\. +3600 IN SRV +0 1 ${mailkeep.ports.imaps} localhost\\.$`, 'm'),
  )
  await refused(['domain', 'dns', 'example.net'], EXIT.notFound, /not served here/)
  await mailkeep.addAccount('ada@example.org', 'adas own')
  await refused(['account', 'add', 'ada@example.org', '--password-stdin'], EXIT.failed, /is there already/, 'x\n')
  await refused(['account', 'add', 'bob@example.org', '--password-stdin'], EXIT.usage, /nothing was given/)
  await refused(['account', 'add', 'bob@example.org'], EXIT.usage, /--password-stdin/)

  await refused(['alias', 'add', 'info@example.org', 'nobody@example.org'], EXIT.notFound, /nobody@example\.org/)
  await mailkeep.mustCli(['alias', 'add', 'info@example.org', 'ada@example.org', shown.name])
  assert.match(await mailkeep.mustCli(['alias', 'list']), /^info@example\.org +ada@example\.org, me@localhost$/m)
  await deliver('info@example.org', 'by alias')
  for (const [name, password] of [
    ['ada@example.org', 'adas own'],
    [shown.name, 'keep this'],
  ] as const) {
    const messages = await fetchAll(mailkeep.ports.imap, name, password)
    assert.ok(messages.some(({ bytes }) => bytes.includes('Subject: by alias\r\n')))
  }
  await mailkeep.mustCli(['alias', 'remove', 'info@example.org'])
  await refused(['alias', 'remove', 'info@example.org'], EXIT.notFound, /no such address: info@example\.org/)
  await assert.rejects(deliver('info@example.org', 'too late'), /550 5\.1\.1/)
})

function deliver(to: string, subject: string): Promise<string> {
  return swaks({ port: mailkeep.ports.smtp, from: 'eve@example.net', to, subject, body: `Text of ${subject}.\n` })
}

test('lock ends sessions; unlock opens; both tell wrong names and passwords', async () => {
  using imap = await ImapConnection.login(mailkeep.ports.imap, 'ada@example.org', 'adas own')
  await imap.must('SELECT INBOX')
  await mailkeep.mustCli(['account', 'lock', 'ada@example.org'])
  assert.match(await imap.response(), /^\* BYE /)
  const state = async (): Promise<string> => {
    const listed = await mailkeep.mustCli(['account', 'list'])
    return /^ada@example\.org +(\S+)/m.exec(listed)?.[1] ?? ''
  }
  assert.equal(await state(), 'locked')
  await refused(['rebuild-index', 'ada@example.org'], EXIT.failed, /locked: unlock it first/)
  const unlock = ['account', 'unlock', 'ada@example.org', '--password-stdin']
  await refused(unlock, EXIT.refused, /the password is wrong/, 'wrong\n')
  await mailkeep.mustCli(unlock, { input: 'adas own\n' })
  assert.equal(await state(), 'unlocked')
  await refused(['account', 'lock', 'eve@example.org'], EXIT.notFound, /no account eve@example\.org/)
})

test('rebuild-index changes nothing that a client can see', async () => {
  using imap = await ImapConnection.login(mailkeep.ports.imap, 'ada@example.org', 'adas own')
  await imap.must('CREATE "Projekte/Gr&APwA3w-e"')
  for (const subject of ['one', 'two', 'three', 'four']) await deliver('ada@example.org', subject)
  await imap.must('SELECT INBOX')
  await imap.must('STORE 1:2 +FLAGS (\\Seen $Label)')
  await imap.must('STORE 2 -FLAGS (\\Seen)')
  await imap.must('UID MOVE 3 "Projekte/Gr&APwA3w-e"')
  await imap.must('UID COPY 4 Archive')
  await imap.must('STORE 1 +FLAGS (\\Deleted)')
  await imap.must('EXPUNGE')
  await imap.append('Drafts', 'Subject: draft\r\n\r\n', '\\Draft')
  await imap.must('RENAME Archive Archiv')
  const before = await imapDump(imap)
  await imap.logout()
  const said = await mailkeep.mustCli(['rebuild-index', 'ada@example.org', '--json'])
  assert.ok((JSON.parse(said.trim().split('\n').at(-1) as string) as { emails: number }).emails > 4)
  using after = await ImapConnection.login(mailkeep.ports.imap, 'ada@example.org', 'adas own')
  assert.deepEqual(await imapDump(after), before)
})

test('what extract writes, Debian’s age opens with the exported identity, byte for byte', async () => {
  using directory = temporaryDirectory()
  await mailkeep.mustCli(['account', 'add', 'cleo@example.org', '--classic', '--password-stdin'], {
    input: 'in print\n',
  })
  await deliver('cleo@example.org', 'extracted')
  await deliver('cleo@example.org', 'extracted, too')
  const said = await mailkeep.mustCli(['extract', 'cleo@example.org', `${directory.path}/sealed`])
  const files = fs.readdirSync(`${directory.path}/sealed`).sort()
  assert.ok(said.includes(`${files.length} messages in ${directory.path}/sealed`))
  // Nothing of the message can be read in them.
  for (const file of files) assert.ok(!fs.readFileSync(`${directory.path}/sealed/${file}`).includes('extracted'))
  const identity = await mailkeep.mustCli(['account', 'identity', 'cleo@example.org', '--password-stdin'], {
    input: 'in print\n',
  })
  fs.writeFileSync(`${directory.path}/identity`, identity, { mode: 0o600 })
  const opened: string[] = []
  for (const file of files) {
    const args = ['--decrypt', '-i', `${directory.path}/identity`, '-o', `${directory.path}/opened`]
    await mustRun('age', [...args, `${directory.path}/sealed/${file}`])
    opened.push(fingerprint(fs.readFileSync(`${directory.path}/opened`)))
  }
  const stored = await fetchAll(mailkeep.ports.imap, 'cleo@example.org', 'in print')
  assert.deepEqual(opened.sort(), stored.map(({ bytes }) => fingerprint(bytes)).sort())
  await refused(['extract', '0'.repeat(31) + '1', `${directory.path}/x`], EXIT.notFound, /no account/)
})

test('verify finds nothing, until one bit is flipped', async () => {
  assert.match(await mailkeep.mustCli(['verify']), /Everything is as it was signed/)
  const verifyCopy = (): Promise<Ran> => run('./mailkeep', ['verify', '--data', copy.path])
  assert.equal((await verifyCopy()).status, 0)
  const segments = fs
    .readdirSync(`${copy.path}/ledger/accounts`, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.seg') && !name.startsWith('00/'))
  const [name = ''] = segments
  const file = `${copy.path}/ledger/accounts/${name}`
  const bytes = fs.readFileSync(file)
  bytes.writeUInt8(bytes.readUInt8(bytes.length - 20) ^ 1, bytes.length - 20)
  fs.writeFileSync(file, bytes)
  const { status, stdout } = await verifyCopy()
  assert.equal(status, EXIT.damaged)
  const account = name.split('/')[1] as string
  assert.match(stdout, new RegExp(`^${account} record \\d+: .*, bytes \\d+ to \\d+$`, 'm'))
  assert.match(stdout, /^1 finding, 1 loss\.$/m)
})

test('wrong usage ends with 2 and says how it is right', async () => {
  await refused(['nonsense'], EXIT.usage, /unknown command 'nonsense'[\s\S]*--help/)
  await refused(['account', 'add'], EXIT.usage, /missing required argument 'address'/)
  await refused(['start', '--port-base', 'many'], EXIT.usage, /a number from 0 to 60000/)
  await refused(['status', '--nonsense'], EXIT.usage, /unknown option/)
  for (const args of [[], ['account'], ['domain', 'add']]) {
    assert.match(await mustRun('./mailkeep', [...args, '--help']), /^Usage: mailkeep/)
  }
})

test('what keeps it from starting is told: the configuration with line and key, and a port that is in use', async () => {
  const file = `${mailkeep.directory}/mailkeep.yaml`
  assert.match(await mailkeep.mustCli(['config', 'check']), /everything is as by default/)
  fs.writeFileSync(file, '# mine\nlock:\n  grace: soon\nlisten: 127.0.0.1\ncolour: blue\n')
  const problems =
    /mailkeep\.yaml:3: lock\.grace: expected a duration, like 90s.*\n.*mailkeep\.yaml:4: listen: expected a list of IP addresses.*\n.*mailkeep\.yaml:5: colour: there is no setting colour\n/
  await refused(['config', 'check'], EXIT.configuration, problems)
  await mailkeep.stop()
  const start = ['start', '--port-base', portBase(), '--detach']
  await refused(start, EXIT.configuration, problems)
  fs.writeFileSync(file, '# mine\nlock:\n  grace: 1m\n')
  assert.match(await mailkeep.mustCli(['config', 'check']), /is right/)
  const { smtp } = mailkeep.ports
  const other = net.createServer()
  await new Promise<void>((resolve) => other.listen(smtp, '127.0.0.1', resolve))
  await refused(
    start,
    EXIT.configuration,
    new RegExp(`cannot listen for smtp on 127\\.0\\.0\\.1 port ${smtp}: another program`),
  )
  await new Promise((resolve) => other.close(resolve))
})
