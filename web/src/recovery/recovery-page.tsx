// Ways back into the account: the recovery code and its sheet, trying it out, shares for contacts, and whether the operator can open it.

import { useCallback, useEffect, useMemo, useState } from 'react'
import { reasonOf } from '#web/jmap/failure.ts'
import { type PasswordQuestion, PasswordWindow } from '#web/passwords/password-window.tsx'
import { useWorkspace } from '#web/shell/workspace.ts'
import { IconButton } from '#web/ui/icon-button.tsx'
import { DrillForm } from './drill-form.tsx'
import { LettersView } from './letters-view.tsx'
import { type Recovery, RecoveryClient, type Share } from './recovery-client.ts'
import { SecurityCard } from './security-card.tsx'
import { SharesForm } from './shares-form.tsx'
import { SheetView } from './sheet-view.tsx'
import { dayOf } from './words.ts'

type Shown =
  | { readonly kind: 'sheet'; readonly code: string; readonly isNew: boolean }
  | { readonly kind: 'letters'; readonly threshold: number; readonly shares: readonly Share[] }

export default function RecoveryPage() {
  const { connection, address, router, view, notices, escrow } = useWorkspace()
  const client = useMemo(() => new RecoveryClient(connection), [connection])
  const [recovery, setRecovery] = useState<Recovery | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const [question, setQuestion] = useState<PasswordQuestion | null>(null)
  const [isChoosing, setChoosing] = useState(false)
  const [shown, setShown] = useState<Shown | null>(null)

  const load = useCallback((): void => {
    client.get().then(
      (found) => {
        setProblem(null)
        setRecovery(found)
        escrow.learn(found)
      },
      (error: unknown) => setProblem(reasonOf(error)),
    )
  }, [client, escrow])
  useEffect(load, [load])
  useEffect(() => {
    if (shown !== null) document.querySelector('#main')?.scrollTo({ top: 0 })
  }, [shown])

  const ask = (wanted: PasswordQuestion): void => {
    const run = async (password: string): Promise<void> => {
      await wanted.run(password)
      load()
    }
    setQuestion({ ...wanted, run })
  }
  const newCode = (): void =>
    ask({
      title: 'Make a new recovery code',
      text: 'The one that you have opens nothing any more when the new one is there.',
      action: 'Make it',
      isDangerous: false,
      run: async (password) => setShown({ kind: 'sheet', code: await client.newCode(password), isNew: true }),
    })
  const makeShares = (threshold: number, contacts: readonly string[]): void =>
    ask({
      title: 'Make the shares',
      text: 'Shares that you gave away before open nothing any more when the new ones are there.',
      action: 'Make them',
      isDangerous: false,
      run: async (password) => {
        const shares = await client.issueShares(password, threshold, contacts)
        setChoosing(false)
        setShown({ kind: 'letters', threshold, shares })
      },
    })
  const revokeShares = (): void =>
    ask({
      title: 'End all shares',
      text: 'They open nothing any more, whoever has them.',
      action: 'End them',
      isDangerous: true,
      run: async (password) => {
        await client.revokeShares(password)
        notices.say('The shares open nothing any more.')
      },
    })
  const choose = (security: 'high' | 'low'): void =>
    ask({
      title: security === 'low' ? 'Choose low security' : 'Choose high security',
      text:
        security === 'low'
          ? 'The operator will be able to open your account with a key that is kept away from the server, after a delay, and you will be told.'
          : 'The operator cannot open your account any more. If you lose your password, the recovery code and the shares, your mail is lost.',
      action: security === 'low' ? 'Choose low security' : 'Choose high security',
      isDangerous: security === 'low',
      run: async (password) => {
        await client.setSecurity(password, security)
        notices.say(security === 'low' ? 'Low security.' : 'High security.')
      },
    })
  const refuse = (): void => {
    client.refuseEscrow().then(
      () => {
        notices.say('Refused.')
        load()
      },
      (error: unknown) => setProblem(reasonOf(error)),
    )
  }

  return (
    <div className="settings-inner recovery">
      <header className="settings-head">
        <IconButton icon="back" label="Back to settings" onClick={() => router.go({ kind: 'settings' })} />
        <IconButton icon="menu" label="Mailboxes" className="sidebar-opener" onClick={() => view.showSidebar(true)} />
        <h1>Recovery</h1>
      </header>
      {problem !== null && <p role="alert">{problem}</p>}
      {recovery === null && problem === null && <p role="status">One moment…</p>}
      {shown?.kind === 'sheet' && recovery !== null && (
        <SheetView
          address={address}
          code={shown.code}
          identity={recovery.mailIdentity}
          isNew={shown.isNew}
          onClose={() => setShown(null)}
        />
      )}
      {shown?.kind === 'letters' && (
        <LettersView
          address={address}
          threshold={shown.threshold}
          shares={shown.shares}
          onClose={() => setShown(null)}
        />
      )}
      {recovery !== null && shown === null && (
        <>
          <section>
            <h2>Recovery code</h2>
            <div className="settings-card">
              <p>
                {recovery.recoveryCode === null
                  ? 'There is none.'
                  : `It opens your account if the password is forgotten or the server is lost. Made ${dayOf(recovery.recoveryCode.created)}.`}
              </p>
              {recovery.recoveryCode !== null && <ProvenLine {...recovery.recoveryCode} />}
              <button type="button" className="button" onClick={newCode}>
                Make a new recovery code…
              </button>
            </div>
          </section>
          <section>
            <h2>Try it out</h2>
            <DrillForm
              client={client}
              onProven={load}
              onSheet={(code) => setShown({ kind: 'sheet', code, isNew: false })}
            />
          </section>
          <section>
            <h2>Trusted contacts</h2>
            {isChoosing ? (
              <SharesForm onMake={makeShares} onCancel={() => setChoosing(false)} />
            ) : (
              <div className="settings-card">
                {recovery.shares === null ? (
                  <p>
                    You can give people whom you trust one share each. Some of them together open your account again;
                    one alone can do nothing.
                  </p>
                ) : (
                  <>
                    <p>
                      {recovery.shares.contacts.join(', ')}: any {recovery.shares.threshold} of{' '}
                      {recovery.shares.contacts.length} open your account together. Made{' '}
                      {dayOf(recovery.shares.created)}.
                    </p>
                    <ProvenLine {...recovery.shares} />
                  </>
                )}
                <div className="recovery-actions">
                  <button type="button" className="button" onClick={() => setChoosing(true)}>
                    {recovery.shares === null ? 'Make shares…' : 'Make new shares…'}
                  </button>
                  {recovery.shares !== null && (
                    <button type="button" className="button button-danger-quiet" onClick={revokeShares}>
                      End them…
                    </button>
                  )}
                </div>
              </div>
            )}
          </section>
          <section>
            <h2>Security</h2>
            <SecurityCard recovery={recovery} onChoose={choose} onRefuse={refuse} />
          </section>
        </>
      )}
      {question !== null && <PasswordWindow question={question} onClose={() => setQuestion(null)} />}
    </div>
  )
}

function ProvenLine({ proven, isDue }: { readonly proven: string | null; readonly isDue: boolean }) {
  const when = proven === null ? 'Nobody has tried it out yet.' : `Proven to open your account ${dayOf(proven)}.`
  return (
    <p className={isDue ? 'recovery-due' : 'settings-words'}>
      {isDue ? `${when} Try it out: it has been a year.` : when}
    </p>
  )
}
