import {
  deleteArticle,
  type EditedRow,
  holdTranslations,
  lockArticle,
  readEdited,
  updateArticle,
} from '../db/article-writes.ts'
import { type Database, type Db, inTransaction } from '../db/client.ts'
import { holdTree } from '../db/term-writes.ts'
import type { ArticleAction, ArticleDocument } from '../domain/document.ts'
import type { Viewer } from '../domain/viewer.ts'
import { AppError, findAppError } from '../lib/errors.ts'
import { newId } from '../lib/ids.ts'
import type { ArticlePatch, NewArticle } from '../shapes/article-writing.ts'
import { applyPatch, readMoment } from './article-document.ts'
import { resolvePatch } from './article-references.ts'
import { insertDraft, type Render, rememberingRender, saveDraft } from './article-saving.ts'
import { type Dates, isSame, move } from './article-transitions.ts'
import type { ArticlesConfig, ArticleView } from './article-views.ts'
import type { ArticlesCore } from './articles.ts'
import { type Faults, pointing } from './faults.ts'
import { once } from './idempotency.ts'
import { checkVersion, type Precondition } from './preconditions.ts'
import { articleKey } from './refs.ts'
import { actorOf, requireScope } from './viewer.ts'

/** An article that is written: how it is named, by whom, and on which versions the change may be made. */
export interface Target {
  ref: string
  /** Of a slug; the site's where it is left out. */
  locale: string | undefined
  /** Undefined where the caller named none, which is refused. */
  wanted: Precondition | undefined
  viewer: Viewer
}

/** An article as it stands after a write. */
export interface Written {
  article: ArticleView
  document: ArticleDocument
}

export interface Created extends Written {
  /** It was created earlier, by the same request. */
  replayed: boolean
}

export type ArticleWriting = ReturnType<typeof articleWriting>

export function articleWriting(
  db: Database['db'],
  config: ArticlesConfig,
  articlesOn: (db: Db) => Pick<ArticlesCore, 'find'>,
) {
  /**
   * Writes a new article, always a draft. Without a slug it gets one from its title, with a number where that is taken.
   * @param idempotencyKey one key makes one article.
   * @throws AUTHENTICATION_FAILED, FORBIDDEN, VALIDATION_FAILED, REFERENCE_NOT_FOUND, SLUG_TAKEN, TRANSLATION_EXISTS,
   * IDEMPOTENCY_IN_FLIGHT, IDEMPOTENCY_KEY_REUSED.
   */
  async function create(
    input: NewArticle,
    { viewer, idempotencyKey }: { viewer: Viewer; idempotencyKey: string | undefined },
  ): Promise<Created> {
    requireScope(viewer, 'content:write')
    const render = rememberingRender()
    render(applyPatch(undefined, withoutReferences(input), config.locale).body)
    return writing(input.slug === undefined, viewer, async (tx) => {
      const request = idempotencyKey && {
        scope: `${actorOf(viewer)}:article`,
        key: idempotencyKey,
        content: input,
      }
      const done = await once(tx, request || undefined, async () => {
        const id = newId()
        if (input.translationOf) await holdTranslations(tx)
        // before what the article refers to is held, which the holder of the tree may be about to delete
        await holdTree(tx)
        await insertNew(tx, id, input, render)
        return { status: 201, subjectId: id }
      })
      return { ...(await present(tx, done.subjectId, viewer)), replayed: done.replayed }
    })
  }

  async function insertNew(tx: Db, id: string, input: NewArticle, render: Render): Promise<void> {
    const locale = input.locale ?? config.locale
    const patch = await resolvePatch(tx, input, { id, locale, current: undefined })
    await insertDraft(tx, id, applyPatch(undefined, patch, config.locale), render)
  }

  /**
   * Merges a patch (RFC 7396) into the document of an article. What changes nothing makes no version.
   * @throws as `create`, ARTICLE_NOT_FOUND, PRECONDITION_REQUIRED, VERSION_STALE, CONFLICT.
   */
  async function patch(target: Target, input: ArticlePatch): Promise<Written> {
    requireScope(target.viewer, 'content:write')
    const render = rememberingRender()
    if (input.body !== undefined) {
      const { document } = await peek(target)
      render(applyPatch(document, { body: input.body }, config.locale).body)
    }
    const save = async (tx: Db, row: EditedRow) => {
      // taken away, it becomes the site's
      const locale = input.locale === undefined ? row.document.locale : (input.locale ?? config.locale)
      const resolved = await resolvePatch(tx, input, { id: row.id, locale, current: row.document })
      await saveDraft(tx, row, applyPatch(row.document, resolved, config.locale), render)
    }
    return editing(target, save, {
      choosesSlug: input.slug === null,
      joins: input.translationOf !== undefined,
    })
  }

  /**
   * The article before it is locked, for what takes long and can be foreseen: it may still change.
   * @throws ARTICLE_NOT_FOUND, PRECONDITION_REQUIRED, VERSION_STALE.
   */
  async function peek(target: Target): Promise<EditedRow> {
    const row = await readEdited(db, keyOf(target))
    if (!row) throw new AppError('ARTICLE_NOT_FOUND')
    await checkVersion(db, row, target.wanted)
    return row
  }

  /**
   * Takes an article from its state to another: see `TRANSITIONS`. What changes nothing makes no version.
   * @throws AUTHENTICATION_FAILED, FORBIDDEN, ARTICLE_NOT_FOUND, PRECONDITION_REQUIRED, VERSION_STALE,
   * INVALID_TRANSITION, VALIDATION_FAILED, PUBLISH_IN_FUTURE, SCHEDULE_IN_PAST, SCHEDULE_ENDS_BEFORE_START.
   */
  async function transition(
    target: Target,
    action: Exclude<ArticleAction, 'purge'>,
    dates: Dates = {},
  ): Promise<Written> {
    requireScope(target.viewer, 'content:write')
    const read = readDates(dates)
    return editing(target, async (tx, row) => {
      const standing = move(row, action, read)
      if (standing && !isSame(row, standing)) await updateArticle(tx, row.id, standing)
    })
  }

  /** Removes a trashed article for ever, with its comments, revisions, links and slugs. @throws as `transition`. */
  async function purge(target: Target): Promise<void> {
    requireScope(target.viewer, 'content:write')
    await inTransaction(db, actorOf(target.viewer), async (tx) => {
      const row = await lock(tx, target)
      move(row, 'purge')
      await deleteArticle(tx, row.id)
    })
  }

  /** What an editor writes of an article, and its version. @throws AUTHENTICATION_FAILED, FORBIDDEN, ARTICLE_NOT_FOUND. */
  async function document(ref: string, locale: string | undefined, viewer: Viewer): Promise<EditedRow> {
    requireScope(viewer, 'content:read')
    const row = await readEdited(db, articleKey(ref, locale ?? config.locale))
    if (!row) throw new AppError('ARTICLE_NOT_FOUND')
    return row
  }

  /**
   * Locks an article at a version that is wanted, lets `work` change it, and answers what became of it.
   * @param joins whether it may become a translation of another one.
   */
  function editing(
    target: Target,
    work: (tx: Db, row: EditedRow) => Promise<void>,
    { choosesSlug = false, joins = false } = {},
  ): Promise<Written> {
    return writing(choosesSlug, target.viewer, async (tx) => {
      if (joins) await holdTranslations(tx)
      const row = await lock(tx, target)
      await work(tx, row)
      return present(tx, row.id, target.viewer)
    })
  }

  async function lock(tx: Db, target: Target): Promise<EditedRow> {
    const row = await lockArticle(tx, keyOf(target))
    if (!row) throw new AppError('ARTICLE_NOT_FOUND')
    await checkVersion(tx, row, target.wanted)
    return row
  }

  function writing<T>(choosesSlug: boolean, viewer: Viewer, work: (tx: Db) => Promise<T>): Promise<T> {
    return pointing(trying(choosesSlug, viewer, work), FAULTS)
  }

  /** A transaction; once more where a slug of our own choice went to somebody else at the same moment. */
  async function trying<T>(choosesSlug: boolean, viewer: Viewer, work: (tx: Db) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await inTransaction(db, actorOf(viewer), work)
      } catch (error) {
        const isTaken = findAppError(error)?.code === 'SLUG_TAKEN'
        if (!choosesSlug || !isTaken || attempt > SLUG_CHOICES) throw error
      }
    }
  }

  /** Within the transaction, so that version and content are those of this very write. */
  async function present(tx: Db, id: string, viewer: Viewer): Promise<Written> {
    const parts = { authors: true, categories: true, tags: true }
    const { article } = await articlesOn(tx).find(id, undefined, parts, { viewer })
    const row = await readEdited(tx, { id })
    if (!row) throw new AppError('ARTICLE_NOT_FOUND')
    return { article, document: row.document }
  }

  const keyOf = ({ ref, locale }: Target) => articleKey(ref, locale ?? config.locale)

  return { create, patch, transition, purge, document, peek, editing }
}

const SLUG_CHOICES = 5

/** The parts of a new article that can be checked before it is known what the others name. */
function withoutReferences({
  authors: _a,
  categories: _c,
  tags: _t,
  translationOf: _o,
  adjacent: _n,
  ...rest
}: NewArticle): NewArticle {
  return rest
}

function readDates({ publishedAt, unpublishAt, at }: Dates): Dates {
  return {
    ...(publishedAt !== undefined && { publishedAt: readMoment(publishedAt, '/publishedAt') }),
    ...(unpublishAt !== undefined && { unpublishAt: unpublishAt && readMoment(unpublishAt, '/unpublishAt') }),
    ...(at !== undefined && { at: readMoment(at, '/at') }),
  }
}

const FAULTS: Faults = {
  SLUG_TAKEN: { path: '/slug', message: 'belongs to another article, or did once' },
  TRANSLATION_EXISTS: { path: '/translationOf', message: 'has a translation into this language' },
}
