import { type Database, inTransaction } from '../db/client.ts'
import { lockWords, readWords, type WordLists, writeWords } from '../db/moderation-words.ts'
import type { Viewer } from '../domain/viewer.ts'
import { AppError, atFault, type FieldError } from '../lib/errors.ts'
import { normaliseEntry } from '../lib/word-list.ts'
import { type WordLists as ListsShape, WORD_LENGTH } from '../shapes/moderation.ts'
import { type Precondition, readIfMatch, required, versionTag } from './preconditions.ts'
import { actorOf, requireScope } from './viewer.ts'

/** The word lists of the site, and the entity tag that names them. */
export interface WordsView {
  lists: ListsShape
  tag: string
}

const NAMES = ['banned', 'suspect', 'reserved'] as const

/** More faults than this are not listed. */
const MAX_FAULTS = 20

export function moderationWords(db: Database['db']) {
  /** @throws AUTHENTICATION_FAILED, FORBIDDEN. One statement. */
  async function words(viewer: Viewer): Promise<WordsView> {
    requireScope(viewer, 'comments:moderate')
    return present(await readWords(db))
  }

  /**
   * Replaces all three lists. Entries are literals; they are kept folded, each once.
   * @param ifMatch the header; it has to name the lists that the change is made on.
   * @throws AUTHENTICATION_FAILED, FORBIDDEN, PRECONDITION_REQUIRED, WORDS_STALE, VALIDATION_FAILED with the entries at fault.
   */
  async function replaceWords(
    input: ListsShape,
    { viewer, ifMatch }: { viewer: Viewer; ifMatch: string | undefined },
  ): Promise<WordsView> {
    requireScope(viewer, 'comments:moderate')
    const wanted = required(readIfMatch(ifMatch), 'the lists')
    const lists = readLists(input)
    return inTransaction(db, actorOf(viewer), async (tx) => {
      checkTag(await lockWords(tx, actorOf(viewer)), wanted)
      await writeWords(tx, lists, actorOf(viewer))
      return present(await readWords(tx))
    })
  }

  return { words, replaceWords }
}

const present = ({ version, banned, suspect, reserved }: WordLists & { version: number }): WordsView => ({
  lists: { banned, suspect, reserved },
  tag: versionTag(version),
})

/** @throws WORDS_STALE with the tag of the lists as they are now. */
function checkTag(version: number, wanted: Precondition): void {
  if (wanted === 'any' || wanted.includes(version)) return
  throw new AppError('WORDS_STALE', { headers: { etag: versionTag(version) } })
}

/** @throws VALIDATION_FAILED with every entry that is empty, or too long, once folded. */
function readLists(input: ListsShape): WordLists {
  const faults: FieldError[] = []
  const lists = NAMES.map((name) => {
    const folded = input[name].map(normaliseEntry)
    for (const [i, entry] of folded.entries()) {
      const message = faultOf(entry)
      if (message) faults.push({ path: `/${name}/${i}`, message })
    }
    return [name, [...new Set(folded)]]
  })
  if (faults.length > 0) throw atFault('VALIDATION_FAILED', faults.slice(0, MAX_FAULTS))
  return Object.fromEntries(lists) as unknown as WordLists
}

function faultOf(entry: string): string | undefined {
  if (!/[\p{L}\p{N}\p{P}\p{S}]/u.test(entry)) return 'must not be empty'
  // one character may become eighteen
  return [...entry].length > WORD_LENGTH ? `must not exceed ${WORD_LENGTH} characters once folded` : undefined
}
