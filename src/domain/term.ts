/** Vocabulary of categories, tags, authors and series, as core speaks it and both faces send it. */

/** Where else an author is to be found. */
export interface AuthorLink {
  label: string
  url: string
}

/** Levels of the category tree, the roots being the first: `categories_depth` in the tables. */
export const MAX_CATEGORY_DEPTH = 10

/** Categories in all, for they are all read at once: `bound_categories` in the migrations. */
export const MAX_CATEGORIES = 5000

/** Articles in a manual series, for its order is read and written whole. */
export const MAX_SERIES_ARTICLES = 1000

/** Articles that one request may give another place in the tree, or another term: they are all held while it does. */
export const MAX_MOVED = 10_000
