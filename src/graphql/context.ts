import DataLoader from 'dataloader'
import type { ArticleView, Parts } from '../core/article-views.ts'
import type { Core } from '../core/core.ts'
import type { Slice } from '../core/paging.ts'
import type { Viewer } from '../domain/viewer.ts'
import { AppError } from '../lib/errors.ts'
import type { Comment, CommentSort } from '../shapes/comments.ts'
import type { Category } from '../shapes/terms.ts'

/** What the resolvers of one request share. */
export interface Context {
  core: Core
  viewer: Viewer
  address: string
  idempotencyKey: string | undefined
  /** A part of many articles in one statement, for what the look-ahead did not bring. */
  articlePart(parts: Parts): DataLoader<string, ArticleView>
  /** The first replies to many comments in one statement. */
  firstReplies(count: number, sort: CommentSort): DataLoader<string, Slice<Comment>>
  /** All categories, once. */
  categories(): Promise<Category[]>
}

export function createContext(
  core: Core,
  caller: Pick<Context, 'viewer' | 'address' | 'idempotencyKey'>,
): Context {
  const parts = new Map<string, DataLoader<string, ArticleView>>()
  const replies = new Map<string, DataLoader<string, Slice<Comment>>>()
  let categories: Promise<Category[]> | undefined
  return {
    core,
    ...caller,
    articlePart: (wanted) =>
      remember(parts, JSON.stringify(wanted), () =>
        batched((ids) => core.articles.byIds(ids, wanted, { viewer: caller.viewer }), 'ARTICLE_NOT_FOUND'),
      ),
    firstReplies: (count, sort) =>
      remember(replies, `${count} ${sort}`, () =>
        batched((ids) => core.comments.firstReplies(ids, count, sort), 'COMMENT_NOT_FOUND'),
      ),
    categories: () => {
      categories ??= core.categories.flat()
      return categories
    },
  }
}

function remember<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const found = map.get(key) ?? make()
  map.set(key, found)
  return found
}

function batched<T>(
  load: (ids: readonly string[]) => Promise<Map<string, T>>,
  absent: 'ARTICLE_NOT_FOUND' | 'COMMENT_NOT_FOUND',
): DataLoader<string, T> {
  return new DataLoader<string, T>(async (ids) => {
    const found = await load(ids)
    return ids.map((id) => found.get(id) ?? new AppError(absent))
  })
}
