import { type SQL, sql } from 'drizzle-orm'
import type { Db } from './client.ts'
import type { VoteSums } from './comments.ts'
import { listedComment, visibleArticle } from './visible.ts'

export interface Vote {
  commentId: string
  /** Keyed hash of a person or a device. */
  voterKey: Buffer
  value: 1 | -1
  proven: boolean
}

/**
 * The comment that is voted on, locked, where the public sees it now. Locked before its votes, as by all who change both: who
 * erases it takes the same way, and neither waits for the other in a ring. After a wait, it is judged as it is then.
 */
const votable = (commentId: string): SQL => sql`
  select c.id from comments c join articles a on a.id = c.article_id
  where c.id = ${commentId}::uuid and c.status = 'approved' and ${listedComment(sql`c`)} and ${visibleArticle(sql`a`)}
  for no key update of c`

const bytea = (key: Buffer): SQL => sql`decode(${key.toString('hex')}::text, 'hex')`

/**
 * The one vote of this voter on a comment from now on; sums follow by trigger.
 * @returns false where the public does not see the comment: nothing has changed then.
 */
export async function putVote(tx: Db, { commentId, voterKey, value, proven }: Vote): Promise<boolean> {
  const found = await tx.execute(sql`
    with target as materialized (${votable(commentId)}),
    vote as (
      insert into comment_votes as v (comment_id, voter_key, value, proven)
      select id, ${bytea(voterKey)}, ${value}::smallint, ${proven}::boolean from target
      on conflict (comment_id, voter_key) do update set value = excluded.value, proven = excluded.proven
      where (v.value, v.proven) is distinct from (excluded.value, excluded.proven)
    )
    select id from target`)
  return found.length === 1
}

/** Takes back the vote of this voter, if there is one. @returns false where the public does not see the comment. */
export async function deleteVote(
  tx: Db,
  { commentId, voterKey }: Pick<Vote, 'commentId' | 'voterKey'>,
): Promise<boolean> {
  const found = await tx.execute(sql`
    with target as materialized (${votable(commentId)}),
    vote as (
      delete from comment_votes v using target
      where v.comment_id = target.id and v.voter_key = ${bytea(voterKey)}
    )
    select id from target`)
  return found.length === 1
}

/** The sums of a comment: within the transaction that voted, with that vote and all before it. */
export async function readVoteSums(tx: Db, commentId: string): Promise<VoteSums> {
  const [row] = await tx.execute<VoteSums & Record<string, unknown>>(sql`
    select upvotes, downvotes, score from comments where id = ${commentId}::uuid`)
  return row as VoteSums
}
