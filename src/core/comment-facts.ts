import type { Db } from '../db/client.ts'
import { lockThread } from '../db/comment-writes.ts'
import { lockAuthors, type PostingContext, type PostingFacts, readPostingFacts } from '../db/posting.ts'
import type { ArticleKey } from '../db/references.ts'
import type { CommentSettings } from '../domain/comment.ts'
import { AppError } from '../lib/errors.ts'
import { leastIdAt } from '../lib/ids.ts'
import type { Commenter } from './comment-authors.ts'
import { type CommentText, hashOfWords } from './comment-words.ts'

/** A comment as far as it is known without the article. */
export interface Written {
  text: CommentText
  author: Commenter
  parentId: string | null
}

interface ReadFacts {
  context: PostingContext
  facts: PostingFacts
}

/** Locks all that the rules look at, and reads it. @throws ARTICLE_NOT_FOUND. */
export async function lockFacts(
  tx: Db,
  article: ArticleKey,
  written: Written,
  settings: CommentSettings,
): Promise<ReadFacts> {
  const { author, parentId } = written
  if (parentId) await lockThread(tx, parentId)
  // both keys of the network: at midnight one post takes the old day for today, and another the new one
  if (!author.sandbox) await lockAuthors(tx, [...author.authorKeys, ...author.networkKeys])
  return readFacts(tx, article, written, settings, 'locked')
}

/** @throws ARTICLE_NOT_FOUND. */
export async function readFacts(
  tx: Db,
  article: ArticleKey,
  { text, author, parentId }: Written,
  settings: CommentSettings,
  how: 'read' | 'locked',
): Promise<ReadFacts> {
  const of = {
    ...author,
    names: [author.name, withoutOrnaments(author.name)],
    parentId,
    bodyHash: hashOfWords(text.source),
    minuteFloor: leastIdAt(Date.now() - 60_000),
    limits: { ...settings, perHour: Math.max(settings.perHour, settings.perMinute) },
  }
  const read = await readPostingFacts(tx, article, of, how)
  if (!read) throw new AppError('ARTICLE_NOT_FOUND')
  return read
}

/** A name without the signs that people put around names, and that may stand for letters within one. */
const withoutOrnaments = (name: string): string =>
  name.replace(/[^\p{L}\p{M}\p{N}\p{P}\s$|]/gu, '').replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{M}\p{N}]+$/gu, '')

/** All that a reader will read of a comment, and what it is made from. */
export const wordsOf = ({ text, source }: CommentText, { name, url }: Commenter): string[] => [
  text,
  source,
  name,
  url ?? '',
]
