import type { Database } from '../db/client.ts'
import { DEFAULT_RETENTION, type Retention } from '../domain/retention.ts'
import type { RemoteKeys } from '../lib/remote-keys.ts'
import type { Secrets } from '../lib/secrets.ts'
import { articleBulk } from './article-bulk.ts'
import type { ArticlesConfig } from './article-views.ts'
import { articleWriting } from './article-writing.ts'
import { articlesCore } from './articles.ts'
import { callersCore } from './callers.ts'
import { categoriesCore } from './categories.ts'
import { commentBans } from './comment-bans.ts'
import { type CommentHook, commentChecks } from './comment-checks.ts'
import { commentCounting } from './comment-counts.ts'
import { commentFeedCore } from './comment-feed.ts'
import { commentReports } from './comment-reports.ts'
import { commentStreams } from './comment-streams.ts'
import { CommentTail } from './comment-tail.ts'
import { commentVotes } from './comment-votes.ts'
import { commentsCore } from './comments.ts'
import { housekeepingCore } from './housekeeping.ts'
import { importCore } from './import.ts'
import { keysCore } from './keys.ts'
import { manualSeries } from './manual-series.ts'
import { moderationCore } from './moderation.ts'
import { moderationBatches } from './moderation-batches.ts'
import { moderationQueue } from './moderation-queue.ts'
import { moderationWords } from './moderation-words.ts'
import { previewLinksCore } from './preview-links.ts'
import { privacyCore } from './privacy.ts'
import { revisionsCore } from './revisions.ts'
import { termsCore } from './terms.ts'
import { type IdentityProvider, tokensCore } from './tokens.ts'

export type Core = ReturnType<typeof createCore>

export interface CoreOptions {
  /** Whose tokens are believed; left out, none are. */
  identity?: { provider: IdentityProvider; keys: RemoteKeys } | undefined
  /** Who is asked before a comment is live; left out, nobody. */
  hook?: CommentHook | undefined
  retention?: Retention
  /** Is told when the change log cannot be followed any more, and when it can again: see `CommentTail`. */
  tellTail?: ((failure: unknown) => void) | undefined
}

/** Every decision of the product, by noun. Both faces, the command line and the importer call nothing else. */
export function createCore(
  db: Database['db'],
  secrets: Secrets,
  config: ArticlesConfig,
  { identity, hook, retention = DEFAULT_RETENTION, tellTail }: CoreOptions = {},
) {
  const previews = previewLinksCore(db, secrets, config)
  const articles = articlesCore(db, config, previews.articleOf)
  const writing = articleWriting(db, config, (tx) => articlesCore(tx, config))
  const keys = keysCore(db)
  const checks = commentChecks(db, hook)
  const tail = new CommentTail(db, tellTail)
  const tokens = identity && tokensCore(secrets, identity.provider, identity.keys)
  return {
    articles,
    writing,
    bulk: articleBulk(writing),
    revisions: revisionsCore(db, writing),
    previews,
    categories: categoriesCore(db),
    tags: termsCore(db, 'tag'),
    authors: termsCore(db, 'author'),
    series: { ...termsCore(db, 'series'), ...manualSeries(db, config) },
    comments: {
      ...commentsCore(db, secrets, articles, config, checks),
      ...commentStreams(db, articles, tail),
      ...commentFeedCore(db),
    },
    counts: commentCounting(db, config),
    votes: commentVotes(db, secrets, config.comments),
    reports: commentReports(db, secrets, config.comments),
    moderation: {
      ...moderationQueue(db, secrets, config),
      ...moderationCore(db),
      ...moderationBatches(db),
      ...commentBans(db, secrets),
      ...moderationWords(db),
    },
    keys,
    callers: callersCore(keys, tokens),
    imports: importCore(db),
    privacy: privacyCore(db, secrets, retention),
    housekeeping: housekeepingCore(db, retention, checks.steps),
    /** Ends what goes on by itself. Before the database is closed. */
    close: () => tail.close(),
  }
}
