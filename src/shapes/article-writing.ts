import { type Static, type TProperties, type TSchema, Type } from '@sinclair/typebox'
import { COMMENT_POLICIES } from '../domain/comment.ts'
import type { ArticleDocument as Document } from '../domain/document.ts'
import { Article, Cover, Seo } from './articles.ts'
import { closed, Id, Locale, Moment, nullable, oneOf, ref } from './common.ts'

/** Bytes of UTF-8 that the source of a body may have. */
export const BODY_BYTES = 512 * 1024
/** Of a request that writes one article: a body of that size, also where each letter of it is escaped. */
export const WRITE_BODY_LIMIT = 2 * 1024 * 1024

export const BODY_FORMATS = ['markdown', 'html', 'text'] as const

/** As `nullable`, for a schema of one type: what is neither gets one message, not one for each branch. */
const orNull = <T extends TSchema>(schema: T) =>
  Type.Unsafe<Static<T> | null>({
    ...schema,
    type: [...new Set([schema['type'], 'null'].flat())],
    ...(schema['enum'] && { enum: [...new Set([...schema['enum'], null])] }),
  })

const Reference = Type.String({
  minLength: 1,
  maxLength: 200,
  description: 'Id, slug or old slug',
  examples: ['harbour'],
})
const references = (maxItems: number, description: string) =>
  Type.Array(Reference, { maxItems, description: `${description}. By id or slug; each once` })

const WebAddress = Type.String({ minLength: 1, maxLength: 2048, description: 'http or https, absolute' })
const Pixels = Type.Integer({ minimum: 1, maximum: 100_000 })

const NewBody = closed(
  {
    format: Type.Optional(oneOf(BODY_FORMATS, { default: 'markdown' })),
    source: Type.String({ maxLength: BODY_BYTES, description: `At most ${BODY_BYTES} bytes of UTF-8` }),
  },
  { description: 'The text as it is written; sanitised and rendered once, when it is saved' },
)

const NewCover = closed({
  url: WebAddress,
  alt: Type.Optional(Type.String({ maxLength: 1000 })),
  width: Type.Optional(orNull(Pixels)),
  height: Type.Optional(orNull(Pixels)),
  caption: Type.Optional(Type.String({ maxLength: 1000 })),
  credit: Type.Optional(Type.String({ maxLength: 500 })),
})

const NewSeo = closed({
  title: Type.Optional(Type.String({ maxLength: 500 })),
  description: Type.Optional(Type.String({ maxLength: 1000 })),
  canonicalUrl: Type.Optional(WebAddress),
  image: Type.Optional(WebAddress),
  noindex: Type.Optional(Type.Boolean()),
})

const NewChoice = closed({
  previous: Type.Optional(orNull(Reference)),
  next: Type.Optional(orNull(Reference)),
})

/** An object whose names are free and whose values are not. */
const mapOf = <T extends TSchema>(value: T, options: object) =>
  Type.Unsafe<Record<string, Static<T>>>({
    type: 'object',
    propertyNames: { maxLength: 250 },
    additionalProperties: value,
    ...options,
  })

const ADJACENT = {
  maxProperties: 50,
  description:
    'By series (`site`, `category:harbour`, `tag:<id>`…): the article that shall stand before or after this one there, in place of the one by order',
}

const written = {
  locale: Locale,
  slug: Type.String({
    minLength: 1,
    maxLength: 200,
    description: 'Left out, it is made from the title. Old ones keep leading here',
  }),
  title: Type.String({ minLength: 1, maxLength: 500 }),
  subtitle: orNull(Type.String({ maxLength: 500 })),
  excerpt: orNull(Type.String({ maxLength: 2000, description: 'Null: it follows the body' })),
  body: NewBody,
  cover: orNull(NewCover),
  seo: NewSeo,
  featured: Type.Boolean(),
  commentPolicy: orNull(oneOf(COMMENT_POLICIES, { description: 'Null: as the site' })),
  commentsCloseAt: orNull(Moment),
  translationOf: orNull(
    Type.String({
      minLength: 1,
      maxLength: 200,
      description: 'The article that this one translates: by id, or by its slug in another language',
    }),
  ),
  authors: references(50, 'In the order in which they are named'),
  categories: references(50, 'Primary first'),
  tags: references(100, 'In order'),
  adjacent: mapOf(NewChoice, ADJACENT),
}
const { title, ...others } = written

const EXAMPLE = {
  title: 'Mackerel with rhubarb',
  body: { format: 'markdown', source: 'The boats came in **early**.' },
  authors: ['ada'],
  categories: ['food'],
  tags: ['fish'],
}

export const NewArticle = closed(
  { title, ...Type.Partial(Type.Object(others)).properties },
  { $id: 'NewArticle', description: 'An article to write; it begins as a draft', examples: [EXAMPLE] },
)
export type NewArticle = Static<typeof NewArticle>

/** Some members of a document, each as `NewArticle` has it. */
export const ArticleMembers = closed(Type.Partial(Type.Object(written)).properties)

/** RFC 7396: any part of the value, and null for what shall go. */
export type MergePatch<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { [K in keyof T]?: MergePatch<T[K]> | null }
    : T

/** The shape of a merge patch for what has this shape: of an object any members, each of them or null. */
function patchOf<T extends TSchema>(schema: T): TSchema {
  const { required: _, properties, additionalProperties, ...rest } = schema as Record<string, unknown>
  const partOf = (member: TSchema) => orNull(patchOf(member))
  const members = Object.entries((properties ?? {}) as Record<string, TSchema>)
  return {
    ...rest,
    ...(properties !== undefined && {
      properties: Object.fromEntries(members.map(([name, member]) => [name, partOf(member)])),
    }),
    ...(additionalProperties !== undefined && {
      additionalProperties: additionalProperties && partOf(additionalProperties as TSchema),
    }),
  } as TSchema
}

export type ArticlePatch = MergePatch<NewArticle>
export const ArticlePatch = Type.Unsafe<ArticlePatch>({
  ...patchOf(NewArticle),
  $id: 'ArticlePatch',
  description:
    'What shall change, as JSON Merge Patch (RFC 7396): null gives a member its default, lists are replaced whole',
  examples: [
    {
      title: 'Mackerel with gooseberries',
      subtitle: null,
      seo: { description: 'A recipe' },
      adjacent: { site: { next: 'rhubarb-crumble' } },
    },
  ],
})

const choice = closed({ previous: Type.Optional(Id), next: Type.Optional(Id) })

const DOCUMENT: Document = {
  locale: 'en',
  slug: 'mackerel-with-rhubarb',
  title: 'Mackerel with rhubarb',
  subtitle: null,
  excerpt: null,
  body: { format: 'markdown', source: 'The boats came in **early**.' },
  cover: null,
  seo: {},
  featured: false,
  commentPolicy: null,
  commentsCloseAt: null,
  translationOf: null,
  authors: ['019a2b3c-4d5e-7f60-8a1b-2c3d4e5f6071'],
  categories: ['019a2b3c-4d5e-7f60-8a1b-2c3d4e5f6072'],
  tags: [],
  adjacent: { site: { next: '019a2b3c-4d5e-7f60-8a1b-2c3d4e5f6073' } },
}

export const ArticleDocument = closed(
  {
    locale: Locale,
    slug: Type.String(),
    title: Type.String(),
    subtitle: nullable(Type.String()),
    excerpt: nullable(Type.String({ description: 'Null: it follows the body' })),
    body: closed({ format: oneOf(BODY_FORMATS), source: Type.String() }),
    cover: nullable(ref(Cover)),
    seo: ref(Seo),
    featured: Type.Boolean(),
    commentPolicy: nullable(oneOf(COMMENT_POLICIES, { description: 'Null: as the site' })),
    commentsCloseAt: nullable(Moment),
    translationOf: nullable(Id),
    authors: Type.Array(Id),
    categories: Type.Array(Id, { description: 'Primary first' }),
    tags: Type.Array(Id),
    adjacent: mapOf(choice, { description: ADJACENT.description }),
  },
  {
    $id: 'ArticleDocument',
    description: 'What an editor writes of an article, references by id',
    examples: [DOCUMENT],
  },
)

export const WrittenArticle = closed(
  { ...Article.properties, document: ref(ArticleDocument) },
  {
    $id: 'WrittenArticle',
    description: 'An article as whoever wrote it gets it back, with its document',
    examples: [
      {
        id: '019a2b3c-4d5e-7f60-8a1b-2c3d4e5f6070',
        slug: DOCUMENT.slug,
        locale: DOCUMENT.locale,
        title: DOCUMENT.title,
        subtitle: null,
        excerpt: 'The boats came in early.',
        cover: null,
        publishedAt: null,
        url: 'https://example.org/mackerel-with-rhubarb',
        featured: false,
        wordCount: 5,
        readingMinutes: 1,
        commentCount: 0,
        commentsOpen: false,
        updatedAt: '2026-09-12T05:58:11.402Z',
        status: 'draft',
        commentPolicy: null,
        unpublishAt: null,
        firstPublishedAt: null,
        createdAt: '2026-09-12T05:58:11.402Z',
        version: 1,
        seo: {},
        authors: [{ id: DOCUMENT.authors[0], slug: 'ada', name: 'Ada' }],
        categories: [{ id: DOCUMENT.categories[0], slug: 'food', name: 'Food' }],
        tags: [],
        document: DOCUMENT,
      },
    ],
  },
)
export type WrittenArticle = Static<typeof WrittenArticle>

export const WrittenQuery = closed({ locale: Type.Optional(Locale) })
export type WrittenQuery = Static<typeof WrittenQuery>

const end = Type.Optional(
  orNull(Type.String({ ...Moment, description: 'When it goes out of sight; null for never' })),
)

export const PublishInput = closed(
  {
    publishedAt: Type.Optional(
      Type.String({
        ...Moment,
        description:
          'A moment that has come. Left out: the one that it had when it was public before, or else now',
      }),
    ),
    unpublishAt: end,
  },
  {
    $id: 'PublishInput',
    examples: [{}, { publishedAt: '2026-09-01T06:00:00Z', unpublishAt: '2036-09-01T06:00:00Z' }],
  },
)
export type PublishInput = Static<typeof PublishInput>

export const ScheduleInput = closed(
  {
    publishedAt: Type.String({ ...Moment, description: 'A moment to come' }),
    unpublishAt: end,
  },
  { $id: 'ScheduleInput', examples: [{ publishedAt: '2036-09-12T06:00:00Z', unpublishAt: null }] },
)
export type ScheduleInput = Static<typeof ScheduleInput>

export const UnpublishInput = closed(
  {
    at: Type.Optional(
      Type.String({
        ...Moment,
        description: 'A moment to come, until which it stays public. Left out: it is a draft at once',
      }),
    ),
  },
  { $id: 'UnpublishInput', examples: [{}, { at: '2036-09-12T06:00:00Z' }] },
)
export type UnpublishInput = Static<typeof UnpublishInput>

const named = {
  ref: Type.String({ minLength: 1, maxLength: 250, description: 'Id, slug or old slug' }),
  locale: Type.Optional(Locale),
  ifMatch: Type.Optional(
    Type.Unsafe<number | '*'>({
      anyOf: [
        { type: 'integer', minimum: 1 },
        { type: 'string', enum: ['*'] },
      ],
      description: 'The version that the change is made on, or `*` for any. Required',
    }),
  ),
}

const operation = <T extends string, M extends TProperties>(op: T, members: M) =>
  closed({ op: oneOf([op]), ...members })

/** What an operation of each kind is given. */
export const OPERATIONS = {
  create: operation('create', {
    document: NewArticle,
    idempotencyKey: Type.Optional(
      Type.String({ minLength: 16, maxLength: 255, description: 'As the header: one key makes one article' }),
    ),
  }),
  update: operation('update', { ...named, patch: ArticlePatch }),
  publish: operation('publish', { ...named, ...PublishInput.properties }),
  schedule: operation('schedule', { ...named, ...ScheduleInput.properties }),
  unpublish: operation('unpublish', { ...named, ...UnpublishInput.properties }),
  archive: operation('archive', named),
  trash: operation('trash', named),
  restore: operation('restore', named),
  purge: operation('purge', named),
}
export type ArticleOperation = Static<(typeof OPERATIONS)[keyof typeof OPERATIONS]>

export const MAX_OPERATIONS = 100
/** Of a request that writes many. */
export const BULK_BODY_LIMIT = 8 * 1024 * 1024

export const ArticleOperations = closed(
  {
    operations: Type.Array(Type.Union(Object.values(OPERATIONS)), {
      minItems: 1,
      maxItems: MAX_OPERATIONS,
      description: 'Done in their order, each on its own',
    }),
  },
  {
    $id: 'ArticleOperations',
    examples: [
      {
        operations: [
          { op: 'create', document: EXAMPLE, idempotencyKey: 'import-of-mackerel-1' },
          { op: 'update', ref: 'rhubarb-crumble', ifMatch: 3, patch: { featured: true } },
          { op: 'publish', ref: 'rhubarb-crumble', ifMatch: '*' },
        ],
      },
    ],
  },
)

const WrittenInShort = closed({
  id: Id,
  slug: Type.String(),
  locale: Locale,
  title: Type.String(),
  status: Article.properties.status,
  publishedAt: nullable(Moment),
  version: Type.Integer(),
})

const BulkProblem = closed({
  code: Type.String({ examples: ['VERSION_STALE'] }),
  detail: Type.String(),
  errors: Type.Optional(
    Type.Array(closed({ path: Type.String({ description: 'Into the operation' }), message: Type.String() })),
  ),
  version: Type.Optional(Type.Integer({ description: 'Of VERSION_STALE: the current one' })),
  changed: Type.Optional(Type.Array(Type.String(), { description: 'Of VERSION_STALE' })),
  from: Type.Optional(Type.String({ description: 'Of INVALID_TRANSITION: the state' })),
  allowed: Type.Optional(Type.Array(Type.String(), { description: 'Of INVALID_TRANSITION: the actions' })),
})

export const BulkResult = closed(
  {
    index: Type.Integer(),
    ok: Type.Boolean(),
    status: Type.Integer({ description: 'What the request for this alone would have answered' }),
    article: nullable(WrittenInShort),
    replayed: Type.Boolean({ description: 'Created earlier, under the same key' }),
    problem: nullable(BulkProblem),
  },
  {
    $id: 'BulkResult',
    description: 'What became of one operation',
    examples: [
      {
        index: 1,
        ok: false,
        status: 412,
        article: null,
        replayed: false,
        problem: {
          code: 'VERSION_STALE',
          detail: 'The article is at version 4',
          version: 4,
          changed: ['/title', '/body/source'],
        },
      },
    ],
  },
)
export type BulkResult = Static<typeof BulkResult>

export const BulkResults = closed(
  { results: Type.Array(ref(BulkResult)) },
  { $id: 'BulkResults', description: 'One for each operation, in their order' },
)
