// What a message may ask of its reader. A message beyond a limit is still read: what lies beyond becomes one opaque part
// (`parse.ts`), is left out of a rendering, or is cut, and every offset stays right. Ordinary mail is far below all of them.

export interface ParseLimits {
  /** Levels of multipart and message/rfc822 below the message itself. */
  readonly depth: number
  /** Parts of the whole message, containers included. */
  readonly parts: number
  /** Bytes of one entity's header that are looked at for MIME fields. */
  readonly headerBytes: number
}

export const DEFAULT_PARSE_LIMITS: ParseLimits = { depth: 100, parts: 10_000, headerBytes: 1 << 20 }

/** Bytes of a header that are searched for its fields when a message is summed up or rendered. */
export const HEADER_BYTES_MAX = 1 << 20

/** Bytes of one structured field that are parsed. */
export const FIELD_BYTES_MAX = 1 << 18

/** Parameters of one Content-Type or Content-Disposition field, before continuations are joined. */
export const PARAMETERS_MAX = 200

/** Bytes of a boundary. RFC 2046 §5.1.1 allows 70; some senders write more. */
export const BOUNDARY_BYTES_MAX = 250

/** Mailboxes and groups of one address field. */
export const ADDRESSES_MAX = 10_000

/** Message identifiers of one field. */
export const MESSAGE_IDS_MAX = 1000
