import { type Static, type TSchema, Type } from '@sinclair/typebox'

/** Pieces that the shapes of several nouns share. */

export type Shape = TSchema

export const Id = Type.String({ format: 'uuid', examples: ['019a2b3c-4d5e-7f60-8a1b-2c3d4e5f6071'] })
export const Moment = Type.String({ format: 'date-time', examples: ['2026-09-12T06:00:00.000Z'] })
export const Slug = Type.String({ minLength: 1, maxLength: 200 })
export const Locale = Type.String({
  pattern: '^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$',
  maxLength: 35,
  description: 'BCP 47 language tag, such as `en` or `pt-BR`',
  examples: ['en'],
})

export const nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])

/** A closed set of words. */
export const oneOf = <const T extends readonly string[]>(
  words: T,
  options: { description?: string; default?: T[number] } = {},
) => Type.Unsafe<T[number]>({ type: 'string', enum: [...words], ...options })

/** A closed shape: unknown properties are refused by name. */
export const closed = <T extends Parameters<typeof Type.Object>[0]>(
  properties: T,
  options: { description?: string; $id?: string; examples?: unknown[] } = {},
) => Type.Object(properties, { additionalProperties: false, ...options })

export const MAX_LIMIT = 100
export const DEFAULT_LIMIT = 20

/** The paging parameters of every list. */
export const pageQuery = {
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: MAX_LIMIT, default: DEFAULT_LIMIT, description: 'How many at most' }),
  ),
  after: Type.Optional(
    Type.String({ maxLength: 6000, description: 'Cursor: what follows it in the order of the list' }),
  ),
  before: Type.Optional(
    Type.String({ maxLength: 6000, description: 'Cursor: what precedes it in the order of the list' }),
  ),
}

export const COUNT_MODES = ['none', 'estimated', 'exact'] as const
export type CountMode = (typeof COUNT_MODES)[number]

/** Whether a list is counted. */
export const countQuery = {
  count: Type.Optional(
    oneOf(COUNT_MODES, { default: 'none', description: 'Whether `page.count` tells how long the list is' }),
  ),
}

export const Page = closed(
  {
    next: nullable(Type.String({ description: 'Pass as `after` for the page that follows' })),
    previous: nullable(Type.String({ description: 'Pass as `before` for the page that precedes' })),
    hasNext: Type.Boolean(),
    hasPrevious: Type.Boolean(),
    count: Type.Optional(Type.Integer({ description: 'Of the whole list, where `count` asks for it' })),
  },
  { $id: 'Page', description: 'Where the list goes on' },
)
export type Page = Static<typeof Page>

export interface Paged<T> {
  data: T[]
  page: Page
}

/** Names a shape of the OpenAPI document from inside another one. */
export const ref = <T extends TSchema>(schema: T) => Type.Unsafe<Static<T>>(Type.Ref(schema.$id as string))

export const pageOf = <T extends TSchema>(item: T, $id: string, description: string) =>
  closed({ data: Type.Array(item), page: ref(Page) }, { $id, description })

export const Problem = Type.Object(
  {
    type: Type.String({ format: 'uri-reference' }),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String(),
    code: Type.String({ examples: ['ARTICLE_NOT_FOUND'] }),
    instance: Type.String({ description: 'The id of the request' }),
    errors: Type.Optional(Type.Array(Type.Object({ path: Type.String(), message: Type.String() }))),
    from: Type.Optional(Type.String({ description: 'Of INVALID_TRANSITION: the present state' })),
    allowed: Type.Optional(
      Type.Array(Type.String(), { description: 'Of INVALID_TRANSITION: what is possible from there' }),
    ),
    version: Type.Optional(Type.Integer({ description: 'Of VERSION_STALE: the present version' })),
    changed: Type.Optional(
      Type.Array(Type.String(), {
        description: 'Of VERSION_STALE: JSON Pointers to what has changed since the version that was named',
      }),
    ),
  },
  {
    $id: 'Problem',
    description: 'RFC 9457 problem details',
    examples: [
      {
        type: 'https://example.org/docs/errors#ARTICLE_NOT_FOUND',
        title: 'There is no such article',
        status: 404,
        detail: 'There is no such article',
        code: 'ARTICLE_NOT_FOUND',
        instance: 'req-1f',
      },
    ],
  },
)
