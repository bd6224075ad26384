/** Writes WordPress exports for tests, in the layout of the real ones. */

export interface WxrComment {
  id: number
  parent?: number
  approved?: string
  author?: string
  url?: string
  body?: string
}

export interface WxrPost {
  id: number
  title?: string
  name?: string
  status?: string
  date?: string
  body?: string
  excerpt?: string
  password?: string
  sticky?: boolean
  cover?: number
  categories?: string[]
  tags?: string[]
  comments?: WxrComment[]
}

export interface WxrTerm {
  slug: string
  parent?: string
}

const cdata = (text: string): string => `<![CDATA[${text.replaceAll(']]>', ']]]]><![CDATA[>')}]]>`

export function wxrPost(post: WxrPost): string {
  const { id, title = `Post ${id}`, name = '', status = 'publish', body = 'Words.', password = '' } = post
  const date = post.date ?? `2024-01-01 00:${String(id % 60).padStart(2, '0')}:00`
  const terms = [
    ...(post.categories ?? []).map(
      (slug) => `<category domain="category" nicename="${slug}">${cdata(slug)}</category>`,
    ),
    ...(post.tags ?? []).map(
      (slug) => `<category domain="post_tag" nicename="${slug}">${cdata(slug)}</category>`,
    ),
  ]
  const meta = post.cover
    ? `<wp:postmeta><wp:meta_key>_thumbnail_id</wp:meta_key><wp:meta_value>${post.cover}</wp:meta_value></wp:postmeta>`
    : ''
  return `<item><title>${cdata(title)}</title><dc:creator>${cdata('tamsin')}</dc:creator>
    <content:encoded>${cdata(body)}</content:encoded><excerpt:encoded>${cdata(post.excerpt ?? '')}</excerpt:encoded>
    <wp:post_id>${id}</wp:post_id><wp:post_date_gmt>${date}</wp:post_date_gmt>
    <wp:comment_status>open</wp:comment_status><wp:post_name>${name}</wp:post_name>
    <wp:status>${status}</wp:status><wp:post_type>post</wp:post_type>
    <wp:post_password>${password}</wp:post_password><wp:is_sticky>${post.sticky ? 1 : 0}</wp:is_sticky>
    ${terms.join('')}${meta}${(post.comments ?? []).map(wxrComment).join('')}</item>`
}

function wxrComment(comment: WxrComment): string {
  const { id, parent = 0, approved = '1', author = 'Reader', url = '', body = `Comment ${id}` } = comment
  return `<wp:comment><wp:comment_id>${id}</wp:comment_id><wp:comment_author>${cdata(author)}</wp:comment_author>
    <wp:comment_author_url>${cdata(url)}</wp:comment_author_url>
    <wp:comment_author_email>reader@example.org</wp:comment_author_email>
    <wp:comment_date_gmt>2024-02-01 00:${String(id % 60).padStart(2, '0')}:00</wp:comment_date_gmt>
    <wp:comment_content>${cdata(body)}</wp:comment_content><wp:comment_approved>${approved}</wp:comment_approved>
    <wp:comment_type>comment</wp:comment_type><wp:comment_parent>${parent}</wp:comment_parent></wp:comment>`
}

export function wxrImage(id: number, url: string): string {
  return `<item><title>An image</title><wp:post_id>${id}</wp:post_id><wp:post_type>attachment</wp:post_type>
    <wp:status>inherit</wp:status><wp:attachment_url>${url}</wp:attachment_url></item>`
}

export function wxrText(items: string[], categories: WxrTerm[] = []): string {
  const terms = categories.map(
    ({ slug, parent = '' }) =>
      `<wp:category><wp:category_nicename>${slug}</wp:category_nicename>
       <wp:category_parent>${parent}</wp:category_parent><wp:cat_name>${cdata(`Name of ${slug}`)}</wp:cat_name></wp:category>`,
  )
  return `<?xml version="1.0" encoding="UTF-8" ?>
    <rss version="2.0" xmlns:excerpt="http://wordpress.org/export/1.2/excerpt/"
      xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"
      xmlns:wp="http://wordpress.org/export/1.2/"><channel><title>A site</title><wp:wxr_version>1.2</wp:wxr_version>
    <wp:author><wp:author_login>tamsin</wp:author_login><wp:author_display_name>Tamsin</wp:author_display_name></wp:author>
    ${terms.join('\n')}${items.join('\n')}</channel></rss>`
}
