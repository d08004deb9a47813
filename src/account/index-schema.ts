// The tables of the index. There is no migration: an index of another version is made again from the log.
//
// Content is kept by record (the `mail` record's sequence number) and not by e-mail: it follows from the record alone, may be written
// before any e-mail was made of it, and copies share it.

import type { AccountId } from '#base/ids.ts'
import { type IndexDatabase, IndexDamagedError } from './index-database.ts'

/** Raised with every change of these tables, or of how their content follows from the log. */
const SCHEMA_VERSION = 7

const TABLES = `
CREATE TABLE identity (version INTEGER NOT NULL, account TEXT NOT NULL);

-- One row: up to where in the log, and the counters of the fold. See position-store.ts.
CREATE TABLE position (
  id INTEGER PRIMARY KEY CHECK (id = 1), next INTEGER NOT NULL,
  segment INTEGER NOT NULL, offset INTEGER NOT NULL, head BLOB,
  journal_seq INTEGER NOT NULL, counter INTEGER NOT NULL, previous BLOB NOT NULL,
  next_email INTEGER NOT NULL, next_mailbox INTEGER NOT NULL, uid_validity INTEGER NOT NULL,
  emails INTEGER NOT NULL,
  latest_mailboxes INTEGER NOT NULL, latest_emails INTEGER NOT NULL, latest_threads INTEGER NOT NULL,
  frontier BLOB, marks INTEGER, mark_seq INTEGER, mark_size INTEGER
);

-- The state of the fold. See state-store.ts.
CREATE TABLE mailbox (
  id INTEGER PRIMARY KEY, parent INTEGER, name TEXT NOT NULL, role TEXT, subscribed INTEGER NOT NULL,
  sort_order INTEGER NOT NULL, uid_validity INTEGER NOT NULL, uid_next INTEGER NOT NULL,
  modseq INTEGER NOT NULL, highest_modseq INTEGER NOT NULL
);
CREATE TABLE chunk (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL);
CREATE TABLE flag_set (id INTEGER PRIMARY KEY, keywords TEXT NOT NULL);
CREATE TABLE setting (key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
-- E-mails that JMAP's clients do not see any more, or again: see visibility.ts. threads: 4 bytes of each, low ones first; null if each is its own.
CREATE TABLE visibility (
  modseq INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, kind INTEGER NOT NULL, threads BLOB
);
CREATE INDEX visibility_modseq ON visibility (modseq);
-- When memberships began. See arrival-store.ts.
CREATE TABLE arrival (
  mailbox INTEGER NOT NULL, first INTEGER NOT NULL, second INTEGER NOT NULL, PRIMARY KEY (mailbox, first)
) WITHOUT ROWID;
-- UIDs whose memberships ended. See vanished-store.ts.
CREATE TABLE vanished (
  mailbox INTEGER NOT NULL, modseq INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, PRIMARY KEY (mailbox, modseq, first)
) WITHOUT ROWID;
CREATE TABLE destroyed_mailbox (id INTEGER PRIMARY KEY, modseq INTEGER NOT NULL);

-- Every mail record. email: null for new mail, 0 for one that was filed nowhere, else the first e-mail. See mail-store.ts.
CREATE TABLE mail (
  record INTEGER PRIMARY KEY, segment INTEGER NOT NULL, offset INTEGER NOT NULL, head BLOB NOT NULL, email INTEGER
);
CREATE INDEX mail_new ON mail (record) WHERE email IS NULL;
CREATE TABLE copy (email INTEGER PRIMARY KEY, record INTEGER NOT NULL);
CREATE TABLE orphan (first INTEGER PRIMARY KEY, last INTEGER NOT NULL);

-- Records that the log has released, and what it is still to say: kept 0 to release, 1 to keep again. See releases.ts.
CREATE TABLE released (first INTEGER PRIMARY KEY, last INTEGER NOT NULL);
CREATE TABLE owed (first INTEGER NOT NULL, last INTEGER NOT NULL, kept INTEGER NOT NULL);

-- What is derived from a message. See content-store.ts. The records that e-mails were made of, but that nobody opened yet, are in missing.
CREATE TABLE missing (record INTEGER PRIMARY KEY);
CREATE TABLE content (
  record INTEGER PRIMARY KEY, size INTEGER NOT NULL, payload_offset INTEGER NOT NULL,
  payload_key BLOB, parts BLOB NOT NULL, summary TEXT NOT NULL
);
-- Those whose content is of the notice that stands for a damaged record.
CREATE TABLE damaged (record INTEGER PRIMARY KEY);
CREATE TABLE envelope (record INTEGER PRIMARY KEY, bytes BLOB NOT NULL);
CREATE TABLE structure (record INTEGER PRIMARY KEY, extended BLOB NOT NULL, plain BLOB NOT NULL);
CREATE TABLE header (record INTEGER PRIMARY KEY, bytes BLOB NOT NULL);
CREATE TABLE sort_key (
  record INTEGER PRIMARY KEY, subject TEXT NOT NULL, from_box TEXT NOT NULL, to_box TEXT NOT NULL, cc_box TEXT NOT NULL,
  from_name TEXT NOT NULL, to_name TEXT NOT NULL, sent INTEGER, zone INTEGER NOT NULL
);
CREATE TABLE thread_reference (hash INTEGER NOT NULL, record INTEGER NOT NULL, PRIMARY KEY (hash, record)) WITHOUT ROWID;

-- Search. See word-index.ts and substring-index.ts. The text is folded: see searched-text.ts. Content that is not there yet is in text_backlog.
CREATE TABLE text_backlog (record INTEGER PRIMARY KEY);
CREATE TABLE search_text (
  record INTEGER PRIMARY KEY, subject TEXT NOT NULL, sender TEXT NOT NULL, recipient TEXT NOT NULL, cc TEXT NOT NULL,
  bcc TEXT NOT NULL, body TEXT NOT NULL, attachment TEXT NOT NULL
);
CREATE VIRTUAL TABLE word USING fts5 (
  subject, sender, recipient, cc, bcc, body, attachment,
  content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2'
);
CREATE TABLE signature (record INTEGER PRIMARY KEY, bits BLOB NOT NULL);
CREATE TABLE signature_block (block INTEGER PRIMARY KEY, records BLOB NOT NULL);
CREATE TABLE signature_row (id INTEGER PRIMARY KEY, slices BLOB NOT NULL);
INSERT INTO word (word, rank) VALUES ('automerge', 8);
-- Two of its pages in one of ours, of which 64 bytes are nonce and seal: of the default size, 4,050 bytes, most pairs do not fit.
INSERT INTO word (word, rank) VALUES ('pgsz', 4000);
`

/** Creates the tables in a new file; checks in another that they are of this version, and of this account. */
export function prepareSchema(database: IndexDatabase, account: AccountId): void {
  const tables = database.read('SELECT count(*) FROM sqlite_master').get()
  if (tables?.[0] === 0) {
    database.exec(`BEGIN; ${TABLES} COMMIT`)
    database.write('INSERT INTO identity (version, account) VALUES (?, ?)').run(SCHEMA_VERSION, account)
    database.commit()
    return
  }
  const identity = database.read('SELECT version, account FROM identity').get()
  if (identity?.[0] !== SCHEMA_VERSION) throw new IndexDamagedError('the index is of another version')
  if (identity[1] !== account) throw new IndexDamagedError('the index is of another account')
}
