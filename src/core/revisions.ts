import { isDeepStrictEqual } from 'node:util'
import type { EditedRow } from '../db/article-writes.ts'
import type { Database, Db } from '../db/client.ts'
import { slugOwners } from '../db/imports.ts'
import { type FullRevisionRow, listRevisions, type RevisionRow, readRevision } from '../db/revisions.ts'
import { isoMoment } from '../db/statement.ts'
import type { ArticleDocument } from '../domain/document.ts'
import type { Viewer } from '../domain/viewer.ts'
import { listHash } from '../lib/cursor.ts'
import { AppError } from '../lib/errors.ts'
import { differences } from '../lib/json.ts'
import type { Revision, RevisionDetail, RevisionDiff } from '../shapes/revisions.ts'
import { type Dropped, withoutGone } from './article-references.ts'
import { rememberingRender, saveDraft } from './article-saving.ts'
import type { ArticleWriting, Target, Written } from './article-writing.ts'
import { type PageInput, pageParams, presentPage, readPage, type Slice } from './paging.ts'
import { requireScope } from './viewer.ts'

/** An article after an old version was made the newest, and what of that version is left out. */
export interface Restored extends Written {
  dropped: Dropped[]
}

export function revisionsCore(db: Database['db'], writing: ArticleWriting) {
  /** The versions of an article, newest first. @throws AUTHENTICATION_FAILED, FORBIDDEN, ARTICLE_NOT_FOUND, CURSOR_INVALID. */
  async function list(
    ref: string,
    locale: string | undefined,
    page: PageInput,
    viewer: Viewer,
  ): Promise<Slice<Revision>> {
    const { id } = await writing.document(ref, locale, viewer)
    const hash = listHash({ list: 'revisions', id })
    const request = readPage(page, hash, 'integer')
    const [row] = await listRevisions.run(
      db,
      { side: request.side },
      {
        articleId: id,
        ...pageParams(request),
      },
    )
    if (!row) throw new AppError('INTERNAL')
    const positionOf = ({ version, articleId }: RevisionRow) => ({ key: version, id: articleId })
    return presentPage(row, request, hash, positionOf, present)
  }

  /** One version, with its document. @throws AUTHENTICATION_FAILED, FORBIDDEN, ARTICLE_NOT_FOUND, REVISION_NOT_FOUND. */
  async function find(
    ref: string,
    locale: string | undefined,
    version: number,
    viewer: Viewer,
  ): Promise<RevisionDetail> {
    const { id } = await writing.document(ref, locale, viewer)
    const row = await known(db, id, version)
    return { ...present(row), document: row.document }
  }

  /**
   * What differs from one version to another, or to the article as it is now.
   * @throws AUTHENTICATION_FAILED, FORBIDDEN, ARTICLE_NOT_FOUND, REVISION_NOT_FOUND.
   */
  async function diff(
    ref: string,
    locale: string | undefined,
    versions: { from: number; to: number | undefined },
    viewer: Viewer,
  ): Promise<RevisionDiff> {
    const current = await writing.document(ref, locale, viewer)
    const from = await known(db, current.id, versions.from)
    const to = versions.to === undefined ? current : await known(db, current.id, versions.to)
    return {
      from: from.version,
      to: to.version,
      changes: differences(from.document, to.document),
    }
  }

  /**
   * Makes the document of an old version the newest one; state and dates stay as they are. What it names and is gone is
   * left out, and a slug that went to somebody else is not taken back: both are told.
   * @throws as `writing.patch`, REVISION_NOT_FOUND.
   */
  async function restore(target: Target, version: number): Promise<Restored> {
    requireScope(target.viewer, 'content:write')
    const render = rememberingRender()
    const { id, document } = await writing.peek(target)
    const { body } = (await known(db, id, version)).document
    if (!isDeepStrictEqual(body, document.body)) render(body)
    let dropped: Dropped[] = []
    const written = await writing.editing(
      target,
      async (tx, row) => {
        const revision = await known(tx, row.id, version)
        const restored = await restorable(tx, row, revision.document)
        dropped = restored.dropped
        await saveDraft(tx, row, restored.document, render)
      },
      { joins: true },
    )
    return { ...written, dropped }
  }

  return { list, find, diff, restore }
}

async function known(db: Db, articleId: string, version: number): Promise<FullRevisionRow> {
  const row = await readRevision(db, articleId, version)
  if (!row) throw new AppError('REVISION_NOT_FOUND')
  return row
}

async function restorable(
  tx: Db,
  row: EditedRow,
  old: ArticleDocument,
): Promise<{ document: ArticleDocument; dropped: Dropped[] }> {
  const place = { id: row.id, locale: old.locale, current: row.document }
  const { document, dropped } = await withoutGone(tx, old, place)
  const owner = (await slugOwners(tx, 'article', [old.slug], old.locale)).get(old.slug) ?? row.id
  if (owner === row.id) return { document, dropped }
  return {
    document: { ...document, slug: row.document.slug },
    dropped: [...dropped, { path: '/slug', value: old.slug }],
  }
}

function present({ version, state, actor, createdAt }: RevisionRow): Revision {
  const { status, publishedAt, unpublishAt } = state
  return { version, status, publishedAt, unpublishAt, actor, createdAt: isoMoment(createdAt) }
}
