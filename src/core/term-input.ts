import { isDeepStrictEqual } from 'node:util'
import type { NounColumns, NounRow } from '../db/term-writes.ts'
import type { Image } from '../domain/article.ts'
import type { AuthorLink } from '../domain/term.ts'
import { invalid } from '../lib/errors.ts'
import { stripUnsafe } from '../lib/rich-text/clean-text.ts'
import { cleanHttpUrl, slugify } from '../lib/text.ts'
import type { ImageInput } from '../shapes/terms.ts'
import { readName } from './comment-words.ts'

/** What an editor may say of a category, tag, author or series; which members a kind has is the shape's to know. */
export interface NounInput {
  name?: string
  title?: string
  slug?: string
  description?: string | null
  bio?: string | null
  cover?: ImageInput | null
  avatar?: ImageInput | null
  links?: AuthorLink[] | null
  parentId?: string | null
  position?: number | null
}

/**
 * The columns that an input asks for: as a JSON Merge Patch on what is there, so that null empties and a part of an image
 * leaves the rest of it.
 * @throws VALIDATION_FAILED.
 */
export function readColumns(input: NounInput, current?: NounRow): NounColumns {
  const { name, title, slug, description, bio, cover, avatar, links, parentId, position } = input
  return {
    ...(name !== undefined && { name: readName(name, '/name') }),
    ...(title !== undefined && { title: readName(title, '/title') }),
    ...(slug !== undefined && { slug: readSlug(slug) }),
    ...(description !== undefined && { description: readText(description) }),
    ...(bio !== undefined && { bio: readText(bio) }),
    ...(cover !== undefined && { cover: readImage(cover, current?.cover, '/cover') }),
    ...(avatar !== undefined && { avatar: readImage(avatar, current?.avatar, '/avatar') }),
    ...(links !== undefined && { links: (links ?? []).map(readLink) }),
    ...(parentId !== undefined && { parentId: parentId?.toLowerCase() ?? null }),
    ...(position !== undefined && { position: position ?? 0 }),
  }
}

/** Those of the columns that are not so already. */
export function changedColumns(columns: NounColumns, current: NounRow): NounColumns {
  const before = new Map<string, unknown>(Object.entries(current))
  return Object.fromEntries(
    Object.entries(columns).filter(([name, value]) => !isDeepStrictEqual(value, before.get(name))),
  )
}

/** A slug as `slugify` makes them, or told how it would be. */
function readSlug(text: string): string {
  const slug = slugify(text)
  if (slug === text) return text
  throw invalid(
    '/slug',
    slug === '' ? 'has no letter or digit to make a slug of' : `is not in slug form; it would be "${slug}"`,
  )
}

const readText = (text: string | null): string => stripUnsafe((text ?? '').replace(/\r\n?/g, '\n')).trim()

const WEB_ADDRESS_MAX = 2000

function readAddress(url: string, path: string): string {
  const cleaned = cleanHttpUrl(url, WEB_ADDRESS_MAX)
  if (!cleaned) throw invalid(path, 'must be an http or https address without credentials')
  return cleaned
}

function readLink({ label, url }: AuthorLink, i: number): AuthorLink {
  return { label: readName(label, `/links/${i}/label`), url: readAddress(url, `/links/${i}/url`) }
}

const NO_IMAGE: Omit<Image, 'url'> = { alt: '', width: null, height: null, caption: '', credit: '' }

function readImage(patch: ImageInput | null, current: Image | null | undefined, path: string): Image | null {
  if (patch === null) return null
  const url = patch.url ?? current?.url
  if (url === undefined) throw invalid(`${path}/url`, 'is required')
  const before = { ...NO_IMAGE, ...current }
  return {
    url: readAddress(url, `${path}/url`),
    alt: patch.alt === undefined ? before.alt : readText(patch.alt),
    width: patch.width === undefined ? before.width : patch.width,
    height: patch.height === undefined ? before.height : patch.height,
    caption: patch.caption === undefined ? before.caption : readText(patch.caption),
    credit: patch.credit === undefined ? before.credit : readText(patch.credit),
  }
}
