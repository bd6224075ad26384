import { eq, sql } from 'drizzle-orm'
import type { Db } from './client.ts'
import { param, statements } from './statement.ts'
import { moderationWords } from './tables/moderation.ts'

/** Words and phrases, folded: NFKC, without regard to case, blanks as one space. */
export interface WordLists {
  /** A comment with one of them is rejected. */
  banned: string[]
  /** A comment with one of them is held. */
  suspect: string[]
  /** Names that only staff may bear. */
  reserved: string[]
}

export interface WordsRow extends WordLists {
  /** Grows with each change; 0 where nobody has written any. */
  version: number
}

/** The one row of the table. */
const ID = 1

export const NO_WORDS: WordsRow = { version: 0, banned: [], suspect: [], reserved: [] }

/** The word lists of the site. Params: id. */
export const wordLists = statements<'only', WordsRow>(
  'word_lists',
  () => sql`
    select json_build_object('version', w.version, 'banned', w.banned, 'suspect', w.suspect, 'reserved', w.reserved) as answer
    from moderation_words w where w.id = ${param.integer('id')}`,
)

/** @returns the word lists of the site with their version; empty ones of version 0 where there are none. One statement. */
export async function readWords(db: Db): Promise<WordsRow> {
  const [row] = await wordLists.run(db, 'only', { id: ID })
  return row ?? NO_WORDS
}

/** Makes everybody else who would change the lists wait for the transaction. @returns the version that they have. */
export async function lockWords(tx: Db, actor: string): Promise<number> {
  // a row to lock, the first time too
  await tx.insert(moderationWords).values({ id: ID, version: 0, updatedBy: actor }).onConflictDoNothing()
  const [row] = await tx
    .select({ version: moderationWords.version })
    .from(moderationWords)
    .where(eq(moderationWords.id, ID))
    .for('no key update')
  return row?.version ?? 0
}

/** Replaces the lists, as the next version. The caller holds them. */
export async function writeWords(tx: Db, lists: WordLists, actor: string): Promise<void> {
  await tx
    .update(moderationWords)
    .set({ ...lists, version: sql`${moderationWords.version} + 1`, updatedBy: actor, updatedAt: sql`now()` })
    .where(eq(moderationWords.id, ID))
}
