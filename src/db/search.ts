import { type SQL, sql } from 'drizzle-orm'
import { param } from './statement.ts'

/**
 * Full-text search: words are kept by trigger in `article_search`, in the dictionary of each article's language.
 * Placeholders: `phrase`, as people write it; `prefixes`, beginnings of words; `searchLocale` where one language is sought.
 */

const query = (locale: SQL): SQL =>
  sql`search_query(${locale}, ${param.text('phrase')}, ${param.texts('prefixes')})`

/**
 * The articles that match, public or not, as a relation of `article_id`, `words` and `query`. One step into the index of
 * words for each language: a German article is held against the German reading of what is sought.
 */
export const hits = (inLocale: boolean): SQL => {
  const languages = inLocale ? sql`(select ${param.text('searchLocale')})` : sql`locales_in_use()`
  return sql`(
    select s.article_id, s.words, l.query
    from (select locale, ${query(sql`locale`)} as query from ${languages} as in_use (locale) offset 0) l
    cross join lateral (
      select w.article_id, w.words from article_search w
      where w.words @@ l.query and w.locale = l.locale offset 0
    ) s)`
}

/** How well a hit matches, as a whole number from 0: titles before subtitles before bodies, short texts before long. */
export const score = (h: SQL): SQL =>
  sql`(least(ts_rank('{0.05, 0.1, 0.4, 1}', ${h}.words, ${h}.query, 1), 2000) * 1000000)::int`

/** What marks a hit in `highlight`, before it is escaped: letters that no text uses. */
export const MARKS = { start: '\uE000', stop: '\uE001' } as const

/** A part of a text around its hits: as it is sought, with marks, and as it was written, accents and all. */
export interface Marked {
  marked: string
  /** Null where letters of the two do not stand in the same places, as in scripts that are sought letter by letter. */
  written: string | null
}

/** `{ title, excerpt }` of an article that matches, each `Marked`; the excerpt is from the first 20,000 letters of the body. */
export const highlight = (a: SQL): SQL => sql`(
  select json_build_object(
    'title', ${around('HighlightAll=true', sql`${a}.title`)},
    'excerpt', ${around('MinWords=20, MaxWords=40', sql`left(${a}.body_text, 20000)`)})
  from (select search_config(${a}.locale) as config, ${query(sql`${a}.locale`)} as query offset 0) l)`

/** Not for `ts_headline`: what it takes for a tag it leaves out, and marks that a text holds are none of ours. */
const PLAIN = { from: `<${MARKS.start}${MARKS.stop}`, to: '(  ' }

function around(options: string, text: SQL): SQL {
  const all = `StartSel=${MARKS.start}, StopSel=${MARKS.stop}, ${options}`
  const plain = sql`translate(m.marked, ${MARKS.start + MARKS.stop}, '')`
  const place = sql`strpos(t.sought, ${plain})`
  return sql`(
    select json_build_object('marked', m.marked, 'written',
      case when length(t.sought) = length(t.written) and ${place} > 0
        then substr(t.written, ${place}, length(${plain})) end)
    from (
      select normalize(${text}) as written, translate(search_text(${text}), ${PLAIN.from}, ${PLAIN.to}) as sought offset 0
    ) t, lateral (select ts_headline(l.config, t.sought, l.query, ${all}) as marked offset 0) m)`
}
