// The webmail in Debian's Chromium, on a whole Mailkeep. Its tests are in webmail/, and share both: to start them takes longer than most tests do.

import './webmail/daily.ts'
import './webmail/many-messages.ts'
import './webmail/accessibility.ts'
import './webmail/past.ts'
import './webmail/recovery.ts'
import './webmail/passwords.ts'
import './webmail/interruptions.ts'
