/** Vocabulary of articles, as core speaks it and both faces send it. */

/** A reference: the file lives wherever `url` says. Sizes in pixels, null where unknown. */
export interface Image {
  url: string
  alt: string
  width: number | null
  height: number | null
  caption: string
  credit: string
}

export type Cover = Image

/** A heading of the rendered body; `id` is its anchor there. */
export interface Heading {
  level: number
  id: string
  text: string
}

export interface Seo {
  title?: string
  description?: string
  canonicalUrl?: string
  image?: string
  noindex?: boolean
}
