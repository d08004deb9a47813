// Passwords and keys: what opens this account, passkeys, app passwords, and one's own password.

import { useEffect, useMemo, useState } from 'react'
import { formatMoment } from '#web/integrity/moment.ts'
import { plainWords } from '#web/jmap/failure.ts'
import { useWorkspace } from '#web/shell/workspace.ts'
import { IconButton } from '#web/ui/icon-button.tsx'
import type { KeySlot } from './key-slot.ts'
import { KeySlots } from './key-slots.ts'
import { NewAppPasswordWindow } from './new-app-password-window.tsx'
import { NewPasskeyWindow } from './new-passkey-window.tsx'
import { PasskeysSection } from './passkeys-section.tsx'
import { PasswordForm } from './password-form.tsx'
import { PasswordWindow } from './password-window.tsx'
import { kindInWords, refusalInWords, scopeInWords, serverInWords, usesInWords } from './slot-words.ts'

export default function PasswordsPage() {
  const { connection, router, view, notices } = useWorkspace()
  const slots = useMemo(() => new KeySlots(connection), [connection])
  const [all, setAll] = useState<readonly KeySlot[] | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const [making, setMaking] = useState<'appPassword' | 'passkey' | null>(null)
  const [revoking, setRevoking] = useState<KeySlot | null>(null)
  const look = (): void => {
    slots.all().then(setAll, (error: unknown) => setProblem(plainWords(error)))
  }
  useEffect(look, [slots])
  const own = all?.filter(({ kind }) => kind === 'appPassword') ?? []
  const passkeys = all?.filter(({ kind }) => kind === 'passkey') ?? []
  const others = all?.filter(({ kind }) => kind !== 'appPassword' && kind !== 'passkey') ?? []
  return (
    <div className="settings-inner passwords">
      <header className="settings-head">
        <IconButton icon="back" label="Back to settings" onClick={() => router.go({ kind: 'settings' })} />
        <IconButton icon="menu" label="Mailboxes" className="sidebar-opener" onClick={() => view.showSidebar(true)} />
        <h1>Passwords and keys</h1>
      </header>
      {problem !== null && <p role="alert">{problem}</p>}
      {all === null && problem === null && <p role="status">Looking what opens your mail…</p>}
      {all !== null && (
        <>
          <section aria-labelledby="app-passwords">
            <div className="passwords-head">
              <h2 id="app-passwords">App passwords</h2>
              <button type="button" className="button button-primary" onClick={() => setMaking('appPassword')}>
                New app password
              </button>
            </div>
            <p className="settings-words">
              One for each program or device: it can do less than you, and you can revoke it without changing anything
              else. None of them can change what is on this page.
            </p>
            <p className="settings-words">
              On an iPhone, an iPad or a Mac, a{' '}
              <a href={`/mailkeep.mobileconfig?emailaddress=${encodeURIComponent(connection.address)}`}>
                configuration profile
              </a>{' '}
              sets up Mail with this address. It asks for a password: make one here first.
            </p>
            {own.length === 0 ? (
              <p>There is none yet.</p>
            ) : (
              <ul className="slot-list">
                {own.map((slot) => (
                  <AppPasswordRow key={slot.id} slot={slot} onRevoke={() => setRevoking(slot)} />
                ))}
              </ul>
            )}
          </section>
          <PasskeysSection passkeys={passkeys} onNew={() => setMaking('passkey')} onRevoke={setRevoking} />
          <section aria-labelledby="opens">
            <h2 id="opens">What else opens your mail</h2>
            <ul className="slot-list">
              {others.map((slot) => (
                <li key={slot.id} className="slot-row">
                  <div className="slot-words">
                    <h3>{kindInWords(slot.kind)}</h3>
                    {slot.label !== null && <p>{slot.label}</p>}
                    <p className="settings-words">
                      {serverInWords(slot)} {serverInWords(slot) !== '' && '·'} since {formatMoment(slot.created)}
                    </p>
                    {!slot.isAuthentic && <Forged />}
                  </div>
                </li>
              ))}
            </ul>
          </section>
          <section aria-labelledby="own-password">
            <h2 id="own-password">Change your password</h2>
            <PasswordForm slots={slots} onChanged={look} />
          </section>
        </>
      )}
      {making === 'appPassword' && <NewAppPasswordWindow slots={slots} onMade={look} onClose={() => setMaking(null)} />}
      {making === 'passkey' && (
        <NewPasskeyWindow
          slots={slots}
          onClose={() => setMaking(null)}
          onMade={() => {
            setMaking(null)
            notices.say('The passkey is stored: it opens your mail from now on.')
            look()
          }}
        />
      )}
      {revoking !== null && (
        <PasswordWindow
          question={{
            title: `Revoke “${revoking.label ?? kindInWords(revoking.kind)}”?`,
            text: 'What uses it is logged out at once, and it never opens your mail again. Nothing else changes.',
            action: 'Revoke',
            isDangerous: true,
            async run(password) {
              await slots.revoke(password, revoking.id)
              notices.say('Revoked.')
              look()
            },
          }}
          label="Your own password"
          onClose={() => setRevoking(null)}
        />
      )}
    </div>
  )
}

function AppPasswordRow({ slot, onRevoke }: { readonly slot: KeySlot; readonly onRevoke: () => void }) {
  const refusal = refusalInWords(slot)
  const name = slot.label ?? 'App password'
  return (
    <li className="slot-row">
      <div className="slot-words">
        <h3>{name}</h3>
        <p>{scopeInWords(slot)}</p>
        <p className="settings-words">
          {usesInWords(slot)} · made {formatMoment(slot.created)}
          {slot.expires !== null && !slot.isExpired && ` · ends ${formatMoment(slot.expires)}`}
        </p>
        {slot.isExpired && slot.expires !== null && (
          <p className="slot-warning">Its time was over {formatMoment(slot.expires)}: it opens nothing any more.</p>
        )}
        {refusal !== null && <p className="slot-warning">{refusal}</p>}
        {!slot.isAuthentic && <Forged />}
      </div>
      <button type="button" className="button button-danger-quiet" aria-label={`Revoke ${name}`} onClick={onRevoke}>
        Revoke
      </button>
    </li>
  )
}

function Forged() {
  return <p className="slot-warning">This was not written by anybody who had opened your mail. It opens nothing.</p>
}
