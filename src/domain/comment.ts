/** Vocabulary of comments, as core speaks it and both faces send it. */

export const COMMENT_STATUSES = ['pending', 'approved', 'rejected', 'spam', 'deleted', 'erased'] as const
export type CommentStatus = (typeof COMMENT_STATUSES)[number]

/** Why a comment stands as it stands. */
export const STATUS_REASONS = [
  'accepted',
  'policy',
  'unknown_author',
  'author_held',
  'suspect_word',
  'banned_word',
  'links',
  'bad_record',
  'reserved_name',
  'too_fast',
  'site_rate',
  'check_unavailable',
  'check_passed',
  'honeypot',
  'provider',
  'flags',
  'expired',
  'moderator',
  'off_topic',
  'abusive',
  'illegal',
  'personal_data',
  'advertising',
  'undone',
  'withdrawn',
  'erased',
  'imported',
  'sandbox',
] as const
export type StatusReason = (typeof STATUS_REASONS)[number]

export const COMMENT_POLICIES = ['open', 'known', 'held', 'closed'] as const
export type CommentPolicy = (typeof COMMENT_POLICIES)[number]

/** What moderators decided for all that an author writes: passes as known, or is held. */
export const AUTHOR_POLICIES = ['known', 'held'] as const
export type AuthorPolicy = (typeof AUTHOR_POLICIES)[number]

/** What a ban is tied to. */
export const BAN_KINDS = ['author', 'network', 'email_domain'] as const
export type BanKind = (typeof BAN_KINDS)[number]

/** What a reader may report a comment for. */
export const REPORT_REASONS = [
  'off_topic',
  'abusive',
  'illegal',
  'personal_data',
  'advertising',
  'other',
] as const
export type ReportReason = (typeof REPORT_REASONS)[number]

/** What became of a report: the comment went, or it stayed. */
export const REPORT_RESOLUTIONS = ['upheld', 'dismissed'] as const
export type ReportResolution = (typeof REPORT_RESOLUTIONS)[number]

export const FORM_TOKEN_RULES = ['off', 'optional', 'required'] as const
export const PROOF_OF_WORK_RULES = ['off', 'unknown', 'all'] as const

/** The rules of a site in numbers; 0 switches a limit off. What each means: docs/comments.md. */
export interface CommentSettings {
  policy: CommentPolicy
  closeAfterDays: number
  pauseSeconds: number
  /** Of one network. */
  perMinute: number
  perHour: number
  articlePerMinute: number
  sitePerMinute: number
  twinHours: number
  links: number
  linksOfKnown: number
  knownAfter: number
  badRecordPercent: number
  editSeconds: number
  depth: number
  uniform: boolean
  formToken: (typeof FORM_TOKEN_RULES)[number]
  proofOfWork: (typeof PROOF_OF_WORK_RULES)[number]
  /** Votes of those for whom nobody vouches. */
  deviceVotes: boolean
  /** Proven reporters. */
  reportsToHold: number
}
