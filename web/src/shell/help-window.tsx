// All keys.

import { DialogWindow } from '#web/ui/dialog-window.tsx'
import { shortcuts } from './shortcuts.ts'

const NAMES: Readonly<Record<string, string>> = { ArrowDown: '↓', ArrowUp: '↑', Escape: 'Esc', Delete: 'Del' }

export default function HelpWindow({ onClose }: { readonly onClose: () => void }) {
  const groups = ['Moving about', 'Conversations', 'Writing'] as const
  return (
    <DialogWindow title="Keys" className="dialog-wide" onClose={onClose}>
      <div className="keys">
        {groups.map((group) => (
          <section key={group}>
            <h3>{group}</h3>
            <dl>
              {shortcuts
                .filter((shortcut) => shortcut.group === group)
                .map(({ keys, label }) => (
                  <div key={label} className="keys-line">
                    <dt>{label}</dt>
                    <dd>
                      {keys.map((key) => (
                        <span key={key}>
                          {key.split(' ').map((part) => (
                            <kbd key={part}>{NAMES[part] ?? part}</kbd>
                          ))}
                        </span>
                      ))}
                    </dd>
                  </div>
                ))}
              {group === 'Writing' && (
                <div className="keys-line">
                  <dt>Send</dt>
                  <dd>
                    <span>
                      <kbd>Ctrl</kbd>
                      <kbd>Enter</kbd>
                    </span>
                  </dd>
                </div>
              )}
            </dl>
          </section>
        ))}
      </div>
    </DialogWindow>
  )
}
