// What is there when there is no mail.

import type { Route } from '#web/shell/route.ts'
import { useWorkspace } from '#web/shell/workspace.ts'
import { Mark } from '#web/ui/mark.tsx'

export function EmptyList({ route }: { readonly route: Route }) {
  const workspace = useWorkspace()
  const id = workspace.mailboxOf(route)
  const role = id === null ? null : workspace.mail.mailboxes.get(id)?.role
  const [title, text] = wordsFor(route, role ?? null)
  return (
    <div className="list-state">
      <Mark size={44} />
      <p className="list-state-title">{title}</p>
      <p>{text}</p>
    </div>
  )
}

function wordsFor(route: Route, role: string | null): readonly [title: string, text: string] {
  if (route.kind === 'search') {
    return ['Nothing found', 'Try fewer words. Trash and Junk are searched with in:trash, in:junk or in:anywhere.']
  }
  switch (role) {
    case 'inbox':
      return ['All done', 'New mail appears here by itself.']
    case 'drafts':
      return ['No drafts', 'What you write is kept here until it is sent.']
    case 'sent':
      return ['Nothing sent yet', 'What you send is kept here.']
    case 'trash':
      return ['Trash is empty', 'What you delete waits here first.']
    case 'junk':
      return ['No junk', 'Unwanted mail is put here.']
    case null:
    default:
      return ['Nothing here', 'Move conversations here with the key v.']
  }
}
