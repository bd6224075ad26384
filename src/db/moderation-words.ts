import { eq } from 'drizzle-orm'
import type { Db } from './client.ts'
import { moderationWords } from './tables/comments.ts'

export interface ModerationWords {
  banned: string[]
  suspect: string[]
  reserved: string[]
  /** 0 where nobody has written any list yet. */
  version: number
}

/** @returns the word lists of the site, entries as they are compared. */
export async function readModerationWords(db: Db): Promise<ModerationWords> {
  const { banned, suspect, reserved, version } = moderationWords
  const [row] = await db
    .select({ banned, suspect, reserved, version })
    .from(moderationWords)
    .where(eq(moderationWords.id, 1))
  return row ?? { banned: [], suspect: [], reserved: [], version: 0 }
}
