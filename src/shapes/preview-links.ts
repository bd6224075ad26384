import { type Static, Type } from '@sinclair/typebox'
import { WrittenQuery } from './article-writing.ts'
import { closed, Id, Moment, nullable, pageOf, pageQuery, ref } from './common.ts'

const MINUTE = 60
const DAY = 24 * 60 * MINUTE
export const PREVIEW_SECONDS = 7 * DAY

export const NewPreviewLink = closed(
  {
    expiresIn: Type.Optional(
      Type.Integer({
        minimum: MINUTE,
        maximum: 30 * DAY,
        default: PREVIEW_SECONDS,
        description: 'Seconds from now',
      }),
    ),
  },
  { $id: 'NewPreviewLink', examples: [{}, { expiresIn: 3600 }] },
)
export type NewPreviewLink = Static<typeof NewPreviewLink>

const link = {
  id: Id,
  expiresAt: Moment,
  createdAt: Moment,
}

export const MadePreviewLink = closed(
  {
    ...link,
    token: Type.String({ description: 'Shown here and never again: pass as `preview=`' }),
    url: Type.String({ format: 'uri', description: 'The page of the article, with the token' }),
  },
  {
    $id: 'MadePreviewLink',
    description: 'A link that shows one article, whatever its state, to whoever holds it',
    examples: [
      {
        id: '019a2b3c-4d5e-7f60-8a1b-2c3d4e5f6071',
        expiresAt: '2026-09-19T06:00:00.000Z',
        createdAt: '2026-09-12T06:00:00.000Z',
        token: 'bsp_019a2b3c4d5e7f608a1b2c3d4e5f6071_AZorPE1e…',
        url: 'https://example.org/mackerel-with-rhubarb?preview=bsp_019a2b3c4d5e7f608a1b2c3d4e5f6071_AZorPE1e…',
      },
    ],
  },
)
export type MadePreviewLink = Static<typeof MadePreviewLink>

export const PreviewLink = closed(
  {
    ...link,
    revokedAt: nullable(Moment),
    actor: Type.String({ description: 'Who made it, as the change log names them' }),
  },
  { $id: 'PreviewLink', description: 'A preview link, without its token' },
)
export type PreviewLink = Static<typeof PreviewLink>

export const PreviewLinkPage = pageOf(ref(PreviewLink), 'PreviewLinkPage', 'Preview links, newest first')

export const PreviewLinksQuery = closed({ ...WrittenQuery.properties, ...pageQuery })
export type PreviewLinksQuery = Static<typeof PreviewLinksQuery>
