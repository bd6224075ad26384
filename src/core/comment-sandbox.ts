import { AppError, type ErrorCode, invalid } from '../lib/errors.ts'
import type { Verdict } from './comment-rules.ts'

/**
 * Words that bring about a verdict, for who tries out an integration with a test key: docs/comments.md. They mean nothing
 * in real comments.
 */
const VERDICTS: Record<string, Verdict['status']> = {
  'test:approved': 'approved',
  'test:pending': 'pending',
  'test:rejected': 'rejected',
  'test:spam': 'spam',
}

const REFUSALS: Record<string, [ErrorCode, Record<string, unknown>?]> = {
  'test:closed': ['COMMENTS_CLOSED', { closedAt: null }],
  'test:banned': ['COMMENTER_BANNED', { until: '2100-01-01T00:00:00.000Z' }],
  'test:duplicate': ['COMMENT_DUPLICATE', { nextAction: 'edit_text' }],
  'test:429': ['COMMENTS_TOO_FAST', { retryAfter: 15, nextAction: 'wait' }],
  'test:challenge': ['CHALLENGE_FAILED', { nextAction: 'solve_challenge' }],
  'test:unavailable': ['UNAVAILABLE'],
}

/** Every word that means something here, for the documentation and its test. */
export const SANDBOX_WORDS: readonly string[] = [...Object.keys(VERDICTS), ...Object.keys(REFUSALS)]

/**
 * @returns the verdict that these words ask for; live where they ask for none. @throws the refusal that they ask for;
 * VALIDATION_FAILED for a word that is almost one.
 */
export function sandboxVerdict(source: string): Verdict {
  const word = /\btest:[a-z0-9]+\b/.exec(source)?.[0] ?? ''
  const refusal = REFUSALS[word]
  if (refusal) {
    const [code, extra = {}] = refusal
    const wait = extra['retryAfter']
    throw new AppError(code, {
      extra,
      ...(wait !== undefined && { headers: { 'retry-after': String(wait) } }),
    })
  }
  if (word !== '' && !VERDICTS[word])
    throw invalid('/body', `${word} brings about nothing; known are ${SANDBOX_WORDS.join(', ')}`)
  const status = VERDICTS[word] ?? 'approved'
  return { status, reason: 'sandbox', reasons: status === 'approved' ? [] : ['sandbox'] }
}
