import { type Static, Type } from '@sinclair/typebox'
import { Comment } from './comments.ts'
import { closed, Id, Moment, nullable, oneOf, pageQuery, ref } from './common.ts'

export const CommentChange = closed(
  {
    type: oneOf(['upsert', 'removed'], {
      description: 'Whether the comment stands in public lists now, in full or as a placeholder',
    }),
    id: Id,
    articleId: Id,
    at: Type.Unsafe<string>({ ...Moment, description: 'When it was changed' }),
    comment: nullable(ref(Comment)),
  },
  { $id: 'CommentChange', description: 'A comment that has changed, as everybody sees it now' },
)
export type CommentChange = Static<typeof CommentChange>

export const CommentChanges = closed(
  {
    data: Type.Array(ref(CommentChange)),
    page: closed({
      next: Type.String({ description: 'Pass as `after`: for the page that follows, now or later' }),
      hasNext: Type.Boolean({ description: 'Whether more is there now' }),
    }),
  },
  { $id: 'CommentChanges', description: 'Comments that have changed, in an order that stands' },
)
export type CommentChanges = Static<typeof CommentChanges>

export const CommentChangesQuery = closed({ limit: pageQuery.limit, after: pageQuery.after })
export type CommentChangesQuery = Static<typeof CommentChangesQuery>
