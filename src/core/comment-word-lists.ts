import type { Db } from '../db/client.ts'
import { readWords } from '../db/moderation-words.ts'
import { compileWordList, type WordList } from '../lib/word-list.ts'

export interface FoundWords {
  banned: boolean
  suspect: boolean
}

/**
 * The word lists of the site, compiled, as of the version that the facts of a comment tell: never older than those.
 */
export function commentWordLists() {
  let kept: { version: number; banned: WordList; suspect: WordList } | undefined

  async function find(tx: Db, version: number, ...texts: string[]): Promise<FoundWords> {
    if (version === 0) return { banned: false, suspect: false }
    const lists = kept?.version === version ? kept : await read(tx)
    const holds = (list: WordList) => texts.some((text) => list.find(text) !== undefined)
    return { banned: holds(lists.banned), suspect: holds(lists.suspect) }
  }

  async function read(tx: Db) {
    const { version, banned, suspect } = await readWords(tx)
    kept = { version, banned: compileWordList(banned), suspect: compileWordList(suspect) }
    return kept
  }

  return { find }
}
