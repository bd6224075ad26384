import type { Database, Db } from '../db/client.ts'
import { type BanKey, readBansInForce } from '../db/comment-bans.ts'
import type { FullCommentRow } from '../db/comments.ts'
import {
  type AuthorshipRow,
  commentFile,
  listQueue,
  type QueueCondition,
  type QueueVariant,
  readAuthorship,
  type Sameness,
} from '../db/moderation-queue.ts'
import { isoMoment, type Params, textArray } from '../db/statement.ts'
import type { Viewer } from '../domain/viewer.ts'
import { listHash } from '../lib/cursor.ts'
import { AppError, invalid } from '../lib/errors.ts'
import { readMoment } from '../lib/moments.ts'
import type { Secrets } from '../lib/secrets.ts'
import type { ModeratedComment } from '../shapes/comments.ts'
import type { CommentFile, ModerationQuery } from '../shapes/moderation.ts'
import { authorBanKeys, authorKeysOf, emailBanKeys, networkBanKeys, presentBan } from './comment-bans.ts'
import { presentModerated } from './comment-views.ts'
import { namesNothing } from './faults.ts'
import { type PageInput, pageParams, presentPage, readPage, type Slice } from './paging.ts'
import { networkKey } from './person-keys.ts'
import { articleKey } from './refs.ts'
import { requireScope } from './viewer.ts'

export type QueueInput = Omit<ModerationQuery, keyof PageInput> & PageInput

/** Days for which the network of a comment is known. */
const NETWORK_DAYS = 30

/** What moderators look at: lists of comments, and one with everything around it. */
export function moderationQueue(db: Database['db'], secrets: Secrets, site: { locale: string }) {
  /**
   * Comments by state (default: pending) and other filters, all of which must hold; oldest first unless told otherwise.
   * @throws AUTHENTICATION_FAILED, FORBIDDEN, VALIDATION_FAILED, CURSOR_INVALID; REFERENCE_NOT_FOUND for a comment that is not
   * there, or whose author or network is not known.
   */
  async function list(input: QueueInput, viewer: Viewer): Promise<Slice<ModeratedComment>> {
    requireScope(viewer, 'comments:moderate')
    const { limit, after, before, fromEnd, ...filters } = input
    const { status = 'pending', sort = 'oldest' } = filters
    const article = readArticle(filters)
    const moments = readMoments(filters)
    const hash = listHash({ list: 'moderation', ...filters, ...moments, article, status, sort })
    const request = readPage({ ...input }, hash)
    const same = await readSameness(filters)
    const variant: QueueVariant = {
      states: status === 'any' ? 'any' : 'one',
      article: article && ('id' in article ? 'id' : 'slug'),
      same: same.names,
      conditions: [
        ...(filters.reason ? (['reason'] as const) : []),
        ...(filters.reported ? (['reported'] as const) : []),
        ...(Object.keys(moments) as QueueCondition[]),
      ],
      order: sort === 'oldest' ? 'ascending' : 'descending',
      side: request.side,
    }
    const params: Params = {
      ...(status !== 'any' && { status }),
      ...(article && ('id' in article ? { articleId: article.id } : named(article))),
      ...(filters.reason && { reason: filters.reason }),
      ...moments,
      ...same.params,
      ...pageParams(request),
    }
    const [row] = await listQueue.run(db, variant, params)
    if (!row) throw new AppError('INTERNAL')
    return presentPage(row, request, hash, positionOf, presentModerated)
  }

  function readArticle({ article, locale }: QueueInput) {
    if (article !== undefined) return articleKey(article, locale ?? site.locale)
    if (locale !== undefined) throw invalid('/locale', 'is only of use with article')
    return null
  }

  async function readSameness({ sameAuthorAs, sameNetworkAs }: QueueInput) {
    const names: Sameness[] = []
    const params: Params = {}
    if (sameAuthorAs) {
      const { authorKey, identityKey } = await authorshipAt(db, '/sameAuthorAs', sameAuthorAs)
      if (!authorKey && !identityKey) throw unknown('/sameAuthorAs', 'names a comment of an unknown author')
      names.push('author')
      params['authorOf'] = sameAuthorAs.toLowerCase()
    }
    if (sameNetworkAs) {
      const { ipPrefix } = await authorshipAt(db, '/sameNetworkAs', sameNetworkAs)
      if (!ipPrefix) throw unknown('/sameNetworkAs', 'names a comment of an unknown network')
      names.push('network')
      params['networkKeys'] = textArray(networkKeys(secrets, ipPrefix).map((key) => key.toString('hex')))
    }
    return { names, params }
  }

  /** A comment with everything around it. @throws AUTHENTICATION_FAILED, FORBIDDEN, COMMENT_NOT_FOUND. */
  async function file(id: string, viewer: Viewer): Promise<CommentFile> {
    requireScope(viewer, 'comments:moderate')
    const [row] = await commentFile.run(db, 'only', { id })
    if (!row) throw new AppError('COMMENT_NOT_FOUND')
    const bans = await readBansInForce(db, banKeys(row.author))
    return {
      comment: presentModerated(row.comment),
      revisions: row.revisions.map((old) => ({ ...old, replacedAt: isoMoment(old.replacedAt) })),
      reports: row.reports.map((report) => ({ ...report, createdAt: isoMoment(report.createdAt) })),
      history: row.history.map((change) => ({
        ...change,
        at: isoMoment(change.at),
      })) as CommentFile['history'],
      bans: bans.map(presentBan),
      authorPolicy: row.authorPolicy,
    }
  }

  /** All by which the author of a comment may be banned, as far as it is known. */
  const banKeys = (author: AuthorshipRow): BanKey[] => [
    ...authorKeysOf(author).flatMap((key) => authorBanKeys(secrets, key)),
    ...(author.ipPrefix === null ? [] : networkBanKeys(secrets, author.ipPrefix)),
    ...(author.email === null ? [] : emailBanKeys(secrets, author.email)),
  ]

  return { list, file }
}

const positionOf = ({ createdAt, id }: FullCommentRow) => ({ key: createdAt, id })

const named = ({ locale, slug }: { locale: string; slug: string }): Params => ({
  articleLocale: locale,
  articleSlug: slug,
})

function readMoments(input: QueueInput): Partial<Record<'createdAfter' | 'createdBefore', string>> {
  const names = ['createdAfter', 'createdBefore'] as const
  return Object.fromEntries(
    names.flatMap((name) => {
      const moment = input[name]
      return moment === undefined ? [] : [[name, readMoment(moment, `/${name}`)]]
    }),
  )
}

const unknown = (path: string, message: string): AppError => namesNothing([{ path, message }])

/** @throws REFERENCE_NOT_FOUND for a comment that is not there. */
async function authorshipAt(db: Db, path: string, id: string): Promise<AuthorshipRow> {
  const row = await readAuthorship(db, id.toLowerCase())
  if (!row) throw unknown(path, 'names no comment')
  return row
}

/** The keys of a network on each day on which it may still be known; they change with the day, as rate limits have them. */
function networkKeys(secrets: Secrets, network: string): Buffer[] {
  const today = Date.now()
  return Array.from({ length: NETWORK_DAYS + 1 }, (_, days) =>
    networkKey(secrets, network, today - days * 86_400_000),
  )
}
