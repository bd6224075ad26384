import type { ImportedAuthor, ImportedCategory, ImportedTag, TermReference } from '../domain/interchange.ts'

/** Keyed by slug; a parent stands before its children. */
const CATEGORIES = {
  news: {
    name: 'News',
    parent: null,
    description: 'What happened in Marlhythe and along the Tarrel this week, and what is due to happen next.',
  },
  harbour: {
    name: 'Harbour',
    parent: 'news',
    description: 'The quays, the channel, the ferry and the people who work on them.',
  },
  fishing: {
    name: 'Fishing',
    parent: 'harbour',
    description: 'Landings, licences and prices, and the boats that still go out from the coal quay.',
  },
  council: {
    name: 'Council',
    parent: 'news',
    description: 'Decisions of the thirteen members at the Corn Hall, with the votes and the sums.',
  },
  culture: {
    name: 'Culture',
    parent: null,
    description: 'Reading, eating, music and the rest of life after the working day.',
  },
  books: {
    name: 'Books',
    parent: 'culture',
    description: 'Reviews, reading lists and news from the shop and the library.',
  },
  food: {
    name: 'Food',
    parent: 'culture',
    description: 'What is landed, grown and cooked between the estuary and the moor.',
  },
  recipes: {
    name: 'Recipes',
    parent: 'food',
    description: 'Dishes for four from Irene Salcedo’s kitchen, tested twice before they are printed.',
  },
  science: {
    name: 'Science',
    parent: null,
    description: 'Careful looking at the coast, and the people who spend their weekends doing it.',
  },
  sea: {
    name: 'Sea',
    parent: 'science',
    description: 'Tides, currents, weed, fish and everything that lives below the low-water mark.',
  },
  weather: {
    name: 'Weather',
    parent: 'science',
    description: 'The record of the sky over Marlhythe, from the 1951 log to last night’s gauge.',
  },
} as const satisfies Record<string, { name: string; parent: string | null; description: string }>

const TAGS = {
  'local-history': {
    name: 'Local history',
    description: 'Stories that begin in the parish chest, the museum or somebody’s attic.',
  },
  'public-money': {
    name: 'Public money',
    description: 'Where rates, fees and grants come from and what they are spent on.',
  },
  tides: {
    name: 'Tides',
    description: 'High water, low water and the plans that have to be made around them.',
  },
  wildlife: {
    name: 'Wildlife',
    description: 'Birds, beasts, fish and plants of the estuary and the bay.',
  },
  volunteers: {
    name: 'Volunteers',
    description: 'Work done in Marlhythe by people nobody pays.',
  },
  'in-season': {
    name: 'In season',
    description: 'For this month and no other.',
  },
} as const satisfies Record<string, { name: string; description: string }>

const AUTHORS = {
  'nell-harcombe': {
    name: 'Nell Harcombe',
    bio: 'Nell Harcombe reports on the harbour and the council. She grew up over the chandlery on Fore Street and has missed two council meetings in nineteen years, both for weddings.',
  },
  'osric-tindall': {
    name: 'Osric Tindall',
    bio: 'Osric Tindall writes about the sea and the weather. He taught chemistry at Marlhythe School for twenty-two years and still marks other people’s graphs in pencil.',
  },
  'marguerite-loy': {
    name: 'Marguerite Loy',
    bio: 'Marguerite Loy is the culture editor. She reads on the Tressick bus, reviews about forty books a year and keeps the paper’s obituary file.',
  },
  'irene-salcedo': {
    name: 'Irene Salcedo',
    bio: 'Irene Salcedo cooks and writes in English and Spanish. She came from Puerto Candela for one summer in the smokehouse and stayed for sixteen years.',
  },
} as const satisfies Record<string, { name: string; bio: string }>

export type CategorySlug = keyof typeof CATEGORIES
export type TagSlug = keyof typeof TAGS
export type AuthorSlug = keyof typeof AUTHORS

export const categoryReference = (slug: CategorySlug): TermReference => ({
  slug,
  name: CATEGORIES[slug].name,
})
export const tagReference = (slug: TagSlug): TermReference => ({ slug, name: TAGS[slug].name })
export const authorReference = (slug: AuthorSlug): TermReference => ({ slug, name: AUTHORS[slug].name })

export function demoCategories(): ImportedCategory[] {
  return Object.entries(CATEGORIES).map(([slug, { name, parent, description }], index) => ({
    kind: 'category',
    where: `demo category ${index + 1}`,
    slug,
    name,
    description,
    parentSlug: parent,
  }))
}

export function demoTags(): ImportedTag[] {
  return Object.entries(TAGS).map(([slug, { name, description }], index) => ({
    kind: 'tag',
    where: `demo tag ${index + 1}`,
    slug,
    name,
    description,
  }))
}

export function demoAuthors(): ImportedAuthor[] {
  return Object.entries(AUTHORS).map(([slug, { name, bio }], index) => ({
    kind: 'author',
    where: `demo author ${index + 1}`,
    slug,
    name,
    bio,
  }))
}
