import { sql } from 'drizzle-orm'
import { param, statements } from './statement.ts'
import { visibleArticle } from './visible.ts'

/**
 * How many comments the public sees under each of the articles that are named, in the order of the names: a list with one
 * number a name, 0 where there is no such article or it is hidden. A name is an id, or else a slug, old ones too, in the locale.
 * Params: ids (null where a slug is meant), slugs, locale.
 */
export const commentCounts = statements<'only', number[]>(
  'comment_counts',
  () => sql`
    select json_agg(coalesce(a.comment_count, 0) order by w.place) as answer
    from unnest(${param.uuids('ids')}, ${param.texts('slugs')}) with ordinality w (id, slug, place)
      left join slugs s on s.kind = 'article' and s.locale = ${param.text('locale')} and s.slug = w.slug and w.id is null
      left join articles a on a.id = coalesce(w.id, s.subject_id) and ${visibleArticle(sql`a`)}`,
)
