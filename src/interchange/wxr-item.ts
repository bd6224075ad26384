import type { ImportRecord } from '../domain/interchange.ts'
import { lossy, skipped } from './faults.ts'
import { plainText } from './text.ts'
import type { WxrAuthors } from './wxr-authors.ts'
import { metaOf } from './wxr-fields.ts'
import { readPost } from './wxr-post.ts'
import { childrenNamed, childText, type XmlElement } from './xml-units.ts'

const IMAGE = /\.(?:jpe?g|png|gif|webp|avif|svg|bmp|tiff?|ico|heic)$/i

/** The records of one `item`: an article and its comments, an image, or the fault for which it is left out. */
export function readItem(item: XmlElement, where: string, authors: WxrAuthors): ImportRecord[] {
  const type = childText(item, 'wp:post_type')
  if (childText(item, 'wp:post_id') === '') return [skipped(where, 'no wp:post_id')]
  if (type === 'post') return readPost(item, where, authors)
  if (type === 'attachment') return readAttachment(item, where)
  return [skipped(where, `post type ${type || '(none)'} is not imported${itsComments(item)}`)]
}

function itsComments(item: XmlElement): string {
  const count = childrenNamed(item, 'wp:comment').length
  return count === 0 ? '' : `, nor its ${count} comment${count === 1 ? '' : 's'}`
}

function readAttachment(item: XmlElement, where: string): ImportRecord[] {
  const address = childText(item, 'wp:attachment_url') || childText(item, 'guid')
  const url = URL.canParse(address) ? new URL(address) : null
  if (url === null || !/^https?:$/.test(url.protocol))
    return [skipped(where, 'attachment without an address')]
  if (!IMAGE.test(url.pathname)) return [skipped(where, `attachment ${address} is not an image`)]
  const status = childText(item, 'wp:status')
  if (!['inherit', 'publish', ''].includes(status))
    return [skipped(where, `attachment is in status ${status}`)]
  const comments = itsComments(item)
  return [
    ...(comments === '' ? [] : [lossy(where, `image is taken over${comments.replace('nor', 'but not')}`)]),
    image(item, where, address),
  ]
}

function image(item: XmlElement, where: string, url: string): ImportRecord {
  const details = metaOf(item, '_wp_attachment_metadata')
  return {
    kind: 'image',
    where,
    externalId: childText(item, 'wp:post_id'),
    url,
    alt: plainText(metaOf(item, '_wp_attachment_image_alt')),
    caption: plainText(childText(item, 'excerpt:encoded')),
    credit: plainText(/s:6:"credit";s:\d+:"(.*?)";/.exec(details)?.[1] ?? ''),
    width: pixels(details, 'width'),
    height: pixels(details, 'height'),
  }
}

/** The details are serialised by PHP; the size of the image itself comes before those of its thumbnails. */
function pixels(details: string, side: 'width' | 'height'): number | null {
  const written = new RegExp(`s:\\d:"${side}";(?:i:|s:\\d+:")(\\d{1,6})`).exec(details)?.[1]
  return Number(written ?? 0) || null
}
