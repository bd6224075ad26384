import type { EditedRow } from '../db/article-writes.ts'
import type { ArticleAction, ArticleStanding, ArticleState, ArticleStatus } from '../domain/document.ts'
import { AppError, atFault, type ErrorCode, invalid } from '../lib/errors.ts'

/** What an action is given beside its name. Moments in UTC, with milliseconds; left out, see `move`. */
export interface Dates {
  publishedAt?: string
  /** Null: no end. */
  unpublishAt?: string | null
  /** Of `unpublish`: the moment until which the article stays public. */
  at?: string
}

/** Where an article stands after an action. */
export interface Standing extends ArticleStanding {
  firstPublishedAt: string | null
}

/** What of an article the decision depends on. Moments in UTC, with milliseconds, so that they compare as text. */
export type Movable = Pick<EditedRow, 'status' | 'publishedAt' | 'unpublishAt' | 'firstPublishedAt' | 'now'>

/**
 * What each action makes of an article in each state: the whole machine, as data. What is not here is refused. A state
 * that stays what it is, with the same dates, is no change.
 */
export const TRANSITIONS: Record<ArticleAction, Partial<Record<ArticleState, ArticleStatus | 'gone'>>> = {
  publish: {
    draft: 'published',
    scheduled: 'published',
    published: 'published',
    expired: 'published',
    archived: 'published',
  },
  schedule: {
    draft: 'published',
    scheduled: 'published',
    published: 'published',
    expired: 'published',
    archived: 'published',
  },
  unpublish: { draft: 'draft', scheduled: 'draft', published: 'draft', expired: 'draft', archived: 'draft' },
  archive: {
    draft: 'archived',
    scheduled: 'archived',
    published: 'archived',
    expired: 'archived',
    archived: 'archived',
  },
  trash: {
    draft: 'trashed',
    scheduled: 'trashed',
    published: 'trashed',
    expired: 'trashed',
    archived: 'trashed',
    trashed: 'trashed',
  },
  restore: { trashed: 'draft' },
  purge: { trashed: 'gone' },
}

/** States in which an end may be set: of what is public or will be. */
const ENDING: readonly ArticleState[] = ['scheduled', 'published']

/** The state that the clock makes of what is stored. */
export function stateOf({ status, publishedAt, unpublishAt, now }: Movable): ArticleState {
  if (status !== 'published') return status
  if (publishedAt !== null && publishedAt > now) return 'scheduled'
  return unpublishAt !== null && unpublishAt <= now ? 'expired' : 'published'
}

/**
 * The one decision about the state of an article.
 * @returns where it stands afterwards; undefined where it shall be gone.
 * @throws INVALID_TRANSITION with `from` and `allowed`; PUBLISH_IN_FUTURE, SCHEDULE_IN_PAST, SCHEDULE_ENDS_BEFORE_START.
 */
export function move(row: Movable, action: ArticleAction, dates: Dates = {}): Standing | undefined {
  const from = stateOf(row)
  const to = TRANSITIONS[action][from]
  if (to === undefined || (dates.at !== undefined && !ENDING.includes(from))) throw refuse(from, action)
  if (to === 'gone') return undefined
  const { publishedAt } = row
  if (action === 'publish') return published(row, from, publishDate(row, from, dates), dates)
  if (action === 'schedule') return published(row, from, scheduleDate(row, dates), dates)
  if (dates.at !== undefined) {
    return { ...standingOf(row), unpublishAt: endAt(row, publishedAt, dates.at, '/at') }
  }
  const unpublishAt = to === row.status ? row.unpublishAt : null
  return { status: to, publishedAt, unpublishAt, firstPublishedAt: firstDate(row, from) }
}

/** True where an action leaves everything as it is. */
export function isSame(row: Movable, standing: Standing): boolean {
  const { status, publishedAt, unpublishAt, firstPublishedAt } = standingOf(row)
  return (
    status === standing.status &&
    publishedAt === standing.publishedAt &&
    unpublishAt === standing.unpublishAt &&
    firstPublishedAt === standing.firstPublishedAt
  )
}

const standingOf = ({ status, publishedAt, unpublishAt, firstPublishedAt }: Movable): Standing => ({
  status,
  publishedAt,
  unpublishAt,
  firstPublishedAt,
})

/** Given, or the one that it had when it was public before, or now. */
function publishDate(row: Movable, from: ArticleState, { publishedAt }: Dates): string {
  if (publishedAt !== undefined) {
    if (publishedAt > row.now)
      throw misdated('PUBLISH_IN_FUTURE', '/publishedAt', 'lies in the future: schedule the article')
    return publishedAt
  }
  const wasPublic = firstDate(row, from) !== null
  return wasPublic && row.publishedAt !== null && row.publishedAt <= row.now ? row.publishedAt : row.now
}

function scheduleDate(row: Movable, { publishedAt }: Dates): string {
  if (publishedAt === undefined) throw invalid('/publishedAt', 'is required')
  if (publishedAt > row.now) return publishedAt
  throw misdated('SCHEDULE_IN_PAST', '/publishedAt', 'lies in the past: publish the article')
}

function published(row: Movable, from: ArticleState, publishedAt: string, dates: Dates): Standing {
  const begins = publishedAt > row.now ? publishedAt : row.now
  return {
    status: 'published',
    publishedAt,
    unpublishAt: endOf(row, publishedAt, dates),
    firstPublishedAt: firstDate(row, from) ?? begins,
  }
}

/** Given; or the one that it has, unless that is over. */
function endOf(row: Movable, publishedAt: string, { unpublishAt }: Dates): string | null {
  const kept = row.status === 'published' && row.unpublishAt !== null && row.unpublishAt > row.now
  const end = unpublishAt === undefined ? (kept ? row.unpublishAt : null) : unpublishAt
  return end === null ? null : endAt(row, publishedAt, end, '/unpublishAt')
}

/** An end comes after the beginning, and has not come yet. */
function endAt(row: Movable, publishedAt: string | null, end: string, path: string): string {
  if (publishedAt !== null && end <= publishedAt) {
    const message = `does not come after the beginning, ${publishedAt}`
    throw misdated('SCHEDULE_ENDS_BEFORE_START', path, message)
  }
  if (end <= row.now) throw misdated('SCHEDULE_IN_PAST', path, 'lies in the past')
  return end
}

/** When the article became public for the first time: a moment that has not come, and comes no more, does not count. */
function firstDate(row: Movable, from: ArticleState): string | null {
  if (row.firstPublishedAt !== null && row.firstPublishedAt <= row.now) return row.firstPublishedAt
  return from === 'published' || from === 'expired' ? row.publishedAt : null
}

const misdated = (code: ErrorCode, path: string, message: string): AppError =>
  atFault(code, [{ path, message }])

function refuse(from: ArticleState, action: ArticleAction): AppError {
  const allowed = (Object.keys(TRANSITIONS) as ArticleAction[]).filter((name) => TRANSITIONS[name][from])
  return new AppError('INVALID_TRANSITION', {
    detail: `An article that is ${from} does not take ${action}${allowed.includes(action) ? ' at a moment to come' : ''}`,
    extra: { from, allowed },
  })
}
