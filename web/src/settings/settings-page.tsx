// Settings: the name and signature of each address, and how the page looks.

import { useState } from 'react'
import { plainWords } from '#web/jmap/failure.ts'
import type { Identity, SetResponse } from '#web/jmap/types.ts'
import { useObserved } from '#web/mail/observable.ts'
import { preferences } from '#web/shell/preferences.ts'
import { useWorkspace } from '#web/shell/workspace.ts'
import { IconButton } from '#web/ui/icon-button.tsx'
import { RadioChoice } from './radio-choice.tsx'

function IdentityForm({ identity }: { readonly identity: Identity }) {
  const { mail, notices } = useWorkspace()
  const [name, setName] = useState(identity.name)
  const [textSignature, setSignature] = useState(identity.textSignature)
  const isChanged = name !== identity.name || textSignature !== identity.textSignature
  const save = async (): Promise<void> => {
    try {
      const update = { [identity.id]: { name, textSignature } }
      const answer = (await mail.connection.call([['Identity/set', { update }]])).of(0) as SetResponse
      const error = answer.notUpdated?.[identity.id]
      if (error !== undefined) {
        notices.problem(error.description ?? 'The server does not accept this.')
        return
      }
      mail.learnIdentities(
        mail.identities.map((other) => (other.id === identity.id ? { ...other, name, textSignature } : other)),
      )
      notices.say('Saved.')
    } catch (error) {
      notices.problem(`Not saved. ${plainWords(error)}`)
    }
  }
  return (
    <form
      className="settings-card"
      onSubmit={(event) => {
        event.preventDefault()
        void save()
      }}
    >
      <h3>{identity.email}</h3>
      <label className="field">
        <span>Your name, as others see it</span>
        <input value={name} autoComplete="name" onChange={(event) => setName(event.target.value)} />
      </label>
      <label className="field">
        <span>Signature</span>
        <textarea rows={4} value={textSignature} onChange={(event) => setSignature(event.target.value)} />
      </label>
      <button type="submit" className="button button-primary" disabled={!isChanged}>
        Save
      </button>
    </form>
  )
}

export default function SettingsPage() {
  const { mail, router, view } = useWorkspace()
  useObserved(mail)
  useObserved(preferences)
  const { choices } = preferences
  return (
    <div className="settings-inner">
      <header className="settings-head">
        <IconButton
          icon="back"
          label="Back to mail"
          onClick={() => router.go({ kind: 'mailbox', mailbox: null, thread: null })}
        />
        <IconButton icon="menu" label="Mailboxes" className="sidebar-opener" onClick={() => view.showSidebar(true)} />
        <h1>Settings</h1>
      </header>
      <section>
        <h2>Sending</h2>
        {mail.identities.map((identity) => (
          <IdentityForm key={identity.id} identity={identity} />
        ))}
      </section>
      <section>
        <h2>Recovery</h2>
        <div className="settings-card">
          <p className="settings-words">
            The recovery code and its sheet, shares for people whom you trust, and whether the operator can open your
            account.
          </p>
          <button type="button" className="button" onClick={() => router.go({ kind: 'recovery' })}>
            Recovery
          </button>
        </div>
      </section>
      <section>
        <h2>Passwords and keys</h2>
        <div className="settings-card">
          <p className="settings-words">
            What opens your mail: your password, passkeys, passwords for single programs, the recovery code.
          </p>
          <button type="button" className="button" onClick={() => router.go({ kind: 'passwords' })}>
            Passwords and keys
          </button>
        </div>
      </section>
      <section>
        <h2>Integrity</h2>
        <div className="settings-card">
          <p className="settings-words">
            Whether your mail store is still the one that this browser saw, and what was found.
          </p>
          <button type="button" className="button" onClick={() => view.show({ kind: 'integrity' })}>
            Integrity
          </button>
        </div>
      </section>
      <section>
        <h2>This browser</h2>
        <div className="settings-card">
          <RadioChoice
            legend="Colours"
            value={choices.theme}
            options={[
              ['system', 'As the system'],
              ['light', 'Light'],
              ['dark', 'Dark'],
            ]}
            onChange={(theme) => preferences.choose({ theme })}
          />
          <RadioChoice
            legend="Open conversations"
            value={choices.readingPane}
            options={[
              ['beside', 'Beside the list'],
              ['instead', 'In its place'],
            ]}
            onChange={(readingPane) => preferences.choose({ readingPane })}
          />
          <RadioChoice
            legend="Show messages"
            value={choices.html}
            options={[
              ['text', 'As text first'],
              ['formatted', 'Formatted first'],
            ]}
            onChange={(html) => preferences.choose({ html })}
          />
          <p className="settings-words">
            Formatted messages run no scripts and fetch nothing: nobody learns from them that you read. Pictures from
            elsewhere stay away.
          </p>
        </div>
      </section>
    </div>
  )
}
