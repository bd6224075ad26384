import { readEdited } from '../db/article-writes.ts'
import { type Database, inTransaction } from '../db/client.ts'
import {
  insertPreviewLink,
  listPreviewLinks,
  livePreviewLink,
  type PreviewLinkRow,
  readPreviewLink,
  revokePreviewLink,
} from '../db/preview-links.ts'
import { holdSubjects } from '../db/references.ts'
import { isoMoment, isoMomentOrNull } from '../db/statement.ts'
import type { Viewer } from '../domain/viewer.ts'
import { listHash } from '../lib/cursor.ts'
import { AppError } from '../lib/errors.ts'
import { newId } from '../lib/ids.ts'
import type { Secrets } from '../lib/secrets.ts'
import {
  type MadePreviewLink,
  type NewPreviewLink,
  PREVIEW_SECONDS,
  type PreviewLink,
} from '../shapes/preview-links.ts'
import type { ArticlesConfig } from './article-views.ts'
import { once } from './idempotency.ts'
import { type PageInput, pageParams, presentPage, readPage, type Slice } from './paging.ts'
import { createPreviewTokens } from './preview-tokens.ts'
import { articleKey } from './refs.ts'
import { actorOf, requireScope } from './viewer.ts'

/** An article as a caller names it: the site's locale where none is given. */
interface Named {
  ref: string
  locale: string | undefined
}

export function previewLinksCore(db: Database['db'], secrets: Secrets, config: ArticlesConfig) {
  const tokens = createPreviewTokens(secrets)

  /**
   * Makes a link that shows one article, whatever its state, until it ends or is revoked.
   * @param idempotencyKey one key makes one link; it is presented with its token again.
   * @throws AUTHENTICATION_FAILED, FORBIDDEN, ARTICLE_NOT_FOUND, IDEMPOTENCY_IN_FLIGHT, IDEMPOTENCY_KEY_REUSED.
   */
  async function create(
    article: Named,
    { expiresIn: seconds = PREVIEW_SECONDS }: NewPreviewLink,
    { viewer, idempotencyKey }: { viewer: Viewer; idempotencyKey: string | undefined },
  ): Promise<{ link: MadePreviewLink; replayed: boolean }> {
    requireScope(viewer, 'content:write')
    const actor = actorOf(viewer)
    return inTransaction(db, actor, async (tx) => {
      const row = await readEdited(tx, keyOf(article))
      // held: it may be purged meanwhile
      if (!row || !(await holdSubjects(tx, 'article', [row.id])).has(row.id))
        throw new AppError('ARTICLE_NOT_FOUND')
      const request = idempotencyKey && {
        scope: `${actor}:preview`,
        key: idempotencyKey,
        content: { articleId: row.id, seconds },
      }
      const done = await once(tx, request || undefined, async () => {
        const id = newId()
        await insertPreviewLink(tx, { id, articleId: row.id, seconds, actor })
        return { status: 201, subjectId: id }
      })
      const made = await readPreviewLink(tx, done.subjectId)
      if (!made) throw new AppError('PREVIEW_NOT_FOUND')
      return { link: presentMade(made, row.document), replayed: done.replayed }
    })
  }

  function presentMade(row: PreviewLinkRow, article: { slug: string; locale: string }): MadePreviewLink {
    const expiresAt = isoMoment(row.expiresAt)
    const token = tokens.issue({ linkId: row.id, articleId: row.articleId, expiresAt })
    const url = new URL(config.articleUrl({ id: row.articleId, slug: article.slug, locale: article.locale }))
    url.searchParams.set('preview', token)
    return { id: row.id, expiresAt, createdAt: isoMoment(row.createdAt), token, url: url.href }
  }

  /**
   * The links of an article, newest first, those that are over too, without their tokens.
   * @throws AUTHENTICATION_FAILED, FORBIDDEN, ARTICLE_NOT_FOUND, CURSOR_INVALID.
   */
  async function list(article: Named, page: PageInput, viewer: Viewer): Promise<Slice<PreviewLink>> {
    requireScope(viewer, 'content:read')
    const id = await articleId(article)
    const hash = listHash({ list: 'preview-links', id })
    const request = readPage(page, hash)
    const [row] = await listPreviewLinks.run(
      db,
      { side: request.side },
      {
        articleId: id,
        ...pageParams(request),
      },
    )
    if (!row) throw new AppError('INTERNAL')
    return presentPage(row, request, hash, (link) => ({ key: link.createdAt, id: link.id }), present)
  }

  /** Ends a link at once. @throws AUTHENTICATION_FAILED, FORBIDDEN, ARTICLE_NOT_FOUND, PREVIEW_NOT_FOUND. */
  async function revoke(article: Named, id: string, viewer: Viewer): Promise<void> {
    requireScope(viewer, 'content:write')
    const of = await articleId(article)
    const revoked = await inTransaction(db, actorOf(viewer), (tx) =>
      revokePreviewLink(tx, of, id.toLowerCase()),
    )
    if (!revoked) throw new AppError('PREVIEW_NOT_FOUND')
  }

  /**
   * The id of the article that a token shows. The signature is looked at before the database is asked.
   * @throws PREVIEW_NOT_FOUND, the same for forged, over, revoked, and of an article that is gone.
   */
  async function articleOf(token: string): Promise<string> {
    const claim = tokens.read(token)
    const params = claim && { id: claim.linkId, articleId: claim.articleId }
    const [row] = params ? await livePreviewLink.run(db, 'only', params) : []
    if (!row) throw new AppError('PREVIEW_NOT_FOUND')
    return row.articleId
  }

  const keyOf = ({ ref, locale }: Named) => articleKey(ref, locale ?? config.locale)

  async function articleId(article: Named): Promise<string> {
    const row = await readEdited(db, keyOf(article))
    if (!row) throw new AppError('ARTICLE_NOT_FOUND')
    return row.id
  }

  return { create, list, revoke, articleOf }
}

function present({ id, expiresAt, revokedAt, actor, createdAt }: PreviewLinkRow): PreviewLink {
  return {
    id,
    expiresAt: isoMoment(expiresAt),
    createdAt: isoMoment(createdAt),
    revokedAt: isoMomentOrNull(revokedAt),
    actor,
  }
}
