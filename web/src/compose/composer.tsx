// Writing a message. It lies over the page without keeping it from use, so that one can read while one writes.

import { useEffect, useRef, useState } from 'react'
import { useObserved } from '#web/mail/observable.ts'
import { useWorkspace } from '#web/shell/workspace.ts'
import { Icon } from '#web/ui/icon.tsx'
import { IconButton } from '#web/ui/icon-button.tsx'
import { AddressField } from './address-field.tsx'
import { parseAddresses } from './addresses.ts'
import { AttachmentList } from './attachment-list.tsx'
import type { Draft, Saving } from './draft.ts'

const SAVING: Readonly<Record<Saving, string>> = {
  unchanged: '',
  changed: 'Not saved yet',
  saving: 'Saving …',
  saved: 'Saved in Drafts',
  failed: 'Not saved',
}

export default function Composer({ draft }: { readonly draft: Draft }) {
  const { composing, mail, notices, view } = useWorkspace()
  useObserved(draft)
  const { fields, saving, attachments } = draft
  const [hasCopies, setCopies] = useState(fields.cc.length + fields.bcc.length > 0)
  // A field's own text lives here, for the caret's sake: it has to be there in the same moment as the key.
  const [subject, setSubject] = useState(fields.subject)
  const [body, setBody] = useState(fields.text)
  const [isWide, setWide] = useState(false)
  const [isDropping, setDropping] = useState(false)
  const pending = useRef({ to: '', cc: '', bcc: '' })
  const picker = useRef<HTMLInputElement>(null)
  const text = useRef<HTMLTextAreaElement>(null)
  const isReply = draft.answered?.keyword === '$answered'

  useEffect(() => {
    const area = text.current
    if (area === null || !isReply) return
    area.focus()
    area.setSelectionRange(0, 0)
    area.scrollTop = 0
  }, [draft, isReply])

  useEffect(() => {
    const save = (): void => void (document.visibilityState === 'hidden' && draft.save())
    document.addEventListener('visibilitychange', save)
    return () => document.removeEventListener('visibilitychange', save)
  }, [draft])

  const send = (): void => {
    const typed = Object.values(pending.current).find(
      (value) => value.trim() !== '' && parseAddresses(value).rest !== '',
    )
    if (typed !== undefined) notices.problem(`“${typed.trim()}” is no address.`)
    else if (draft.recipients.length === 0 && Object.values(pending.current).every((value) => value.trim() === ''))
      notices.problem('Say to whom it goes first.')
    else if (attachments.isUploading) notices.problem('An attachment is still on its way.')
    else if (fields.subject.trim() === '')
      view.show({
        kind: 'question',
        question: {
          title: 'Send without a subject?',
          text: 'The message has no subject line.',
          action: 'Send',
          isDangerous: false,
          onYes: () => void composing.send(),
        },
      })
    else void composing.send()
  }
  const drop = (files: FileList): void => {
    if (files.length > 0) attachments.add(files)
  }
  const address = (key: 'to' | 'cc' | 'bcc', label: string, hasFocus = false) => (
    <AddressField
      label={label}
      addresses={fields[key]}
      people={composing.people}
      hasFocus={hasFocus}
      onChange={(addresses) => draft.change({ [key]: addresses })}
      onPending={(value) => (pending.current[key] = value)}
    />
  )
  return (
    <section
      className={`composer ${isWide ? 'composer-wide' : ''} ${isDropping ? 'composer-dropping' : ''}`}
      aria-label="New message"
      onKeyDown={(event) => {
        if (event.key === 'Escape') void composing.close()
        else if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) send()
        else return
        event.preventDefault()
      }}
      onDragOver={(event) => {
        if (!event.dataTransfer.types.includes('Files')) return
        event.preventDefault()
        setDropping(true)
      }}
      onDragLeave={() => setDropping(false)}
      onDrop={(event) => {
        event.preventDefault()
        setDropping(false)
        drop(event.dataTransfer.files)
      }}
    >
      <header className="composer-head">
        <h2>{fields.subject.trim() === '' ? 'New message' : fields.subject}</h2>
        <span className={`saving saving-${saving}`} role="status" title={draft.problem ?? undefined}>
          {SAVING[saving]}
        </span>
        <IconButton
          icon="open"
          label={isWide ? 'Smaller' : 'Larger'}
          className="composer-size"
          onClick={() => setWide(!isWide)}
        />
        <IconButton icon="close" label="Close, and keep in Drafts" onClick={() => void composing.close()} />
      </header>
      <div className="composer-fields">
        {mail.identities.length > 1 && (
          <div className="address-field">
            <label htmlFor="compose-from">From</label>
            <select
              id="compose-from"
              value={draft.identity?.id}
              onChange={(event) => {
                const identity = mail.identities.find(({ id }) => id === event.target.value)
                if (identity !== undefined) draft.sendAs(identity)
              }}
            >
              {mail.identities.map(({ id, name, email }) => (
                <option key={id} value={id}>
                  {name === '' ? email : `${name} <${email}>`}
                </option>
              ))}
            </select>
          </div>
        )}
        <div className="composer-to">
          {address('to', 'To', !isReply)}
          {!hasCopies && (
            <button type="button" className="link-button" onClick={() => setCopies(true)}>
              Cc, Bcc
            </button>
          )}
        </div>
        {hasCopies && address('cc', 'Cc')}
        {hasCopies && address('bcc', 'Bcc')}
        <div className="address-field">
          <label htmlFor="compose-subject">Subject</label>
          <input
            id="compose-subject"
            value={subject}
            onChange={(event) => {
              setSubject(event.target.value)
              draft.change({ subject: event.target.value })
            }}
          />
        </div>
      </div>
      <textarea
        ref={text}
        className="composer-text"
        aria-label="Message"
        value={body}
        spellCheck
        onChange={(event) => {
          setBody(event.target.value)
          draft.change({ text: event.target.value })
        }}
        onPaste={(event) => {
          if (event.clipboardData.files.length === 0 || event.clipboardData.types.includes('text/plain')) return
          event.preventDefault()
          drop(event.clipboardData.files)
        }}
      />
      <AttachmentList attachments={attachments} />
      <footer className="composer-foot">
        <button type="button" className="button button-primary" onClick={send} title="Send (Ctrl+Enter)">
          <Icon name="send" />
          Send
        </button>
        <IconButton icon="attach" label="Attach files" onClick={() => picker.current?.click()} />
        <input
          ref={picker}
          type="file"
          multiple
          hidden
          onChange={(event) => {
            if (event.target.files !== null) drop(event.target.files)
            event.target.value = ''
          }}
        />
        <span className="spacer" />
        <IconButton icon="trash" label="Discard" onClick={() => void composing.discard()} />
      </footer>
      {isDropping && <div className="drop-hint">Drop files to attach them</div>}
    </section>
  )
}
