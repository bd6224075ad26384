import { type SQL, sql } from 'drizzle-orm'
import { param } from './statement.ts'
import { visibleEntry } from './visible.ts'

/** How many of the newest of each shared term are looked at; so that a large category costs no more than a small one. */
const LOOKED_AT = 50

/** What one shared term adds, and words in common at most about as much as one tag. */
const WEIGHT = { tag: 3, primaryCategory: 2, category: 1, words: 3 }

/** The words of the title of `a`, any of which may match. */
const titleWords = (a: SQL): SQL => sql`(
  select string_agg('''' || replace(replace(lexeme, '\\', '\\\\'), '''', '''''') || '''', ' | ')::tsquery
  from unnest(to_tsvector(search_config(${a}.locale), search_text(${a}.title))))`

/**
 * Cards of the visible articles that have most in common with `a`, in its language: shared tags and categories first,
 * then words of its title, then the newest; filled up with the newest of all. Of each term only the newest are looked at.
 * Placeholder: relatedLimit.
 * @param card JSON of the article `b`.
 */
export const relatedTo = (a: SQL, card: SQL, clock: SQL): SQL => sql`(
  with shared (series_id, weight) as (
    select tag_id, ${WEIGHT.tag}::int from article_tags where article_id = ${a}.id
    union all
    select category_id, case position when 0 then ${WEIGHT.primaryCategory}::int else ${WEIGHT.category}::int end
    from article_categories where article_id = ${a}.id
    union all
    select series_id('locale', ${a}.locale), 0
  ), found as (
    select distinct n.article_id, n.published_at
    from shared s cross join lateral (
      select e.article_id, e.published_at from series_entries e
      where e.series_id = s.series_id and e.position = 0 and ${visibleEntry(sql`e`, clock)}
      order by e.published_at desc, e.article_id desc limit ${LOOKED_AT}::int
    ) n
    where n.article_id <> ${a}.id
  ), weighed as (
    select f.article_id, f.published_at, (
      select sum(s.weight) from shared s
      where exists (select from series_entries e where e.article_id = f.article_id and e.series_id = s.series_id offset 0)
    ) as weight
    from found f
  ), best as (
    select f.article_id, f.published_at, f.weight + ${WEIGHT.words}::int * coalesce(ts_rank(s.words, ${titleWords(a)}, 1), 0) as score
    from weighed f join article_search s on s.article_id = f.article_id and s.locale = ${a}.locale
    order by score desc, f.published_at desc, f.article_id desc
    limit ${param.integer('relatedLimit')}
  )
  select coalesce(json_agg(${card} order by r.score desc, r.published_at desc, r.article_id desc), '[]')
  from best r join articles b on b.id = r.article_id)`
