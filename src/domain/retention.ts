/** Days that things are kept; 0 for ever. */
export interface Retention {
  /** A comment that waits for a moderator, until it is rejected as expired. */
  pending: number
  /** The words of comments in these states, from the decision on. */
  spam: number
  rejected: number
  deleted: number
  /** The network of a comment, and the keys that were made of it. */
  network: number
}

export const DEFAULT_RETENTION: Retention = { pending: 30, spam: 15, rejected: 180, deleted: 30, network: 30 }

/** Hours that the key of a request is remembered, and that a batch of decisions may be undone. */
export const KEPT_HOURS = 24
/** Days that a ban is shown after its end. */
export const BAN_KEPT_DAYS = 30
