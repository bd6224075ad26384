import { type Static, Type } from '@sinclair/typebox'
import { REPORT_REASONS } from '../domain/comment.ts'
import { closed, Id, nullable, oneOf } from './common.ts'

export const NewReport = closed(
  {
    reason: oneOf(REPORT_REASONS),
    note: Type.Optional(nullable(Type.String({ maxLength: 500, description: 'For moderators only' }))),
  },
  { $id: 'NewReport', examples: [{ reason: 'advertising', note: 'The third one today' }] },
)
export type NewReport = Static<typeof NewReport>

export const TakenReport = closed(
  { commentId: Id, reported: Type.Boolean() },
  { $id: 'TakenReport', description: 'The same for the first report and for each that follows' },
)
export type TakenReport = Static<typeof TakenReport>
