import { sql } from 'drizzle-orm'
import {
  type AnyPgColumn,
  check,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  uuid,
} from 'drizzle-orm/pg-core'
import type { Image } from '../../domain/article.ts'
import type { AuthorLink } from '../../domain/term.ts'
import { createdAt } from './columns.ts'

export const categories = pgTable(
  'categories',
  {
    id: uuid().primaryKey(),
    slug: text().notNull(),
    name: text().notNull(),
    description: text().notNull().default(''),
    parentId: uuid().references((): AnyPgColumn => categories.id, { onDelete: 'restrict' }),
    /** From the root down to itself; kept by trigger, so that ancestors need no recursion. */
    path: uuid().array().notNull(),
    /** Among its siblings, the lower the earlier; equal ones go by name. */
    position: integer().notNull().default(0),
    cover: jsonb().$type<Image>(),
    createdAt: createdAt(),
    updatedAt: createdAt(),
  },
  (t) => [
    // the children of a category
    index('categories_parent').on(t.parentId),
    // everything below a category, when it moves
    index('categories_path').using('gin', t.path),
    check('categories_path_ends_in_itself', sql`${t.path}[cardinality(${t.path})] = ${t.id}`),
    // MAX_CATEGORY_DEPTH
    check('categories_depth', sql`cardinality(${t.path}) <= 10`),
  ],
)

export const tags = pgTable(
  'tags',
  {
    id: uuid().primaryKey(),
    slug: text().notNull(),
    name: text().notNull(),
    description: text().notNull().default(''),
    createdAt: createdAt(),
    updatedAt: createdAt(),
  },
  // all tags: GET /v1/tags
  (t) => [index('tags_name').on(sql`${t.name} collate "und-x-icu"`, t.id)],
)

export const authors = pgTable(
  'authors',
  {
    id: uuid().primaryKey(),
    slug: text().notNull(),
    name: text().notNull(),
    bio: text().notNull().default(''),
    avatar: jsonb().$type<Image>(),
    links: jsonb().$type<AuthorLink[]>().notNull().default([]),
    createdAt: createdAt(),
    updatedAt: createdAt(),
  },
  // all authors: GET /v1/authors
  (t) => [index('authors_name').on(sql`${t.name} collate "und-x-icu"`, t.id)],
)

/** Series put in order by hand: "Part 1 of 5". */
export const series = pgTable(
  'series',
  {
    id: uuid().primaryKey(),
    slug: text().notNull(),
    title: text().notNull(),
    description: text().notNull().default(''),
    createdAt: createdAt(),
    updatedAt: createdAt(),
  },
  // all series: GET /v1/series
  (t) => [index('series_title').on(sql`${t.title} collate "und-x-icu"`, t.id)],
)

/**
 * Every slug that ever named something, current and old, in one space for each kind and locale: an old one keeps
 * answering, and nobody else can take it. Written by triggers on the five named tables.
 */
export const slugs = pgTable(
  'slugs',
  {
    kind: text().$type<'article' | 'category' | 'tag' | 'author' | 'series'>().notNull(),
    /** The article's; empty for the other kinds, which have none. */
    locale: text().notNull(),
    slug: text().notNull(),
    subjectId: uuid().notNull(),
    createdAt: createdAt(),
  },
  (t) => [
    // by current or old slug: GET /v1/articles/{slug} and every ?category=, ?tag=, ?author=, ?series=
    primaryKey({ columns: [t.kind, t.locale, t.slug] }),
    // all slugs of a thing, when it is purged
    index('slugs_subject').on(t.subjectId),
    check('slugs_kind_known', sql`${t.kind} in ('article', 'category', 'tag', 'author', 'series')`),
  ],
)
