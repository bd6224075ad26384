import { type Database, inTransaction } from '../db/client.ts'
import { deleteVote, putVote, readVoteSums } from '../db/comment-votes.ts'
import type { CommentSettings } from '../domain/comment.ts'
import type { Viewer } from '../domain/viewer.ts'
import { AppError } from '../lib/errors.ts'
import type { Secrets } from '../lib/secrets.ts'
import type { CastVote, VoteValue } from '../shapes/comment-votes.ts'
import { createPersons, type Person, type PersonProof, readerActorOf } from './comment-persons.ts'
import { votesOf } from './comment-views.ts'

export function commentVotes(db: Database['db'], secrets: Secrets, { deviceVotes }: CommentSettings) {
  const persons = createPersons(secrets)

  /**
   * Makes this the one vote of its voter on a comment, however often it is cast.
   * @throws as `requirePerson`; FORBIDDEN for a device where devices do not vote; COMMENT_NOT_FOUND for what the public does not
   * see, absent or hidden.
   */
  async function cast(
    commentId: string,
    value: VoteValue,
    viewer: Viewer,
    proof: PersonProof,
  ): Promise<CastVote> {
    const person = persons.requirePerson(viewer, proof)
    if (!person.proven && !deviceVotes)
      throw new AppError('FORBIDDEN', { detail: 'Devices do not vote here' })
    return inTransaction(db, readerActorOf(viewer), async (tx) => {
      const done = await putVote(tx, { commentId, value, ...voterOf(person) })
      if (!done) throw new AppError('COMMENT_NOT_FOUND')
      return { commentId, value, votes: votesOf(await readVoteSums(tx, commentId)) }
    })
  }

  /** Takes back the vote of its voter, if there is one; also of a device where devices do not vote any more. @throws as `cast`. */
  async function withdraw(commentId: string, viewer: Viewer, proof: PersonProof): Promise<void> {
    const person = persons.requirePerson(viewer, proof)
    await inTransaction(db, readerActorOf(viewer), async (tx) => {
      const done = await deleteVote(tx, { commentId, ...voterOf(person) })
      if (!done) throw new AppError('COMMENT_NOT_FOUND')
    })
  }

  /** A new device token; nothing is stored. */
  const newDevice = (): { deviceToken: string } => ({ deviceToken: persons.issueDevice() })

  return { cast, withdraw, newDevice }
}

const voterOf = ({ key, proven }: Person) => ({ voterKey: key, proven })
