import type { CommentPolicy, CommentStatus, StatusReason } from '../domain/comment.ts'
import { invalid } from '../lib/errors.ts'
import { cleanBody, cleanName } from '../lib/rich-text/clean-text.ts'
import { type RenderedComment, renderComment } from '../lib/rich-text/comment.ts'
import { cleanHttpUrl } from '../lib/text.ts'

/** comments.md, rules 4, 5, 10. */
export const LIMITS = {
  bodyLength: 5000,
  bodyBytes: 20 * 1024,
  nameLength: 80,
  depth: 5,
  linksFromUnknown: 2,
  editWindowSeconds: 300,
} as const

export interface CommentText extends RenderedComment {
  source: string
}

/** @throws VALIDATION_FAILED. @returns the text to store and its rendering. */
export function readBody(body: string): CommentText {
  const source = cleanBody(body)
  if (source === '') throw invalid('/body', 'must not be empty')
  // before the parser sees it: its worst cases are bounded by size
  if (Buffer.byteLength(source) > LIMITS.bodyBytes)
    throw invalid('/body', `must not exceed ${LIMITS.bodyBytes} bytes in UTF-8`)
  return { source, ...renderComment(source) }
}

const NAME_FAULTS = {
  bidi_control: 'must not turn the direction of the text',
  control: 'must not contain control characters',
  tag: 'must not contain tag characters',
  invisible: 'must contain something visible',
}

/** @throws VALIDATION_FAILED. One rule for names, wherever they come in. */
export function readName(name: string, path = '/author/name'): string {
  const cleaned = cleanName(name)
  if ('reason' in cleaned) throw invalid(path, NAME_FAULTS[cleaned.reason])
  return cleaned.value
}

/** @throws VALIDATION_FAILED. */
export function readUrl(url: string | null | undefined): string | null {
  if (url === null || url === undefined || url.trim() === '') return null
  const cleaned = cleanHttpUrl(url)
  if (!cleaned) throw invalid('/author/url', 'must be an http or https address without credentials')
  return cleaned
}

export interface Verdict {
  status: Extract<CommentStatus, 'approved' | 'pending'>
  reason: StatusReason
}

/** What the rules know of a comment that comes in, whether new or edited. */
export interface Submission {
  policy: Exclude<CommentPolicy, 'closed'>
  /** Moderators and staff: their words pass without the rules of content. */
  trusted: boolean
  links: number
}

type Rule = (submission: Submission) => StatusReason | undefined

/** In order; the first that holds a comment gives the reason. */
const HOLDING_RULES: readonly Rule[] = [
  ({ policy }) => (policy === 'held' ? 'policy' : undefined),
  // nobody without an account has a proven identity, so nobody is known yet
  ({ policy }) => (policy === 'known' ? 'unknown_author' : undefined),
  ({ links }) => (links >= LIMITS.linksFromUnknown ? 'links' : undefined),
]

/** The verdict on a comment: pure, so that a new comment and an edit meet the same rules. */
export function judge(submission: Submission): Verdict {
  if (submission.trusted) return { status: 'approved', reason: 'accepted' }
  for (const rule of HOLDING_RULES) {
    const reason = rule(submission)
    if (reason) return { status: 'pending', reason }
  }
  return { status: 'approved', reason: 'accepted' }
}
