// A question before what cannot be undone.

import { AlertDialog } from '@base-ui/react/alert-dialog'

export interface Question {
  readonly title: string
  readonly text: string
  readonly action: string
  readonly isDangerous: boolean
  readonly onYes: () => void
}

export function ConfirmDialog({ question, onClose }: { readonly question: Question; readonly onClose: () => void }) {
  return (
    <AlertDialog.Root open onOpenChange={(open) => !open && onClose()}>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className="backdrop" />
        <AlertDialog.Popup className="dialog dialog-small">
          <AlertDialog.Title className="dialog-title">{question.title}</AlertDialog.Title>
          <AlertDialog.Description className="dialog-text">{question.text}</AlertDialog.Description>
          <div className="dialog-actions">
            <AlertDialog.Close className="button">Cancel</AlertDialog.Close>
            <button
              type="button"
              className={question.isDangerous ? 'button button-danger' : 'button button-primary'}
              onClick={() => {
                onClose()
                question.onYes()
              }}
            >
              {question.action}
            </button>
          </div>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  )
}
