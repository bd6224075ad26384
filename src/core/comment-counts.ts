import type { Db } from '../db/client.ts'
import { commentCounts } from '../db/comment-counts.ts'
import { textArray } from '../db/statement.ts'
import { invalid } from '../lib/errors.ts'
import { isId } from '../lib/ids.ts'
import { COUNTED_ARTICLES, type CommentCount } from '../shapes/comment-counts.ts'

export function commentCounting(db: Db, { locale: ofSite }: { locale: string }) {
  /**
   * How many comments everybody sees under each of up to 100 articles, named by id or slug, in the order asked for and as often;
   * 0 for what is not there or not public. @throws VALIDATION_FAILED. One statement.
   */
  async function count(articles: string, locale: string | undefined): Promise<CommentCount[]> {
    const refs = readRefs(articles)
    const [counts = []] = await commentCounts.run(db, 'only', {
      ids: `{${refs.map((ref) => (isId(ref) ? ref : 'null')).join(',')}}`,
      slugs: textArray(refs),
      locale: locale ?? ofSite,
    })
    return refs.map((article, i) => ({ article, count: counts[i] ?? 0 }))
  }

  return { count }
}

function readRefs(articles: string): string[] {
  const refs = articles.split(',')
  if (refs.length > COUNTED_ARTICLES)
    throw invalid('/articles', `must not name more than ${COUNTED_ARTICLES}`)
  if (refs.some((ref) => ref === '' || ref.length > 200)) {
    throw invalid('/articles', 'takes ids and slugs of 1 to 200 characters, separated by commas')
  }
  return refs
}
