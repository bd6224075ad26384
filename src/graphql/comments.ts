import type { Proof } from '../core/comment-ownership.ts'
import type { Slice } from '../core/paging.ts'
import { AppError, invalid } from '../lib/errors.ts'
import { isId } from '../lib/ids.ts'
import { validator } from '../lib/validate.ts'
import { type Comment, CommentEdit, NewComment, type OwnComment } from '../shapes/comments.ts'
import { type Decision, Decisions } from '../shapes/moderation.ts'
import { type CommentsArgs, checkRef, commentSort, given } from './articles.ts'
import { type ConnectionArgs, connection, isGiven, orNull, pageInput } from './connection.ts'
import type { Context } from './context.ts'

interface PostInput {
  article: string
  locale?: string | null
  body: string
  author: { name: string; email?: string | null; url?: string | null }
  parentId?: string | null
}

type Source = Comment & Partial<OwnComment> & { replies?: Slice<Comment> }

const checkNew = validator(NewComment)
const checkEdit = validator(CommentEdit)
const checkDecisions = validator(Decisions)

export const commentResolvers = {
  Query: {
    comment: (_: unknown, { id, receipt }: { id: string; receipt?: string | null }, context: Context) =>
      orNull('COMMENT_NOT_FOUND', () => context.core.comments.read(readId(id), proofOf(context, receipt))),
    moderationQueue: async (
      _: unknown,
      args: { status?: string | null } & ConnectionArgs,
      context: Context,
    ) => {
      const { status, ...page } = args
      const input = { status: (status ?? 'PENDING').toLowerCase() as 'pending', ...pageInput(page) }
      return connection(await context.core.moderation.list(input, context.viewer))
    },
  },

  Mutation: {
    postComment: (_: unknown, { input }: { input: PostInput }, context: Context) => {
      const { article, locale, ...comment } = input
      const checked = checkNew(comment)
      checkRef(given({ ref: article, locale }))
      return refusable({ comment: null, receipt: null, duplicateOf: null, replayed: false }, async () => {
        const posted = await context.core.comments.post(article, locale ?? undefined, checked, context)
        return { ...posted.answer, replayed: posted.replayed }
      })
    },
    editComment: (
      _: unknown,
      { input }: { input: { id: string; receipt: string; body: string } },
      context: Context,
    ) => {
      const { body } = checkEdit({ body: input.body })
      const id = readId(input.id)
      return refusable({ comment: null }, async () => ({
        comment: await context.core.comments.edit(id, body, proofOf(context, input.receipt)),
      }))
    },
    withdrawComment: (
      _: unknown,
      { input }: { input: { id: string; receipt?: string | null } },
      context: Context,
    ) => {
      const id = readId(input.id)
      return refusable({ withdrawn: false }, async () => {
        await context.core.comments.withdraw(id, proofOf(context, input.receipt))
        return { withdrawn: true }
      })
    },
    decideComments: async (_: unknown, args: { decisions: Record<string, unknown>[] }, context: Context) => {
      const decisions = args.decisions.map((decision) => given(lowered(decision)))
      const checked = checkDecisions({ decisions })
      return context.core.moderation.decide(checked.decisions, {
        viewer: context.viewer,
        idempotencyKey: context.idempotencyKey,
      })
    },
  },

  Comment: {
    placeholder: ({ placeholder }: Source) => placeholder?.toUpperCase() ?? null,
    status: ({ status }: Source) => status?.toUpperCase() ?? null,
    replies: async (comment: Source, args: CommentsArgs, context: Context) => {
      const sort = commentSort(args)
      const input = pageInput(isGiven(args.last) || isGiven(args.before) ? { ...args, first: null } : args)
      const count = input.limit ?? 3
      // also where the comment itself is not public, and only its author looks at it
      if (comment.replyCount === 0 && input.after === undefined && input.before === undefined) {
        return connection(NO_REPLIES)
      }
      if (input.after !== undefined || input.before !== undefined || input.fromEnd) {
        return connection(await context.core.comments.replies(comment.id, { ...input, sort }))
      }
      const ready = sort === 'oldest' && comment.replies && comesFrom(comment.replies, count)
      return connection(
        ready
          ? (comment.replies as Slice<Comment>)
          : await context.firstReplies(count, sort).load(comment.id),
      )
    },
  },

  ModeratedComment: {
    status: ({ status }: { status: string }) => status.toUpperCase(),
  },
}

const NO_REPLIES: Slice<Comment> = { nodes: [], cursors: [], hasNext: false, hasPrevious: false }

/** True where the replies that came with a thread are the ones asked for: as many, or all there are. */
const comesFrom = ({ nodes, hasNext }: Slice<Comment>, count: number) =>
  nodes.length === count || (nodes.length < count && !hasNext)

/** Refusals of the domain are part of the answer; what is wrong with the request or with us is an error. */
async function refusable(refused: object, work: () => Promise<object>) {
  try {
    return { ...(await work()), errors: [] }
  } catch (error) {
    if (!(error instanceof AppError) || !REFUSALS.has(error.status)) throw error
    const refusal = {
      code: error.code,
      message: error.message,
      path: error.details.errors?.[0]?.path ?? null,
    }
    return { ...refused, errors: [refusal] }
  }
}

const REFUSALS = new Set([403, 404, 409, 422, 429])

const proofOf = ({ viewer }: Context, receipt: string | null | undefined): Proof => ({
  viewer,
  receipt: receipt ?? undefined,
})

function readId(id: string): string {
  if (!isId(id)) throw invalid('/id', 'must be an id')
  return id.toLowerCase()
}

/** Enum values of GraphQL as the words that REST has. */
function lowered(decision: Record<string, unknown>): Partial<Decision> {
  const { action, reasonCode, ...rest } = decision
  return {
    ...rest,
    action: String(action).toLowerCase() as Decision['action'],
    ...(isGiven(reasonCode) && { reasonCode: String(reasonCode).toLowerCase() as 'moderator' }),
  }
}
