import type { PostingContext, PostingFacts } from '../db/posting.ts'
import type { CommentPolicy, CommentSettings, CommentStatus, StatusReason } from '../domain/comment.ts'
import { AppError, atFault } from '../lib/errors.ts'
import type { NextAction } from '../shapes/comments.ts'
import type { Commenter } from './comment-authors.ts'
import type { FormToken } from './form-tokens.ts'

/** All that the rules know of a comment that comes in, whether new or edited. They ask nobody and change nothing. */
export interface Submission {
  settings: CommentSettings
  context: PostingContext
  facts: PostingFacts
  author: Commenter
  policy: Exclude<CommentPolicy, 'closed'>
  links: number
  /** Of the word lists, in the words or in the name. */
  words: { banned: boolean; suspect: boolean }
  /** Something stands in the field that people do not see. */
  honeypot: boolean
  /** Undefined where the form sent none. */
  formToken?: FormToken | undefined
  proof?: { ok: boolean } | undefined
}

/** What the rules say of a comment that is taken: its state, the reason that decided, and all that was found. */
export interface Verdict {
  status: Extract<CommentStatus, 'approved' | 'pending' | 'rejected' | 'spam'>
  reason: StatusReason
  reasons: StatusReason[]
}

/** Seconds in which the same words are a second click and not a second comment: comments.md, rule 3. */
export const DOUBLE_CLICK = 15

/** Milliseconds that a person takes for a form at least: comments.md, rule 18. */
const FORM_TIME = 3000

/** Decisions about an author that make a record: comments.md, rule 7. */
const RECORD = 3

type Refusal = (submission: Submission) => AppError | undefined

const banned: Refusal = ({ facts: { bannedUntil } }) =>
  bannedUntil === null
    ? undefined
    : new AppError('COMMENTER_BANNED', { extra: { until: new Date(bannedUntil).toISOString() } })

/** Which comments are not taken, and leave no row. In order; the first throws. */
const REFUSALS: readonly Refusal[] = [
  banned,
  ({ settings, facts: { twin } }) =>
    twin && settings.twinHours > 0
      ? new AppError('COMMENT_DUPLICATE', { extra: { duplicateOf: twin.id, ...act('edit_text') } })
      : undefined,
  ({ settings: { pauseSeconds }, facts }) => within(pauseSeconds, facts.lastOfAuthor),
  ({ settings: { perMinute }, facts }) => crowded(perMinute, 60, facts.ofNetwork),
  ({ settings: { perHour }, facts }) => crowded(perHour, 3600, facts.ofNetwork),
  ({ settings: { articlePerMinute }, facts }) =>
    articlePerMinute > 0 ? within(60, facts.ofArticle) : undefined,
  ({ settings, formToken }) => {
    if (settings.formToken === 'off' || formToken?.ok) return undefined
    if (formToken) return failed('/formToken', `is ${formToken.fault}`, 'reload_form')
    return settings.formToken === 'required'
      ? failed('/formToken', 'is required: GET …/comment-policy?form=true', 'reload_form')
      : undefined
  },
  (submission) =>
    mustProve(submission) && !submission.proof?.ok
      ? failed(
          '/proof',
          submission.proof ? 'solves no challenge of this article' : 'is required',
          'solve_challenge',
        )
      : undefined,
]

/** @throws the first refusal, with what may be done about it. Staff meets none of them. */
export function refuse(submission: Submission): void {
  if (submission.author.staff) return
  for (const rule of REFUSALS) {
    const refusal = rule(submission)
    if (refusal) throw refusal
  }
}

/** @throws COMMENTER_BANNED: for an edit, which no limit acts on. */
export function refuseBanned(submission: Submission): void {
  const refusal = banned(submission)
  if (refusal) throw refusal
}

/** Whether a challenge has to be solved for this comment. */
export const mustProve = ({ settings, ...submission }: Submission): boolean =>
  settings.proofOfWork === 'all' ||
  (settings.proofOfWork === 'unknown' && !isKnown({ settings, ...submission }))

/** Another comment is admitted once this one is out of the window; both in seconds. */
function within(window: number, age: number | null | undefined): AppError | undefined {
  return age != null && age < window ? tooFast(window - Math.max(0, age)) : undefined
}

/** @param ages of comments, the youngest first. */
const crowded = (limit: number, window: number, ages: readonly number[]): AppError | undefined =>
  within(window, ages[limit - 1])

function tooFast(wait: number): AppError {
  const seconds = Math.max(1, Math.ceil(wait))
  return new AppError('COMMENTS_TOO_FAST', {
    detail: `Another comment is taken in ${seconds} s`,
    headers: { 'retry-after': String(seconds) },
    extra: { retryAfter: seconds, ...act('wait') },
  })
}

const failed = (path: string, message: string, action: NextAction): AppError =>
  atFault('CHALLENGE_FAILED', [{ path, message }], { extra: act(action) })

const act = (nextAction: NextAction) => ({ nextAction })

type Finding = readonly [StatusReason, Verdict['status'], (submission: Submission) => boolean]

/** What may be found in a comment that is taken, and the state that it comes to by that. In order; the first decides. */
const FINDINGS: readonly Finding[] = [
  ['honeypot', 'spam', ({ honeypot }) => honeypot],
  ['banned_word', 'rejected', ({ words }) => words.banned],
  ['policy', 'pending', ({ policy }) => policy === 'held'],
  ['author_held', 'pending', ({ facts }) => facts.authorPolicy === 'held'],
  ['unknown_author', 'pending', (submission) => submission.policy === 'known' && !isKnown(submission)],
  ['suspect_word', 'pending', ({ words }) => words.suspect],
  ['reserved_name', 'pending', ({ facts }) => facts.nameReserved],
  ['links', 'pending', hasManyLinks],
  ['bad_record', 'pending', hasBadRecord],
  ['too_fast', 'pending', ({ formToken }) => formToken?.ok === true && formToken.age < FORM_TIME],
  ['site_rate', 'pending', (submission) => isSiteCrowded(submission) && !isKnown(submission)],
]

/** The verdict on a comment: pure, so that a new comment, an edit and a dry run meet the same rules. */
export function judge(submission: Submission): Verdict {
  const found = submission.author.staff ? [] : FINDINGS.filter(([, , holds]) => holds(submission))
  const [reason, status] = found[0] ?? (['accepted', 'approved'] as const)
  return { status, reason, reasons: found.map(([word]) => word) }
}

/**
 * Known are those whom a moderator made so, and who had enough comments approved, by an identity that this request
 * proves: what anybody may type makes nobody known.
 */
export function isKnown({
  settings,
  facts,
  author,
}: Pick<Submission, 'settings' | 'facts' | 'author'>): boolean {
  if (!author.proven || facts.authorPolicy === 'held') return false
  return facts.authorPolicy === 'known' || (settings.knownAfter > 0 && facts.approved >= settings.knownAfter)
}

function hasManyLinks(submission: Submission): boolean {
  const { links, linksOfKnown } = submission.settings
  const limit = isKnown(submission) ? linksOfKnown : links
  return limit > 0 && submission.links >= limit
}

function hasBadRecord({ settings: { badRecordPercent }, facts: { record } }: Submission): boolean {
  if (badRecordPercent === 0 || record.decided < RECORD) return false
  return record.rejected * 100 >= record.decided * badRecordPercent
}

function isSiteCrowded({ settings: { sitePerMinute }, facts }: Submission): boolean {
  return sitePerMinute > 0 && facts.ofSite >= sitePerMinute
}
