/** Vocabulary of comments, as core speaks it and both faces send it. */

export const COMMENT_STATUSES = ['pending', 'approved', 'rejected', 'spam', 'deleted', 'erased'] as const
export type CommentStatus = (typeof COMMENT_STATUSES)[number]

/** Why a comment stands as it stands. Values for rules that come later are listed so that stored rows outlive them. */
export const STATUS_REASONS = [
  'accepted',
  'policy',
  'unknown_author',
  'suspect_word',
  'banned_word',
  'links',
  'bad_record',
  'check_unavailable',
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
  'withdrawn',
  'erased',
  'imported',
] as const
export type StatusReason = (typeof STATUS_REASONS)[number]

export const COMMENT_POLICIES = ['open', 'known', 'held', 'closed'] as const
export type CommentPolicy = (typeof COMMENT_POLICIES)[number]
