import { sql } from 'drizzle-orm'
import { bigint, index, integer, pgTable, primaryKey, uuid } from 'drizzle-orm/pg-core'
import { articles } from './articles.ts'
import { moment } from './columns.ts'

/**
 * The one mechanism of order: a row for each series that a published article stands in (site, locale, category,
 * category with everything below it, tag, author, manual series), present and future, kept by triggers. Lists,
 * cursors and neighbours are steps along its primary key. See docs/adr/0002.
 */
export const seriesEntries = pgTable(
  'series_entries',
  {
    seriesId: uuid().notNull(),
    /** The place in a manual series; 0 in every series that is ordered by time. */
    position: integer().notNull().default(0),
    publishedAt: moment().notNull(),
    articleId: uuid()
      .notNull()
      .references(() => articles.id, { onDelete: 'cascade' }),
    unpublishAt: moment(),
  },
  (t) => [
    // lists, pages, previous and next in every series
    primaryKey({ columns: [t.seriesId, t.position, t.publishedAt, t.articleId] }),
    // the series of an article: filters by several series, and the triggers
    index('series_entries_article').on(t.articleId, t.seriesId),
    // what went out of sight since a moment: counts
    index('series_entries_unpublish').on(t.seriesId, t.unpublishAt).where(sql`unpublish_at is not null`),
    // what came into sight since a moment, in manual series too: counts
    index('series_entries_publish').on(t.seriesId, t.publishedAt).where(sql`position > 0`),
  ],
)

/**
 * The one mechanism of counting: how many entries of a series were visible at `asOf`. A read adds what crossed
 * a publish or unpublish moment since then; a write brings `asOf` up to date. Kept by triggers.
 */
export const seriesCounts = pgTable('series_counts', {
  seriesId: uuid().primaryKey(),
  articleCount: bigint({ mode: 'number' }).notNull(),
  asOf: moment().notNull(),
})
