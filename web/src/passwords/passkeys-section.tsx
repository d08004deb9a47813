// Passkeys on the page of passwords and keys: those that there are, and making one, where that can work.

import { formatMoment } from '#web/integrity/moment.ts'
import { passkeysHere } from '#web/passkeys/here.ts'
import type { PasskeyPlace } from '#web/passkeys/place.ts'
import type { KeySlot } from './key-slot.ts'
import { passkeyInWords, refusalInWords, usesInWords } from './slot-words.ts'

export interface PasskeysSectionProps {
  readonly passkeys: readonly KeySlot[]
  readonly onNew: () => void
  readonly onRevoke: (slot: KeySlot) => void
}

export function PasskeysSection({ passkeys, onNew, onRevoke }: PasskeysSectionProps) {
  const place = passkeysHere()
  return (
    <section aria-labelledby="passkeys">
      <div className="passwords-head">
        <h2 id="passkeys">Passkeys</h2>
        {place.kind === 'works' && (
          <button type="button" className="button button-primary" onClick={onNew}>
            New passkey
          </button>
        )}
      </div>
      <p className="settings-words">
        A security key, your phone or a password manager opens your mail in place of your password: nobody can guess it,
        or get it out of you with a page that looks like this one.
      </p>
      {place.kind !== 'works' && <NotHere place={place} />}
      {passkeys.length === 0 ? (
        place.kind === 'works' && <p>There is none yet.</p>
      ) : (
        <ul className="slot-list">
          {passkeys.map((slot) => (
            <PasskeyRow key={slot.id} slot={slot} onRevoke={() => onRevoke(slot)} />
          ))}
        </ul>
      )}
    </section>
  )
}

function NotHere({ place }: { readonly place: Exclude<PasskeyPlace, { kind: 'works' }> }) {
  if (place.kind === 'browser') return <p>This browser has no passkeys.</p>
  if (place.url === null) return <p>Browsers bind passkeys to a name: open this page by the name of your server.</p>
  return (
    <p>
      Browsers bind passkeys to a name, and this page was opened by a number. Open it as{' '}
      <a href={place.url}>{new URL(place.url).host}</a> to make or use one.
    </p>
  )
}

function PasskeyRow({ slot, onRevoke }: { readonly slot: KeySlot; readonly onRevoke: () => void }) {
  const refusal = refusalInWords(slot)
  const name = slot.label ?? 'Passkey'
  return (
    <li className="slot-row">
      <div className="slot-words">
        <h3>{name}</h3>
        <p>{passkeyInWords(slot)}</p>
        <p className="settings-words">
          {usesInWords(slot)} · made {formatMoment(slot.created)}
        </p>
        {refusal !== null && <p className="slot-warning">{refusal}</p>}
        {!slot.isAuthentic && (
          <p className="slot-warning">This was not written by anybody who had opened your mail. It opens nothing.</p>
        )}
      </div>
      <button type="button" className="button button-danger-quiet" aria-label={`Revoke ${name}`} onClick={onRevoke}>
        Revoke
      </button>
    </li>
  )
}
