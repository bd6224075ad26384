/** Vocabulary of articles, as core speaks it and both faces send it. */

export interface Cover {
  url: string
  alt: string
  width: number | null
  height: number | null
  caption: string
  credit: string
}

export interface Seo {
  title?: string
  description?: string
  canonicalUrl?: string
  image?: string
  noindex?: boolean
}
