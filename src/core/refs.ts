import type { ArticleKey } from '../db/references.ts'
import { isId } from '../lib/ids.ts'

/** An article as a caller names it, by id or by slug within a locale. */
export const articleKey = (ref: string, locale: string): ArticleKey =>
  isId(ref) ? { id: ref.toLowerCase() } : { locale, slug: ref }
