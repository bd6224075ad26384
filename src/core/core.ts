import type { Database } from '../db/client.ts'
import type { Secrets } from '../lib/secrets.ts'
import type { ArticlesConfig } from './article-views.ts'
import { articleWriting } from './article-writing.ts'
import { articlesCore } from './articles.ts'
import { categoriesCore } from './categories.ts'
import { commentsCore } from './comments.ts'
import { importCore } from './import.ts'
import { keysCore } from './keys.ts'
import { moderationCore } from './moderation.ts'
import { revisionsCore } from './revisions.ts'
import { termsCore } from './terms.ts'

export type Core = ReturnType<typeof createCore>

/** Every decision of the product, by noun. Both faces, the command line and the importer call nothing else. */
export function createCore(db: Database['db'], secrets: Secrets, config: ArticlesConfig) {
  const articles = articlesCore(db, config)
  const writing = articleWriting(db, config, (tx) => articlesCore(tx, config))
  return {
    articles,
    writing,
    revisions: revisionsCore(db, writing),
    categories: categoriesCore(db),
    tags: termsCore(db, 'tag'),
    authors: termsCore(db, 'author'),
    series: termsCore(db, 'series'),
    comments: commentsCore(db, secrets, articles, config),
    moderation: moderationCore(db),
    keys: keysCore(db),
    imports: importCore(db),
  }
}
