// The body of a message. Text comes first: it is what a message says, and it can do nothing. HTML is shown on request, or where the owner has
// chosen so; either way nothing is fetched.

import { Suspense, useEffect, useState } from 'react'
import { plainWords } from '#web/jmap/failure.ts'
import type { Email, EmailBody } from '#web/jmap/types.ts'
import { useObserved } from '#web/mail/observable.ts'
import { preferences } from '#web/shell/preferences.ts'
import { useWorkspace } from '#web/shell/workspace.ts'
import { Icon } from '#web/ui/icon.tsx'
import { AttachmentCards } from './attachment-cards.tsx'
import { hasHtml, isTruncated, readableText } from './readable-text.ts'
import { TextBody } from './text-body.tsx'
import { later } from '#web/ui/later.ts'

const HtmlBody = later(() => import('./html-body.tsx'))

interface Loaded {
  readonly body: EmailBody
  readonly text: string
}

function useBody(email: Email): { readonly loaded: Loaded | null; readonly problem: string | null } {
  const { mail } = useWorkspace()
  const [state, setState] = useState<{ loaded: Loaded | null; problem: string | null }>({ loaded: null, problem: null })
  useEffect(() => {
    let isWanted = true
    const load = async (): Promise<void> => {
      const body = await mail.body(email.id)
      const text = await readableText(body)
      if (isWanted) setState({ loaded: { body, text }, problem: null })
    }
    load().catch((error: unknown) => isWanted && setState({ loaded: null, problem: plainWords(error) }))
    return () => {
      isWanted = false
    }
  }, [mail, email.id])
  return state
}

export function MessageBody({ email }: { readonly email: Email }) {
  useObserved(preferences)
  const { loaded, problem } = useBody(email)
  const [chosen, setChosen] = useState<'text' | 'formatted' | null>(null)
  if (problem !== null) {
    return (
      <p className="body-problem" role="alert">
        {problem}
      </p>
    )
  }
  if (loaded === null) return <BodySkeleton />
  const { body, text } = loaded
  const isFormatted = hasHtml(body) && (chosen ?? preferences.choices.html) === 'formatted'
  return (
    <div className="message-body">
      {isFormatted ? (
        <Suspense fallback={<BodySkeleton />}>
          <HtmlBody body={body} />
        </Suspense>
      ) : (
        <TextBody text={text} />
      )}
      {isTruncated(body) && <p className="body-note">This message is very long; only its beginning is shown.</p>}
      {hasHtml(body) && (
        <button
          type="button"
          className="button button-quiet format-toggle"
          onClick={() => setChosen(isFormatted ? 'text' : 'formatted')}
        >
          <Icon name={isFormatted ? 'file' : 'image'} />
          {isFormatted ? 'Show as text' : 'Show formatted'}
        </button>
      )}
      <AttachmentCards body={body} />
    </div>
  )
}

function BodySkeleton() {
  return (
    <div className="body-skeleton" role="status" aria-label="Loading the message">
      <span className="bone" />
      <span className="bone bone-long" />
      <span className="bone" />
      <span className="bone bone-short" />
    </div>
  )
}
