import { GraphQLError, type GraphQLFormattedError } from 'graphql'
import { AppError, findAppError } from '../lib/errors.ts'

/**
 * An error of an execution as a client may see it, and as one of ours for the log. Text of anything unknown stays
 * inside: mercurius alone would send it.
 */
export function formatError(
  error: GraphQLError,
  requestId: string,
): { formatted: GraphQLFormattedError; app: AppError } {
  const app = asAppError(error)
  const { errors, extra } = app.details
  return {
    app,
    formatted: {
      message: app.message,
      ...(error.locations && { locations: error.locations }),
      ...(error.path && { path: error.path }),
      extensions: { ...extra, code: app.code, requestId, ...(errors && { errors }) },
    },
  }
}

function asAppError(error: GraphQLError): AppError {
  const { originalError } = error
  const ours = findAppError(originalError)
  if (ours) return ours
  // graphql's own word on a value or a document; nothing of ours is in it
  if (!originalError || originalError instanceof GraphQLError) {
    return new AppError('GRAPHQL_VALIDATION_FAILED', { detail: error.message })
  }
  return new AppError('INTERNAL', { cause: originalError })
}
