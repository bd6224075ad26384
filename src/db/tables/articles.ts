import { sql } from 'drizzle-orm'
import {
  boolean,
  check,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  smallint,
  text,
  uuid,
} from 'drizzle-orm/pg-core'
import type { Cover, Seo } from '../../domain/article.ts'
import { createdAt, inCalendar, moment } from './columns.ts'
import { authors, categories, series, tags } from './terms.ts'

export const articles = pgTable(
  'articles',
  {
    id: uuid().primaryKey(),
    locale: text().notNull(),
    /** The current one; `slugs` holds it and every earlier one (kept by trigger). */
    slug: text().notNull(),
    status: text().$type<'draft' | 'published' | 'archived' | 'trashed'>().notNull().default('draft'),
    title: text().notNull(),
    subtitle: text(),
    /** As an editor wrote it; null lets `excerpt` follow the body. */
    customExcerpt: text(),
    excerpt: text().notNull(),
    bodyFormat: text().$type<'html' | 'markdown' | 'text'>().notNull(),
    bodySource: text().notNull(),
    bodyHtml: text().notNull(),
    bodyText: text().notNull(),
    wordCount: integer().notNull(),
    readingMinutes: integer().notNull(),
    cover: jsonb().$type<Cover>(),
    seo: jsonb().$type<Seo>().notNull().default({}),
    featured: boolean().notNull().default(false),
    commentPolicy: text().$type<'open' | 'known' | 'held' | 'closed'>(),
    commentsCloseAt: moment(),
    /** Approved and not hidden, replies included; kept by trigger on `comments`. */
    commentCount: integer().notNull().default(0),
    /** Articles that are translations of one another share it. */
    translationGroup: uuid(),
    publishedAt: moment(),
    unpublishAt: moment(),
    firstPublishedAt: moment(),
    createdAt: createdAt(),
    updatedAt: createdAt(),
    /** Grows with every save by an editor, never with a comment. */
    version: integer().notNull().default(1),
  },
  (t) => [
    check('articles_status_known', sql`${t.status} in ('draft', 'published', 'archived', 'trashed')`),
    check('articles_body_format_known', sql`${t.bodyFormat} in ('html', 'markdown', 'text')`),
    check('articles_comment_policy_known', sql`${t.commentPolicy} in ('open', 'known', 'held', 'closed')`),
    check('articles_published_is_dated', sql`${t.status} <> 'published' or ${t.publishedAt} is not null`),
    check('articles_unpublish_after_publish', sql`${t.unpublishAt} > ${t.publishedAt}`),
    check(
      'articles_dates_in_calendar',
      inCalendar(
        t.publishedAt,
        t.unpublishAt,
        t.firstPublishedAt,
        t.commentsCloseAt,
        t.createdAt,
        t.updatedAt,
      ),
    ),
    // the translations of an article: include=translations
    index('articles_translation_group').on(t.translationGroup).where(sql`translation_group is not null`),
  ],
)

export const articleAuthors = pgTable(
  'article_authors',
  {
    articleId: uuid()
      .notNull()
      .references(() => articles.id, { onDelete: 'cascade' }),
    authorId: uuid()
      .notNull()
      .references(() => authors.id, { onDelete: 'restrict' }),
    position: smallint().notNull(),
  },
  (t) => [
    // an article's authors in order: every article read
    primaryKey({ columns: [t.articleId, t.authorId] }),
    // who is touched when an author changes or goes
    index('article_authors_author').on(t.authorId),
  ],
)

export const articleCategories = pgTable(
  'article_categories',
  {
    articleId: uuid()
      .notNull()
      .references(() => articles.id, { onDelete: 'cascade' }),
    categoryId: uuid()
      .notNull()
      .references(() => categories.id, { onDelete: 'restrict' }),
    /** 0 is the primary category. */
    position: smallint().notNull(),
  },
  (t) => [
    // an article's categories, primary first: every article read
    primaryKey({ columns: [t.articleId, t.categoryId] }),
    // which articles follow when a category moves, merges or goes
    index('article_categories_category').on(t.categoryId),
  ],
)

export const articleTags = pgTable(
  'article_tags',
  {
    articleId: uuid()
      .notNull()
      .references(() => articles.id, { onDelete: 'cascade' }),
    tagId: uuid()
      .notNull()
      .references(() => tags.id, { onDelete: 'restrict' }),
    position: smallint().notNull(),
  },
  (t) => [
    // an article's tags: every article read
    primaryKey({ columns: [t.articleId, t.tagId] }),
    // which articles follow when a tag goes
    index('article_tags_tag').on(t.tagId),
  ],
)

export const seriesArticles = pgTable(
  'series_articles',
  {
    seriesId: uuid()
      .notNull()
      .references(() => series.id, { onDelete: 'cascade' }),
    articleId: uuid()
      .notNull()
      .references(() => articles.id, { onDelete: 'cascade' }),
    /** From 1; entries of a series without an order of its own have position 0. */
    position: integer().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.seriesId, t.articleId] }),
    // the manual series of an article: kept in step by trigger when the article changes
    index('series_articles_article').on(t.articleId),
    check('series_articles_position_positive', sql`${t.position} > 0`),
  ],
)
