// Choices that belong to this browser and not to the account: how things look. Nothing in them tells of mail.

import { Observable } from '#web/mail/observable.ts'

interface Choices {
  readonly theme: 'system' | 'light' | 'dark'
  /** Beside the list where there is room, or in its place. */
  readonly readingPane: 'beside' | 'instead'
  /** How a message is shown that has HTML and no text of its own, or both. */
  readonly html: 'text' | 'formatted'
}

const KEY = 'mailkeep.preferences'
const DEFAULTS: Choices = { theme: 'system', readingPane: 'beside', html: 'text' }

function read(): Choices {
  try {
    const stored = JSON.parse(localStorage.getItem(KEY) ?? '{}') as Partial<Choices>
    return {
      theme: stored.theme === 'light' || stored.theme === 'dark' ? stored.theme : DEFAULTS.theme,
      readingPane: stored.readingPane === 'instead' ? 'instead' : DEFAULTS.readingPane,
      html: stored.html === 'formatted' ? 'formatted' : DEFAULTS.html,
    }
  } catch {
    return DEFAULTS
  }
}

class Preferences extends Observable {
  #choices = read()

  get choices(): Choices {
    return this.#choices
  }

  choose(choices: Partial<Choices>): void {
    this.#choices = { ...this.#choices, ...choices }
    try {
      localStorage.setItem(KEY, JSON.stringify(this.#choices))
    } catch {
      // Where nothing can be stored it holds until the page is left.
    }
    this.apply()
    this.changed()
  }

  apply(): void {
    const { theme, readingPane } = this.#choices
    const { dataset } = document.documentElement
    if (theme === 'system') delete dataset['theme']
    else dataset['theme'] = theme
    dataset['pane'] = readingPane
  }
}

export const preferences = new Preferences()
