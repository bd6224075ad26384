import { type Static, Type } from '@sinclair/typebox'
import { Votes } from './comments.ts'
import { closed, Id, ref } from './common.ts'

const value = Type.Unsafe<1 | -1>({ type: 'integer', enum: [1, -1] })
export type VoteValue = Static<typeof value>

export const NewVote = closed({ value }, { $id: 'NewVote', examples: [{ value: 1 }] })
export type NewVote = Static<typeof NewVote>

export const CastVote = closed(
  { commentId: Id, value, votes: ref(Votes) },
  { $id: 'CastVote', description: 'Your vote on a comment, and the sums with it' },
)
export type CastVote = Static<typeof CastVote>

export const Device = closed(
  { deviceToken: Type.String({ description: 'For the header `Comment-Device`. Keep it on the device.' }) },
  { $id: 'Device', description: 'Tells one device from another, and proves nobody' },
)
